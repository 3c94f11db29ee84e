"""Document-sharing metadata, independent of any encoding (ebRIM today, FHIR MHD another day)."""

from dataclasses import dataclass
from datetime import datetime

from dcc_core.api import Coded


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody who made a document.

    Attributes:
        person: XCN of the professional.
        institution: XON of the organisation, empty when unknown.
        role: Words on the part played.
        specialty: CE of profession and specialty.
    """

    person: str
    institution: str = ""
    role: str = ""
    specialty: str = ""


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """What a registry knows of a document.

    Attributes:
        entry_id: Identifier of the entry inside the lot.
        hash_sha1: SHA-1 of the exact bytes, hexadecimal; the standard's choice.
        logical_id: Identifier of the entry over all its metadata versions, for an update only.
        previous_version: Version of the metadata that an update takes the place of, 0 otherwise.
    """

    entry_id: str
    mime_type: str
    unique_id: str
    title: str
    created_at: datetime
    service_start: datetime | None
    service_stop: datetime | None
    hash_sha1: str
    size_bytes: int
    language: str
    patient_id: str
    source_patient_id: str
    source_patient_info: tuple[str, ...]
    authors: tuple[Author, ...]
    legal_authenticator: str
    class_code: Coded
    type_code: Coded
    format_code: Coded
    facility_type: Coded
    practice_setting: Coded
    confidentialities: tuple[Coded, ...]
    events: tuple[Coded, ...] = ()
    logical_id: str = ""
    previous_version: int = 0


@dataclass(frozen=True, slots=True)
class Association:
    """A link between two objects of a lot, or to an object already registered."""

    kind: str
    source: str
    target: str
    slots: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SubmissionSet:
    """What one sending is about."""

    unique_id: str
    source_id: str
    patient_id: str
    submitted_at: datetime
    authors: tuple[Author, ...]
    content_type: Coded
    title: str


@dataclass(frozen=True, slots=True)
class Submission:
    """A lot: its set, its entries, its links beyond membership."""

    submission_set: SubmissionSet
    entries: tuple[DocumentEntry, ...]
    associations: tuple[Association, ...] = ()
