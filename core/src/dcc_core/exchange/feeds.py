"""Owe documents to the destinations that want them, in the transaction that made them final."""

from functools import partial

from sqlmodel import Session, col, select

from dcc_core.config import Clock, utc_now
from dcc_core.exchange.gate import standing_of
from dcc_core.exchange.outbox import enqueue
from dcc_core.exchange.registry import ExchangeParts
from dcc_core.exchange.states import OutboxKind, OutboxState
from dcc_core.exchange.tables import OutboxMessage
from dcc_core.hooks import Dispatcher
from dcc_core.hooks.contracts.identity import IdentityStatus
from dcc_core.hooks.contracts.life import DocumentFinalized, DocumentWithdrawn
from dcc_core.hooks.contracts.outbound import DocumentNotice, OutboundFeed
from dcc_core.records import DocumentOut, describe_document

FILE, WITHDRAW = "file", "withdraw"
"""What a delivery is about. Whether a version is new at the destination or replaces another there
is only known when it leaves.
"""


def owe_document(
    session: Session,
    event: DocumentFinalized,
    *,
    parts: ExchangeParts,
    dispatcher: Dispatcher,
    clock: Clock = utc_now,
) -> None:
    """Owe a version to each destination that wants it.

    A destination that cannot say whether it wants it is asked again by the worker: nothing is sent
    without its word, and nothing is forgotten.
    """
    document = describe_document(session, event.document_id, version=event.version)
    if not document.is_readable:
        return
    notice = notice_of(document, standing_of(session, document.patient_id).status)
    for plugin, feed in parts.feeds.values():
        wish = dispatcher.guard(plugin, "wants", partial(_wish, feed, notice))
        if wish != (False,):
            _owe(session, document, feed.key, FILE, is_certain=wish is not None, clock=clock)


def owe_withdrawal(session: Session, event: DocumentWithdrawn, *, clock: Clock = utc_now) -> None:
    """Owe a withdrawal to each destination that the document was owed to."""
    document = describe_document(session, event.document_id)
    destinations = session.exec(
        select(OutboxMessage.destination)
        .where(
            OutboxMessage.document_id == document.id,
            OutboxMessage.state != OutboxState.CANCELLED,
        )
        .order_by(col(OutboxMessage.destination))
        .distinct()
    ).all()
    for destination in destinations:
        _owe(session, document, destination, WITHDRAW, is_certain=True, clock=clock)


def notice_of(document: DocumentOut, identity_status: IdentityStatus) -> DocumentNotice:
    """Return the facts by which a destination decides."""
    return DocumentNotice(
        document_id=document.id,
        patient_id=document.patient_id,
        document_class=document.document_class,
        type_code=document.type_code,
        version=document.version,
        status=document.status,
        identity_status=identity_status,
        origin=document.origin,
    )


def _wish(feed: OutboundFeed, notice: DocumentNotice) -> tuple[bool]:
    """Wrap the answer, so that a failure, which is None, can be told apart from a refusal."""
    return (feed.wants(notice),)


def _owe(
    session: Session,
    document: DocumentOut,
    destination: str,
    operation: str,
    *,
    is_certain: bool,
    clock: Clock,
) -> None:
    enqueue(
        session,
        kind=OutboxKind.DOCUMENT,
        destination=destination,
        key=f"{document.version_oid}/{operation}",
        payload={"operation": operation, "is_certain": is_certain},
        patient_id=document.patient_id,
        document_id=document.id,
        document_version=document.version,
        clock=clock,
    )
