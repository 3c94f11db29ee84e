"""Owe documents to the destinations that want them, in the transaction that made them final."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from uuid import UUID

from sqlmodel import Session, col, select

from dcc_core.audit import record_event
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

FILE, WITHDRAW, VISIBILITY = "file", "withdraw", "visibility"
"""What a delivery is about. Whether a version is new at the destination or replaces another there
is only known when it leaves.
"""
VISIBILITIES = frozenset(
    {"announced", "hide_from_patient", "hide_from_guardians", "hide_from_professionals"}
)


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
    for destination in _destinations(session, document.id):
        _owe(session, document, destination, WITHDRAW, is_certain=True, clock=clock)


def _destinations(session: Session, document_id: UUID) -> list[str]:
    """Return where a document was owed to."""
    found = session.exec(
        select(OutboxMessage.destination)
        .where(
            OutboxMessage.document_id == document_id,
            OutboxMessage.state != OutboxState.CANCELLED,
        )
        .order_by(col(OutboxMessage.destination))
        .distinct()
    )
    return list(found)


def decide_visibility(
    session: Session, document_id: UUID, *, clock: Clock = utc_now, basis: str = "", **decided: bool
) -> int:
    """Owe a decision about who sees a document to each destination that the document was owed to,
    and return to how many. Later versions leave with it too.

    Args:
        basis: What the act was permitted on, for the audit.
        decided: Among ``VISIBILITIES``; what is not named stays as it is.

    Raises:
        NotFound: ``REC-001`` the document does not exist.
    """
    unknown = decided.keys() - VISIBILITIES
    if unknown:
        raise ValueError(f"no such decision: {sorted(unknown)}")
    document = describe_document(session, document_id)
    parameters = {name: "yes" if value else "no" for name, value in sorted(decided.items())}
    destinations = _destinations(session, document.id)
    for destination in destinations:
        _owe(
            session,
            document,
            destination,
            f"{VISIBILITY}/{_decisions(session, document.id, destination) + 1}",
            is_certain=True,
            clock=clock,
            parameters=parameters,
        )
    record_event(
        session,
        "document.visibility",
        patient_id=document.patient_id,
        object_kind="document",
        object_id=document.id,
        object_version=document.version,
        basis=basis,
        details=dict(parameters),
    )
    return len(destinations)


def visibility_of(session: Session, document_id: UUID) -> dict[str, str]:
    """Return what has been decided of the visibility of a document, the last word of each kind."""
    decided: dict[str, str] = {}
    payloads = session.exec(
        select(OutboxMessage.payload)
        .where(OutboxMessage.document_id == document_id)
        .order_by(col(OutboxMessage.id))
    )
    for payload in payloads:
        decided |= payload.get("parameters", {})
    return decided


def _decisions(session: Session, document_id: UUID, destination: str) -> int:
    payloads = session.exec(
        select(OutboxMessage.payload).where(
            OutboxMessage.document_id == document_id, OutboxMessage.destination == destination
        )
    )
    return sum(payload["operation"] == VISIBILITY for payload in payloads)


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
    parameters: Mapping[str, str] = MappingProxyType({}),
) -> None:
    enqueue(
        session,
        kind=OutboxKind.DOCUMENT,
        destination=destination,
        key=f"{document.version_oid}/{operation}",
        payload={
            "operation": operation.partition("/")[0],
            "is_certain": is_certain,
            "parameters": dict(parameters),
        },
        patient_id=document.patient_id,
        document_id=document.id,
        document_version=document.version,
        clock=clock,
    )
