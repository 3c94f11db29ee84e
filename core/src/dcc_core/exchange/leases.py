"""Leases and back-off: how several workers share one queue, and when a failure is tried again.

A worker takes a row for a limited time. If it dies, the lease runs out and another worker takes the
row; if it was only slow, its result is refused because the row carries another token by then.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import uuid4

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from dcc_core.errors import Conflict
from dcc_core.exchange.tables import InboxMessage, OutboxMessage

LEASE = timedelta(minutes=5)
BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
    timedelta(hours=24),
)
"""Waits before the second, third … try. After the last one a person has to look."""


class LeaseLost(Conflict):
    """The lease ran out and somebody else took the row; nothing was written by this worker."""


Row = TypeVar("Row", InboxMessage, OutboxMessage)


def is_due(table: type[Row], now: datetime) -> ColumnElement[bool]:
    """Return the condition that a row may be taken now: its time has come and nobody holds it."""
    return (col(table.next_at) <= now) & or_(
        col(table.lease_until).is_(None), col(table.lease_until) <= now
    )


def take(
    session: Session,
    table: type[Row],
    eligible: ColumnElement[bool],
    *,
    now: datetime,
    lease: timedelta,
) -> Row | None:
    """Lease the first eligible row, None when there is none.

    PostgreSQL skips rows that other workers are taking; SQLite has one writer at a time, and its
    write transactions begin by waiting for it.
    """
    statement = (
        select(table)
        .where(eligible)
        .order_by(col(table.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = session.exec(statement).one_or_none()
    if row is None:
        return None
    row.tries += 1
    row.lease_token = uuid4()
    row.lease_until = now + lease
    session.flush()
    return row


def held(session: Session, leased: Row) -> Row:
    """Return the row that ``leased`` was taken from, locked, if this worker still holds it.

    Raises:
        LeaseLost: ``EXC-010`` when the lease ran out and somebody else took the row.
    """
    table = type(leased)
    statement = select(table).where(col(table.id) == leased.id).with_for_update()
    row = session.exec(statement).one_or_none()
    if row is None or row.lease_token is None or row.lease_token != leased.lease_token:
        raise LeaseLost(
            "EXC-010",
            "Le traitement a dépassé son délai et a été repris par un autre processus. "
            "Rien n'a été enregistré par celui-ci.",
        )
    return row


def let_go(row: InboxMessage | OutboxMessage) -> None:
    """End the lease."""
    row.lease_token = None
    row.lease_until = None


def next_try(
    tries: int, now: datetime, *, waits: Sequence[timedelta] = BACK_OFF
) -> datetime | None:
    """Return when to try again after ``tries`` failures, None when enough is enough."""
    return now + waits[tries - 1] if tries <= len(waits) else None
