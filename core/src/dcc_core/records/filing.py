"""Put documents into the record. What was filed never changes: a correction is a new version."""

import unicodedata
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from sqlmodel import Session

from dcc_core.audit import record_event
from dcc_core.audit.context import current_context
from dcc_core.config import Clock, utc_now
from dcc_core.db.events import emit
from dcc_core.errors import InvalidInput
from dcc_core.hooks.contracts.documents import Attachment, ClinicalDocument, Role
from dcc_core.hooks.contracts.labs import Observation
from dcc_core.hooks.contracts.life import DocumentFinalized, DocumentWithdrawn
from dcc_core.records.attachments import DEFAULT_LIMITS, Limits, check_attachment
from dcc_core.records.chain import head_of, latest_version, refuse_withdrawn, same_version
from dcc_core.records.codec import encode
from dcc_core.records.store import keep_content
from dcc_core.records.tables import Document, DocumentStatus, DocumentVersion
from dcc_core.records.views import DocumentOut, describe

LOCAL = "local"
"""Origin of the documents made here."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a document comes from.

    Attributes:
        origin: ``local``, or the key of the interface.
        external_id: The sender's identifier of the document.
        inbox_id: Message that brought it.
    """

    origin: str = LOCAL
    external_id: str = ""
    inbox_id: int | None = None


MADE_HERE = Provenance()


def file_document(
    session: Session,
    document: ClinicalDocument,
    *,
    patient_id: UUID,
    provenance: Provenance = MADE_HERE,
    source: Attachment | None = None,
    observations: tuple[Observation, ...] = (),
    limits: Limits = DEFAULT_LIMITS,
    clock: Clock = utc_now,
) -> DocumentOut:
    """File a final version of a document: the first of its set, or the one that follows.

    Filing the same version again with the same contents changes nothing. Destinations that want the
    document are served once the transaction has committed.

    Args:
        source: The file as received, kept beside the neutral form.

    Raises:
        Conflict: ``REC-002`` this version exists with other contents, ``REC-003`` it does not
            follow the current version, ``REC-004`` the document was withdrawn, ``REC-005`` it
            belongs to another record.
        InvalidInput: ``REC-040`` to ``REC-044`` an attached file is refused.
    """
    checked = _with_checked_files(document, limits)
    kept_source = check_attachment(source, limits=limits) if source is not None else None
    content = encode(checked, lambda each: keep_content(session, each))
    version = DocumentVersion(
        document_id=uuid4(),
        version=checked.version,
        version_oid=checked.document_id,
        title=display_text(checked.title),
        type_code=display_text(checked.type_code.code)[:80],
        type_label=display_text(checked.type_code.label),
        author=_author(checked),
        organisation=display_text(checked.custodian.name)[:200],
        created_at=checked.created_at,
        stored_at=clock(),
        content_digest=keep_content(session, content),
    )
    _add_contents(session, version, kept_source, observations)
    head = Document(
        patient_id=patient_id,
        set_id=checked.set_id,
        document_class=checked.document_class,
        origin=provenance.origin,
        confidentiality=checked.confidentiality.value,
        current_version=1,
        created_at=version.stored_at,
    )
    return _file(session, head, version, checked.replaces, provenance)


def file_source(
    session: Session,
    source: Attachment,
    *,
    patient_id: UUID,
    title: str,
    document_class: str,
    provenance: Provenance,
    replaces: UUID | None = None,
    observations: tuple[Observation, ...] = (),
    limits: Limits = DEFAULT_LIMITS,
    clock: Clock = utc_now,
) -> DocumentOut:
    """File a document of which only the received file is known, because it could not be read.

    Args:
        replaces: Document of which this is the next version.

    Raises:
        Conflict: As ``file_document``.
        InvalidInput: As ``file_document``.
    """
    checked = check_attachment(source, limits=limits)
    now = clock()
    previous = latest_version(session, replaces) if replaces is not None else None
    oid = new_oid()
    version = DocumentVersion(
        document_id=uuid4(),
        version=previous[1].version + 1 if previous else 1,
        version_oid=oid,
        title=display_text(title),
        type_code="",
        type_label="",
        created_at=now,
        stored_at=now,
    )
    _add_contents(session, version, checked, observations)
    head = Document(
        patient_id=patient_id,
        set_id=previous[0].set_id if previous else oid,
        document_class=document_class,
        origin=provenance.origin,
        confidentiality="N",
        current_version=1,
        created_at=now,
    )
    return _file(session, head, version, previous[1].version_oid if previous else None, provenance)


def withdraw_document(
    session: Session, document_id: UUID, *, reason: str, clock: Clock = utc_now
) -> DocumentOut:
    """Withdraw a document: it stays in the record, marked, and destinations are told.

    Raises:
        NotFound: ``REC-001`` the document does not exist.
        Conflict: ``REC-004`` it is already withdrawn.
        InvalidInput: ``REC-006`` no reason is given.
    """
    if not reason.strip():
        raise InvalidInput(
            "REC-006",
            "Le motif du retrait manque. Indiquez pourquoi retirer ce document.",
            field="reason",
        )
    document, version = latest_version(session, document_id)
    refuse_withdrawn(document)
    document.status = DocumentStatus.WITHDRAWN
    document.withdrawn_at = clock()
    document.withdrawal_reason = display_text(reason)[:500]
    _audit(session, document, version, "document.withdraw")
    emit(
        session,
        DocumentWithdrawn(
            event_id=uuid4(),
            at=document.withdrawn_at,
            document_id=document.id,
            patient_id=document.patient_id,
            document_class=document.document_class,
        ),
    )
    return describe(document, version)


def new_oid() -> str:
    """Return a new OID under 2.25, the arc of UUIDs (ITU-T X.667)."""
    return f"2.25.{uuid4().int}"


def display_text(text: str) -> str:
    """Return a text fit for a list: one line, no control or direction character, 300 at most."""
    spaced = "".join(" " if unicodedata.category(char)[0] == "C" else char for char in text)
    return " ".join(spaced.split())[:300]


def _file(
    session: Session,
    head: Document,
    version: DocumentVersion,
    replaces: str | None,
    provenance: Provenance,
) -> DocumentOut:
    known = same_version(session, head, version)
    if known is not None:
        return known
    document = head_of(session, head, version, replaces)
    version.document_id = document.id
    version.stored_by = current_context().actor.account_id
    version.inbox_id = provenance.inbox_id
    version.external_id = provenance.external_id
    document.current_version = version.version
    session.add(version)
    session.flush()
    _audit(session, document, version, "document.file")
    emit(
        session,
        DocumentFinalized(
            event_id=uuid4(),
            at=version.stored_at,
            document_id=document.id,
            patient_id=document.patient_id,
            document_class=document.document_class,
            version=version.version,
        ),
    )
    return describe(document, version)


def _with_checked_files(document: ClinicalDocument, limits: Limits) -> ClinicalDocument:
    return replace(
        document,
        body=check_attachment(document.body, limits=limits) if document.body else None,
        attachments=tuple(check_attachment(each, limits=limits) for each in document.attachments),
    )


def _add_contents(
    session: Session,
    version: DocumentVersion,
    source: Attachment | None,
    observations: tuple[Observation, ...],
) -> None:
    if source is not None:
        version.source_digest = keep_content(session, source.content)
        version.source_media_type = source.media_type
        version.source_name = source.file_name
    if observations:
        content = encode(observations, lambda each: keep_content(session, each))
        version.observations_digest = keep_content(session, content)


def _author(document: ClinicalDocument) -> str:
    for part in document.having(Role.AUTHOR):
        if part.professional is not None:
            who = part.professional
            return display_text(f"{who.title} {who.given_name} {who.family_name}")[:200]
    return ""


def _audit(session: Session, document: Document, version: DocumentVersion, event: str) -> None:
    record_event(
        session,
        event,
        patient_id=document.patient_id,
        object_kind="document",
        object_id=document.id,
        object_version=version.version,
        details={
            "class": document.document_class,
            "origin": document.origin,
            "content": version.content_digest or version.source_digest,
        },
    )
