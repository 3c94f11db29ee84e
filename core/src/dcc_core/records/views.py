"""What leaves the record: descriptions for lists, and one version with its contents."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from dcc_core.hooks.contracts.documents import Attachment, ClinicalDocument
from dcc_core.hooks.contracts.labs import Observation
from dcc_core.records.tables import Document, DocumentVersion


@dataclass(frozen=True, slots=True)
class DocumentOut:
    """One version of a document, described without its contents.

    Attributes:
        status: ``current``, ``superseded`` by a later version, or ``withdrawn``.
        created_at: Clinical date stated by the document.
        is_readable: Whether its neutral form is there, or only the file received.
    """

    id: UUID
    patient_id: UUID
    document_class: str
    type_code: str
    type_label: str
    title: str
    version: int
    version_oid: str
    set_id: str
    status: str
    confidentiality: str
    origin: str
    author: str
    organisation: str
    created_at: datetime
    stored_at: datetime
    is_readable: bool
    source_media_type: str
    withdrawal_reason: str


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """One version with its contents, verified against their digests.

    Attributes:
        document: The neutral document, None when the file received could not be read.
        source: The file as received, None for a document made here.
    """

    description: DocumentOut
    document: ClinicalDocument | None
    source: Attachment | None
    observations: tuple[Observation, ...] = ()


def describe_row(row: Row[Any]) -> DocumentOut:
    """Return the description of the latest version, selected with the columns of a list."""
    values = row._asdict()
    return DocumentOut(is_readable=values.pop("content_digest") is not None, **values)


def describe(document: Document, version: DocumentVersion) -> DocumentOut:
    """Return the description of one version."""
    is_latest = version.version == document.current_version
    return DocumentOut(
        id=document.id,
        patient_id=document.patient_id,
        document_class=document.document_class,
        type_code=version.type_code,
        type_label=version.type_label,
        title=version.title,
        version=version.version,
        version_oid=version.version_oid,
        set_id=document.set_id,
        status=document.status if is_latest else "superseded",
        confidentiality=document.confidentiality,
        origin=document.origin,
        author=version.author,
        organisation=version.organisation,
        created_at=version.created_at,
        stored_at=version.stored_at,
        is_readable=version.content_digest is not None,
        source_media_type=version.source_media_type,
        withdrawal_reason=document.withdrawal_reason,
    )
