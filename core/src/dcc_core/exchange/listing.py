"""The queues as operators and identity cells see them: states, reasons and counts, no content."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from dcc_core.errors import NotFound
from dcc_core.exchange.states import InboxState, OutboxKind, OutboxState
from dcc_core.exchange.tables import InboxMessage, OutboxMessage

MAX_ROWS = 200


@dataclass(frozen=True, slots=True)
class MessageOut:
    """A message of the inbox without its bytes.

    Attributes:
        report: Codes, ids and names of traits that processing found.
    """

    id: int
    source: str
    message_id: str
    media_type: str
    size_bytes: int
    digest: str
    state: InboxState
    reason: str
    kind: str
    sender: str
    received_at: datetime
    processed_at: datetime | None
    next_at: datetime
    tries: int
    duplicates: int
    patient_id: UUID | None
    report: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeliveryOut:
    """A delivery: what, to whom, where it stands."""

    id: int
    kind: OutboxKind
    destination: str
    key: str
    state: OutboxState
    reason: str
    error: str
    tries: int
    created_at: datetime
    next_at: datetime
    finished_at: datetime | None
    patient_id: UUID | None
    document_id: UUID | None
    document_version: int | None
    receipt: Mapping[str, Any] | None


_MESSAGE = tuple(getattr(InboxMessage, name) for name in MessageOut.__slots__)
_DELIVERY = tuple(getattr(OutboxMessage, name) for name in DeliveryOut.__slots__)


def list_messages(
    session: Session,
    *,
    state: InboxState | None = None,
    source: str = "",
    message_id: str = "",
    before: int | None = None,
    limit: int = 50,
) -> tuple[MessageOut, ...]:
    """Return messages, latest first; ``before`` continues a list below that number."""
    statement = select(*_MESSAGE).order_by(col(InboxMessage.id).desc())
    if message_id:
        statement = statement.where(InboxMessage.message_id == message_id)
    if state is not None:
        statement = statement.where(InboxMessage.state == state)
    if source:
        statement = statement.where(InboxMessage.source == source)
    if before is not None:
        statement = statement.where(col(InboxMessage.id) < before)
    rows = session.execute(statement.limit(min(limit, MAX_ROWS)))
    return tuple(_message(row) for row in rows.mappings())


def show_message(session: Session, message_id: int) -> MessageOut:
    """Return one message without its bytes.

    Raises:
        NotFound: ``EXC-001`` the message does not exist.
    """
    found = session.execute(select(*_MESSAGE).where(InboxMessage.id == message_id))
    row = found.mappings().one_or_none()
    if row is None:
        raise NotFound(
            "EXC-001",
            f"Le message {message_id} n'existe pas dans la boîte d'arrivée. Vérifiez son numéro.",
            message=message_id,
        )
    return _message(row)


def list_deliveries(
    session: Session,
    *,
    state: OutboxState | None = None,
    kind: OutboxKind | None = None,
    destination: str = "",
    document_id: UUID | None = None,
    before: int | None = None,
    limit: int = 50,
) -> tuple[DeliveryOut, ...]:
    """Return deliveries, latest first; ``before`` continues a list below that number."""
    statement = select(*_DELIVERY).order_by(col(OutboxMessage.id).desc())
    wanted = {"state": state, "kind": kind, "document_id": document_id}
    for name, value in wanted.items():
        if value is not None:
            statement = statement.where(getattr(OutboxMessage, name) == value)
    if destination:
        statement = statement.where(OutboxMessage.destination == destination)
    if before is not None:
        statement = statement.where(col(OutboxMessage.id) < before)
    rows = session.execute(statement.limit(min(limit, MAX_ROWS)))
    return tuple(_delivery(row) for row in rows.mappings())


def show_delivery(session: Session, delivery_id: int) -> DeliveryOut:
    """Return one delivery.

    Raises:
        NotFound: ``EXC-005`` the delivery does not exist.
    """
    found = session.execute(select(*_DELIVERY).where(OutboxMessage.id == delivery_id))
    row = found.mappings().one_or_none()
    if row is None:
        raise NotFound(
            "EXC-005",
            f"L'envoi {delivery_id} n'existe pas. Vérifiez son numéro.",
            delivery=delivery_id,
        )
    return _delivery(row)


def count_states(session: Session) -> dict[str, dict[str, int]]:
    """Return the number of messages and of deliveries by state, for health and metrics."""
    counts: dict[str, dict[str, int]] = {}
    for name, table in (("inbox", InboxMessage), ("outbox", OutboxMessage)):
        rows = session.execute(select(table.state, func.count()).group_by(table.state))
        counts[name] = dict(rows.all())
    return counts


def _message(row: Mapping[Any, Any]) -> MessageOut:
    return MessageOut(**{**row, "state": InboxState(row["state"])})


def _delivery(row: Mapping[Any, Any]) -> DeliveryOut:
    states = {"state": OutboxState(row["state"]), "kind": OutboxKind(row["kind"])}
    return DeliveryOut(**{**row, **states})
