"""The neutral clinical document: what plugins produce and renderers turn into CDA, PDF/A or FHIR.

It holds the meaning of a document and nothing of a format. Header fields follow what CI-SIS, volet
structuration minimale, asks of every document; sections and entries are general enough for the
FRCP, PPS, CR-ACP and CR-GM volets.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from dcc_core.hooks.contracts.identity import PatientTraits


class NullFlavor(StrEnum):
    """Why a value is absent (HL7 v3 NullFlavor)."""

    NO_INFORMATION = "NI"
    UNKNOWN = "UNK"
    ASKED_UNKNOWN = "ASKU"
    NOT_APPLICABLE = "NA"
    NOT_ASKED = "NASK"
    MASKED = "MSK"
    OTHER = "OTH"


@dataclass(frozen=True, slots=True)
class Coded:
    """A code and the system (OID) that gives it meaning; ``original_text`` is what the author
    wrote.
    """

    code: str
    system: str
    label: str
    system_name: str = ""
    version: str = ""
    original_text: str = ""
    translations: tuple["Coded", ...] = ()


@dataclass(frozen=True, slots=True)
class Quantity:
    """A measured value; ``unit`` is a UCUM code."""

    value: Decimal
    unit: str = "1"


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date known to the month or to the year only; never rounded to a day that nobody stated."""

    year: int
    month: int | None = None


Moment = date | datetime | PartialDate


@dataclass(frozen=True, slots=True)
class Period:
    """A time interval; a bound that is None is open. Dates stand for whole days."""

    low: Moment | None = None
    high: Moment | None = None


Value = Coded | Quantity | Decimal | int | bool | str | Moment | NullFlavor


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation by its national identifier: ``1`` + FINESS, ``3`` + SIRET (CI-SIS
    Identifiant_Structure).
    """

    national_id: str
    name: str
    sector: Coded | None = None
    address_lines: tuple[str, ...] = ()
    postal_code: str = ""
    city: str = ""
    telecom: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Professional:
    """A professional by national identifier (PS_IdNat: ``8`` + RPPS, ``0`` + ADELI, ``3``
    FINESS/…).
    """

    national_id: str
    family_name: str
    given_name: str
    title: str = ""
    specialty: Coded | None = None
    organisation: Organisation | None = None
    telecom: tuple[str, ...] = ()


class Role(StrEnum):
    """How somebody takes part in a document."""

    AUTHOR = "author"
    LEGAL_AUTHENTICATOR = "legal_authenticator"
    COORDINATOR = "coordinator"
    REQUESTER = "requester"
    PRESENTER = "presenter"
    QUORUM_MEMBER = "quorum_member"
    ATTENDEE = "attendee"
    CORRESPONDENT = "correspondent"
    GENERAL_PRACTITIONER = "general_practitioner"
    PERFORMER = "performer"
    INFORMANT = "informant"
    TRUSTED_PERSON = "trusted_person"
    EMERGENCY_CONTACT = "emergency_contact"


@dataclass(frozen=True, slots=True)
class Participation:
    """Somebody's part in the document. ``professional`` is None when the part is stated but the
    person is unknown.
    """

    role: Role
    professional: Professional | None
    time: datetime | None = None
    function: Coded | None = None
    null_flavor: NullFlavor | None = None


@dataclass(frozen=True, slots=True)
class ServiceEvent:
    """An act that the document reports; the first one of a document is its principal act."""

    code: Coded | None
    period: Period
    performer: Professional | None = None
    text: str = ""
    null_flavor: NullFlavor | None = None


@dataclass(frozen=True, slots=True)
class DocumentIdentifier:
    """An identifier of something other than a person: root OID and extension."""

    root: str
    extension: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Encounter:
    """The stay, visit or meeting during which the document was made."""

    period: Period
    identifiers: tuple[DocumentIdentifier, ...] = ()
    code: Coded | None = None
    facility: Organisation | None = None
    facility_type: Coded | None = None


class EntryKind(StrEnum):
    """The shape of a clinical statement (HL7 v3 act classes that the volets use)."""

    OBSERVATION = "observation"
    PROBLEM = "problem"
    PROCEDURE = "procedure"
    ENCOUNTER = "encounter"
    ACT = "act"
    ORGANIZER = "organizer"
    COMMENT = "comment"


class Mood(StrEnum):
    """Whether a statement happened, is intended, proposed or requested (HL7 v3 ActMood)."""

    EVENT = "EVN"
    INTENT = "INT"
    PROPOSAL = "PRP"
    REQUEST = "ARQ"


@dataclass(frozen=True, slots=True)
class Entry:
    """One coded clinical statement, possibly with statements that qualify it.

    Attributes:
        slot: Name of the slot the statement fills in a volet (``tumeur.t``, ``plan.propositions``);
            renderers place entries by slot, never by position. Empty when the volet has no place
            for it: narrative only.
        relation: How a child relates to its parent (``SUBJ``, ``REFR``, ``COMP``, ``RSON``).
        rank: Order of a planned treatment, 1 first.
        status: Where the act stands (HL7 v3 ActStatus: ``active``, ``completed``, ``aborted``,
            ``cancelled``); empty means the usual one of its kind.
    """

    code: Coded | None
    value: Value | tuple[Value, ...] | None = None
    kind: EntryKind = EntryKind.OBSERVATION
    mood: Mood = Mood.EVENT
    slot: str = ""
    effective: Period | Moment | None = None
    interpretation: Coded | None = None
    target_site: Coded | None = None
    laterality: Coded | None = None
    text: str = ""
    rank: int | None = None
    performer: Professional | None = None
    author: Participation | None = None
    children: tuple["Entry", ...] = ()
    relation: str = ""
    null_flavor: NullFlavor | None = None
    status: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of narrative; ``label`` is set in front of the text, emphasised."""

    text: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class BulletList:
    """A list of short statements."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A narrative table; every row has as many cells as there are headings."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""


Block = Paragraph | BulletList | Table


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of the document: narrative for people, entries for machines.

    Attributes:
        key: Stable name within the document class (``diagnostic``, ``plan_de_soins``); renderers
            map it.
        code: LOINC code of the section, None for a section known by ``key`` alone.
    """

    key: str
    title: str
    narrative: tuple[Block, ...] = ()
    entries: tuple[Entry, ...] = ()
    sections: tuple["Section", ...] = ()
    code: Coded | None = None
    null_flavor: NullFlavor | None = None

    def walk(self) -> Iterator["Section"]:
        """Yield this section and every section below it, in reading order."""
        yield self
        for child in self.sections:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that is the body of the document (level 1) or goes with it."""

    media_type: str
    content: bytes = field(repr=False)
    file_name: str = ""


class Confidentiality(StrEnum):
    """Confidentiality of the document (HL7 v3, ``2.16.840.1.113883.5.25``)."""

    NORMAL = "N"
    RESTRICTED = "R"
    VERY_RESTRICTED = "V"


@dataclass(frozen=True, slots=True)
class ClinicalDocument:
    """A clinical document, independent of any format.

    Attributes:
        document_id: Unique OID of this version, root only (the DMP refuses root + extension).
        set_id: OID common to every version.
        version: 1 for the first, +1 for each replacement.
        document_class: Short name by which renderers and feeds choose (``FRCP``, ``PPS``,
            ``CR-ACP``, ``CR-GM``).
        type_code: National document type (LOINC or TRE_A05).
        replaces: ``document_id`` of the version replaced, None for the first.
        body: Level-1 body; None when the sections are the body.
        attributes: Facts that one document class needs and no other (``quorum`` …), JSON scalars
            only.
    """

    document_id: str
    set_id: str
    version: int
    document_class: str
    type_code: Coded
    title: str
    created_at: datetime
    patient: PatientTraits
    participations: tuple[Participation, ...]
    custodian: Organisation
    service_events: tuple[ServiceEvent, ...]
    encounter: Encounter
    sections: tuple[Section, ...] = ()
    body: Attachment | None = None
    attachments: tuple[Attachment, ...] = ()
    confidentiality: Confidentiality = Confidentiality.NORMAL
    language: str = "fr-FR"
    replaces: str | None = None
    attributes: tuple[tuple[str, str | int | bool], ...] = ()

    def having(self, role: Role) -> tuple[Participation, ...]:
        """Return the participations in this role, in document order."""
        return tuple(part for part in self.participations if part.role is role)

    def walk_sections(self) -> Iterator[Section]:
        """Yield every section at any depth, in reading order."""
        for section in self.sections:
            yield from section.walk()
