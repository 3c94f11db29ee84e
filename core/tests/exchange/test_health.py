"""The queues say when nobody works them, and when something failed for good."""

from datetime import timedelta

from sqlmodel import Session, select

from dcc_core.exchange import OutboxKind, enqueue, receive_message
from dcc_core.exchange.health import check_queues
from dcc_core.exchange.tables import InboxMessage
from dcc_core.hooks.contracts.labs import RawMessage
from dcc_core.hooks.contracts.ops import HealthState
from dcc_core.testing.exchange import START


def state_after(session: Session, minutes: int) -> HealthState:
    return check_queues(session, now=START + timedelta(minutes=minutes)).state


def test_empty_queues_are_well(session: Session) -> None:
    assert state_after(session, 0) is HealthState.OK


def test_what_is_due_for_long_is_told(session: Session) -> None:
    enqueue(
        session,
        kind=OutboxKind.DOCUMENT,
        destination="dmp",
        key="1",
        payload={},
        clock=lambda: START,
    )
    assert state_after(session, 9) is HealthState.OK
    assert state_after(session, 11) is HealthState.DEGRADED


def test_what_failed_for_good_is_told_without_content(session: Session) -> None:
    receive_message(session, RawMessage("lab", "DÉMO-SECRET", b"1"), clock=lambda: START)
    session.exec(select(InboxMessage)).one().state = "failed"
    report = check_queues(session, now=START)
    assert report.state is HealthState.DEGRADED
    assert "DÉMO-SECRET" not in report.text
