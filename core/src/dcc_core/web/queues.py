"""The exchange queues as people read them: keyset pages, counts that never scan a whole table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from sqlalchemy import ScalarSelect, func
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from dcc_core.exchange import InboxMessage, InboxState, OutboxKind, OutboxMessage, OutboxState

PAGE_SIZE = 50
COUNT_UP_TO = 1000
"""Counts stop here: "1 000 et plus" tells an operator as much, at a fixed cost."""

Row = TypeVar("Row", InboxMessage, OutboxMessage)


@dataclass(frozen=True, slots=True)
class QueuePage(Generic[Row]):
    """One page of a queue, latest first; ``older`` starts the next one."""

    rows: Sequence[Row]
    older: int | None
    counts: Mapping[str, int]
    state: str


def inbox_page(
    session: Session, *, state: str, source: str, before: int | None
) -> QueuePage[InboxMessage]:
    """Return messages received, without their bytes."""
    statement = (
        select(InboxMessage)
        .options(defer(InboxMessage.content))  # type: ignore[arg-type]  # a column at run time
        .order_by(col(InboxMessage.id).desc())
        .limit(PAGE_SIZE + 1)
    )
    if state in set(InboxState):
        statement = statement.where(InboxMessage.state == state)
    if source:
        statement = statement.where(InboxMessage.source == source)
    if before is not None:
        statement = statement.where(col(InboxMessage.id) < before)
    rows = session.exec(statement).all()
    return QueuePage(
        rows[:PAGE_SIZE], _older(rows), _counts(session, InboxMessage, InboxState), state
    )


def outbox_page(
    session: Session, *, state: str, destination: str, before: int | None
) -> QueuePage[OutboxMessage]:
    """Return deliveries of documents."""
    statement = (
        select(OutboxMessage)
        .where(OutboxMessage.kind == OutboxKind.DOCUMENT)
        .order_by(col(OutboxMessage.id).desc())
        .limit(PAGE_SIZE + 1)
    )
    if state in set(OutboxState):
        statement = statement.where(OutboxMessage.state == state)
    if destination:
        statement = statement.where(OutboxMessage.destination == destination)
    if before is not None:
        statement = statement.where(col(OutboxMessage.id) < before)
    rows = session.exec(statement).all()
    return QueuePage(
        rows[:PAGE_SIZE], _older(rows), _counts(session, OutboxMessage, OutboxState), state
    )


def count_inbox(session: Session, state: InboxState) -> int:
    """Count the messages of one state, up to ``COUNT_UP_TO``."""
    return session.exec(select(_bounded_count(InboxMessage, state.value))).one()


def count_outbox(session: Session, state: OutboxState) -> int:
    """Count the deliveries of one state, up to ``COUNT_UP_TO``."""
    return session.exec(select(_bounded_count(OutboxMessage, state.value))).one()


def _older(rows: Sequence[InboxMessage] | Sequence[OutboxMessage]) -> int | None:
    return rows[PAGE_SIZE - 1].id if len(rows) > PAGE_SIZE else None


def _counts(
    session: Session, table: type[InboxMessage] | type[OutboxMessage], states: type[StrEnum]
) -> Mapping[str, int]:
    """Count each state up to a bound, in one statement."""
    counted = [_bounded_count(table, state.value) for state in states]
    row = session.execute(select(*counted)).one()
    return dict(zip((state.value for state in states), row, strict=True))


def _bounded_count(
    table: type[InboxMessage] | type[OutboxMessage], state: str
) -> ScalarSelect[int]:
    some = select(col(table.id)).where(table.state == state).limit(COUNT_UP_TO).subquery()
    return select(func.count()).select_from(some).scalar_subquery()
