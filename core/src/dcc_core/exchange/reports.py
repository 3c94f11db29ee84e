"""Put the documents of a message into a record: new, corrected or withdrawn, each exactly once."""

import re
from dataclasses import replace
from hashlib import sha256
from uuid import UUID, uuid4

from sqlmodel import Session

from dcc_core.config import Clock
from dcc_core.db.events import emit
from dcc_core.db.text import storable_text
from dcc_core.exchange.tables import InboxMessage
from dcc_core.hooks.contracts.documents import Attachment, ClinicalDocument
from dcc_core.hooks.contracts.labs import DocumentAction, InboundDocument, Observation
from dcc_core.hooks.contracts.life import ResultReceived
from dcc_core.records import (
    DocumentOut,
    Provenance,
    describe_document,
    file_document,
    file_source,
    find_by_external_id,
    find_version,
    new_oid,
    withdraw_document,
)

_OID = re.compile(r"(?=.{1,128}$)[0-2](?:\.(?:0|[1-9][0-9]*))+")
MISSING_PREDECESSOR = "predecessor_missing"
OTHER_RECORD = "document_of_another_record"


class Unplaceable(Exception):
    """A document cannot be put into the record now; ``reason`` is a stable code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def apply_document(
    session: Session,
    message: InboxMessage,
    inbound: InboundDocument,
    *,
    patient_id: UUID,
    observations: tuple[Observation, ...] = (),
    clock: Clock,
) -> UUID:
    """File, correct or withdraw one document of a message. Doing it again changes nothing.

    Args:
        observations: Results of the message that no document of it carries.

    Raises:
        Unplaceable: The document to correct or withdraw is not known yet, or belongs to another
            record.
    """
    known = _known(session, message, inbound, patient_id)
    if inbound.action is DocumentAction.DELETE:
        return _withdraw(session, known, clock)
    if inbound.action is DocumentAction.REPLACE and known is None:
        raise Unplaceable(MISSING_PREDECESSOR)
    if known is not None and _is_already_filed(session, known, inbound):
        return known.id
    filed = _file(session, message, inbound, known, patient_id, observations, clock)
    emit(
        session,
        ResultReceived(
            event_id=uuid4(),
            at=clock(),
            document_id=filed.id,
            patient_id=filed.patient_id,
            corrected=filed.version > 1,
        ),
    )
    return filed.id


def _known(
    session: Session, message: InboxMessage, inbound: InboundDocument, patient_id: UUID
) -> DocumentOut | None:
    """Return the document that this one corrects, withdraws or repeats."""
    for external_id in (inbound.replaces_external_id, inbound.external_id):
        if not external_id:
            continue
        found = find_by_external_id(session, message.source, storable_text(external_id, 200))
        if found is not None:
            known = describe_document(session, found)
            if known.patient_id != patient_id:
                raise Unplaceable(OTHER_RECORD)
            return known
    return None


def _withdraw(session: Session, known: DocumentOut | None, clock: Clock) -> UUID:
    if known is None:
        raise Unplaceable(MISSING_PREDECESSOR)
    if known.status != "withdrawn":
        withdraw_document(session, known.id, reason="Retiré par l'émetteur.", clock=clock)
    return known.id


def _is_already_filed(session: Session, known: DocumentOut, inbound: InboundDocument) -> bool:
    """Tell whether these very bytes are a version of the document, whichever."""
    digest = sha256(inbound.content).hexdigest()
    return find_version(session, known.id, source_digest=digest) is not None


def _file(
    session: Session,
    message: InboxMessage,
    inbound: InboundDocument,
    known: DocumentOut | None,
    patient_id: UUID,
    observations: tuple[Observation, ...],
    clock: Clock,
) -> DocumentOut:
    provenance = Provenance(message.source, storable_text(inbound.external_id, 200), message.id)
    source = Attachment(inbound.media_type, inbound.content)
    results = inbound.observations or observations
    if inbound.document is None:
        return file_source(
            session,
            source,
            patient_id=patient_id,
            title=inbound.title or inbound.document_class,
            document_class=inbound.document_class,
            provenance=provenance,
            replaces=known.id if known else None,
            observations=results,
            clock=clock,
        )
    return file_document(
        session,
        _numbered(session, inbound.document, known),
        patient_id=patient_id,
        provenance=provenance,
        source=source,
        observations=results,
        clock=clock,
    )


def _numbered(
    session: Session, document: ClinicalDocument, known: DocumentOut | None
) -> ClinicalDocument:
    """Number the version in our own sequence: senders skip numbers and reuse identifiers. What they
    stated remains in the file received.
    """
    stated = document.document_id
    is_usable = _OID.fullmatch(stated) and find_version(session, version_oid=stated) is None
    oid = stated if is_usable else new_oid()
    if known is None:
        return replace(document, document_id=oid, set_id=oid, version=1, replaces=None)
    return replace(
        document,
        document_id=oid,
        set_id=known.set_id,
        version=known.version + 1,
        replaces=known.version_oid,
    )
