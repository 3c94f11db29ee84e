"""Read the record. Each reading is audited in its transaction, and verified before it is shown."""

from uuid import UUID

from sqlalchemy import bindparam
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from dcc_core.audit import record_event
from dcc_core.db.rows import read_rows
from dcc_core.db.tables import METADATA
from dcc_core.errors import NotFound
from dcc_core.hooks.contracts.access import Subject
from dcc_core.hooks.contracts.documents import Attachment, ClinicalDocument
from dcc_core.hooks.contracts.labs import Observation
from dcc_core.records.codec import decode
from dcc_core.records.store import fetch_content
from dcc_core.records.tables import Document, DocumentVersion
from dcc_core.records.views import DocumentContent, DocumentOut, describe, describe_row

_documents = METADATA.tables[str(Document.__tablename__)].c
_versions = METADATA.tables[str(DocumentVersion.__tablename__)].c
_LATEST = (
    select_columns(
        _documents.id,
        _documents.patient_id,
        _documents.document_class,
        _versions.type_code,
        _versions.type_label,
        _versions.title,
        _versions.version,
        _versions.version_oid,
        _documents.set_id,
        _documents.status,
        _documents.confidentiality,
        _documents.origin,
        _versions.author,
        _versions.organisation,
        _versions.created_at,
        _versions.stored_at,
        _versions.content_digest,
        _versions.source_media_type,
        _documents.withdrawal_reason,
    )
    .where(
        _versions.document_id == _documents.id,
        _versions.version == _documents.current_version,
        _documents.patient_id == bindparam("patient"),
    )
    .order_by(_versions.created_at.desc(), _versions.id)
)
_LATEST_OF_CLASS = _LATEST.where(_documents.document_class == bindparam("document_class"))


def list_documents(
    session: Session, patient_id: UUID, *, document_class: str = "", basis: str = ""
) -> tuple[DocumentOut, ...]:
    """Return the latest version of each document of a patient, newest first.

    Args:
        basis: What the access was permitted on, for the audit.
    """
    rows = (
        read_rows(session, _LATEST_OF_CLASS, patient=patient_id, document_class=document_class)
        if document_class
        else read_rows(session, _LATEST, patient=patient_id)
    )
    found = tuple(describe_row(row) for row in rows)
    record_event(session, "document.list", patient_id=patient_id, details={"documents": len(found)})
    return found


def list_versions(session: Session, document_id: UUID) -> tuple[DocumentOut, ...]:
    """Return every version of a document, latest first.

    Raises:
        NotFound: ``REC-001`` the document does not exist.
    """
    document = session.get(Document, document_id)
    if document is None:
        raise _unknown()
    versions = session.exec(
        select(DocumentVersion)
        .where(DocumentVersion.document_id == document_id)
        .order_by(col(DocumentVersion.version).desc())
    ).all()
    _audit(session, document, document.current_version, "document.history")
    return tuple(describe(document, version) for version in versions)


def read_document(
    session: Session, document_id: UUID, *, version: int | None = None, basis: str = ""
) -> DocumentContent:
    """Return one version with its contents, the latest by default.

    Args:
        basis: What the access was permitted on, for the audit.

    Raises:
        NotFound: ``REC-001`` the document or the version does not exist.
        DamagedContent: ``REC-010``, ``REC-011`` the contents are not what was stored.
    """
    content = load_document(session, document_id, version=version)
    description = content.description
    record_event(
        session,
        "document.read",
        patient_id=description.patient_id,
        object_kind="document",
        object_id=document_id,
        object_version=description.version,
        basis=basis,
    )
    return content


def document_subject(session: Session, document_id: UUID) -> Subject:
    """Return what ``authorize`` must know of a document before anybody reads it.

    Raises:
        NotFound: ``REC-001`` the document does not exist.
    """
    document = session.get(Document, document_id)
    if document is None:
        raise _unknown()
    return Subject(
        patient_id=document.patient_id,
        kind="document",
        object_id=document.id,
        confidentiality=document.confidentiality,
    )


def load_document(
    session: Session, document_id: UUID, *, version: int | None = None
) -> DocumentContent:
    """Return what ``read_document`` returns, for the worker, whose deliveries are audited
    themselves.
    """
    document, row = _find(session, document_id, version)
    return DocumentContent(
        description=describe(document, row),
        document=_document(session, row),
        source=_source(session, row),
        observations=_observations(session, row),
    )


def describe_document(
    session: Session, document_id: UUID, *, version: int | None = None
) -> DocumentOut:
    """Return the description of one version, for the core's own decisions: nothing is audited.

    Raises:
        NotFound: ``REC-001`` the document or the version does not exist.
    """
    return describe(*_find(session, document_id, version))


def find_by_external_id(session: Session, origin: str, external_id: str) -> UUID | None:
    """Return the document of which a sender knows any version under this identifier, None when
    there is none.
    """
    return session.exec(
        select(Document.id)
        .join(DocumentVersion, col(DocumentVersion.document_id) == col(Document.id))
        .where(Document.origin == origin, DocumentVersion.external_id == external_id)
        .order_by(col(DocumentVersion.stored_at).desc())
        .limit(1)
    ).first()


def _find(
    session: Session, document_id: UUID, version: int | None
) -> tuple[Document, DocumentVersion]:
    document = session.get(Document, document_id)
    if document is None:
        raise _unknown()
    row = session.exec(
        select(DocumentVersion).where(
            DocumentVersion.document_id == document_id,
            DocumentVersion.version == (version or document.current_version),
        )
    ).one_or_none()
    if row is None:
        raise _unknown()
    return document, row


def find_version(
    session: Session,
    document_id: UUID | None = None,
    *,
    version_oid: str = "",
    source_digest: str = "",
) -> DocumentVersion | None:
    """Return the version with this OID, or with these received bytes, None when there is none."""
    statement = select(DocumentVersion)
    if document_id is not None:
        statement = statement.where(DocumentVersion.document_id == document_id)
    if version_oid:
        statement = statement.where(DocumentVersion.version_oid == version_oid)
    if source_digest:
        statement = statement.where(DocumentVersion.source_digest == source_digest)
    return session.exec(statement.limit(1)).first()


def _document(session: Session, row: DocumentVersion) -> ClinicalDocument | None:
    if row.content_digest is None:
        return None
    content = fetch_content(session, row.content_digest)
    document: ClinicalDocument = decode(content, lambda digest: fetch_content(session, digest))
    return document


def _source(session: Session, row: DocumentVersion) -> Attachment | None:
    if row.source_digest is None:
        return None
    content = fetch_content(session, row.source_digest)
    return Attachment(row.source_media_type, content, row.source_name)


def _observations(session: Session, row: DocumentVersion) -> tuple[Observation, ...]:
    if row.observations_digest is None:
        return ()
    content = fetch_content(session, row.observations_digest)
    observations: tuple[Observation, ...] = decode(
        content, lambda digest: fetch_content(session, digest)
    )
    return observations


def _audit(session: Session, document: Document, version: int, event: str) -> None:
    record_event(
        session,
        event,
        patient_id=document.patient_id,
        object_kind="document",
        object_id=document.id,
        object_version=version,
    )


def _unknown() -> NotFound:
    return NotFound("REC-001", "Ce document n'existe pas, ou vous n'y avez pas accès.")
