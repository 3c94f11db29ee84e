"""The core's own indicators: what was filed, received and sent, without anybody's name."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, func
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlmodel import Session, col, select

from dcc_core.exchange import InboxMessage, OutboxKind, OutboxMessage
from dcc_core.hooks.contracts.ops import Figure, Indicator, Period
from dcc_core.records.tables import Document, DocumentVersion


def count_documents(session: Session, period: Period) -> Iterable[Figure]:
    """Return the number of versions filed, by class of document."""
    rows = session.exec(
        select(Document.document_class, func.count())
        .join(DocumentVersion, col(DocumentVersion.document_id) == col(Document.id))
        .where(_inside(col(DocumentVersion.stored_at), period))
        .group_by(col(Document.document_class))
        .order_by(col(Document.document_class))
    )
    return [Figure(count, label) for label, count in rows]


def count_messages(session: Session, period: Period) -> Iterable[Figure]:
    """Return the number of messages received, by what became of them."""
    rows = session.exec(
        select(InboxMessage.state, func.count())
        .where(_inside(col(InboxMessage.received_at), period))
        .group_by(col(InboxMessage.state))
        .order_by(col(InboxMessage.state))
    )
    return [Figure(count, label) for label, count in rows]


def count_deliveries(session: Session, period: Period) -> Iterable[Figure]:
    """Return the number of deliveries owed, by destination and state."""
    rows = session.exec(
        select(OutboxMessage.destination, OutboxMessage.state, func.count())
        .where(
            OutboxMessage.kind == OutboxKind.DOCUMENT,
            _inside(col(OutboxMessage.created_at), period),
        )
        .group_by(col(OutboxMessage.destination), col(OutboxMessage.state))
        .order_by(col(OutboxMessage.destination), col(OutboxMessage.state))
    )
    return [Figure(count, f"{destination} · {state}") for destination, state, count in rows]


def _inside(column: SQLCoreOperations[object], period: Period) -> ColumnElement[bool]:
    return (column >= period.start) & (column < period.end)


ACTIVITY: tuple[Indicator, ...] = (
    Indicator("core.documents", "Documents enregistrés", "documents", count_documents),
    Indicator("core.messages", "Messages reçus", "messages", count_messages, suppress_below=0),
    Indicator("core.deliveries", "Envois", "envois", count_deliveries, suppress_below=0),
)
"""Flows of machines carry no secrecy threshold; counts of documents do."""
