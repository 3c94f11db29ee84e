"""Whether the queues move: what an operator is told before a clinician notices."""

from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from dcc_core.exchange.states import InboxState, OutboxState
from dcc_core.exchange.tables import InboxMessage, OutboxMessage
from dcc_core.hooks.contracts.ops import HealthReport, HealthState

PATIENCE = timedelta(minutes=10)
"""How long something may be due before the absence of a worker is suspected."""


def check_queues(session: Session, *, now: datetime) -> HealthReport:
    """Return how the queues stand: degraded when something is due for long or failed for good."""
    late = _late(session, now)
    if late:
        return HealthReport(
            HealthState.DEGRADED,
            f"{late} éléments attendent depuis plus de {PATIENCE.seconds // 60} minutes : aucun "
            "processus ne semble traiter les échanges. Démarrez `dcc worker`.",
        )
    failed = _count(session, InboxMessage, InboxState.FAILED)
    dead = _count(session, OutboxMessage, OutboxState.DEAD)
    if failed or dead:
        return HealthReport(
            HealthState.DEGRADED,
            f"{failed} messages et {dead} envois sont en échec définitif. Voyez `dcc inbox list "
            "--state failed` et `dcc outbox list --state dead`.",
        )
    return HealthReport(HealthState.OK)


def _late(session: Session, now: datetime) -> int:
    waiting = ((InboxMessage, InboxState.RECEIVED), (OutboxMessage, OutboxState.PENDING))
    return sum(
        session.exec(
            select(func.count())
            .select_from(table)
            .where(col(table.state) == state, col(table.next_at) <= now - PATIENCE)
        ).one()
        for table, state in waiting
    )


def _count(
    session: Session,
    table: type[InboxMessage] | type[OutboxMessage],
    state: InboxState | OutboxState,
) -> int:
    counted = select(func.count()).select_from(table).where(col(table.state) == state)
    return session.exec(counted).one()
