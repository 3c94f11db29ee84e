"""The fallback opens after a lasting outage, and nothing can leave it open."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session

from dcc_sso_psc.fallback import (
    ADMINISTRATOR_SPAN,
    GRACE,
    close_fallback,
    is_open,
    note_probe,
    open_fallback,
    read_fallback,
)

_START = datetime(2026, 11, 24, 14, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_RULE = timedelta(minutes=5)


class Outage:
    """Minutes that pass, with or without an answer of the provider."""

    def __init__(self, session: Session, open_after: timedelta | None = _RULE) -> None:
        self.session = session
        self.open_after = open_after
        self.now = _START

    def minutes(self, count: int, *, answered: bool) -> None:
        for _ in range(count):
            self.now += _MINUTE
            note_probe(self.session, answered=answered, open_after=self.open_after, now=self.now)

    @property
    def is_open(self) -> bool:
        return is_open(read_fallback(self.session), self.now)


@pytest.fixture
def outage(session: Session) -> Outage:
    return Outage(session)


def test_closed_by_default(outage: Outage) -> None:
    assert not outage.is_open
    outage.minutes(10, answered=True)
    assert not outage.is_open


def test_rule_opens_after_five_minutes_of_outage(outage: Outage) -> None:
    outage.minutes(5, answered=False)
    assert not outage.is_open
    outage.minutes(1, answered=False)
    assert outage.is_open


def test_short_failures_do_not_add_up(outage: Outage) -> None:
    for _ in range(10):
        outage.minutes(4, answered=False)
        outage.minutes(1, answered=True)
    assert not outage.is_open


def test_recovery_closes_at_the_next_probe(outage: Outage) -> None:
    outage.minutes(120, answered=False)
    assert outage.is_open
    outage.minutes(1, answered=True)
    assert not outage.is_open


def test_dead_watch_closes_within_fifteen_minutes(outage: Outage) -> None:
    outage.minutes(30, answered=False)
    outage.now += GRACE - _MINUTE
    assert outage.is_open
    outage.now += _MINUTE
    assert not outage.is_open


def test_administrators_only_means_that_the_rule_does_not_open(session: Session) -> None:
    outage = Outage(session, open_after=None)
    outage.minutes(60, answered=False)
    assert not outage.is_open
    open_fallback(session, author="compte", now=outage.now)
    assert outage.is_open
    outage.minutes(1, answered=True)
    assert not outage.is_open


def test_administrator_may_open_while_the_probe_answers_for_an_hour(outage: Outage) -> None:
    open_fallback(outage.session, author="compte", now=outage.now)
    outage.minutes(59, answered=True)
    assert outage.is_open
    outage.minutes(1, answered=True)
    assert not outage.is_open


def test_administrator_may_close_at_once(outage: Outage) -> None:
    outage.minutes(30, answered=False)
    close_fallback(outage.session)
    assert not outage.is_open


def test_opening_and_closing_are_audited_once(outage: Outage) -> None:
    outage.minutes(30, answered=False)
    outage.minutes(3, answered=True)
    told = outage.session.execute(text("SELECT event, reason FROM core_audit")).all()
    assert sorted(map(tuple, told)) == [("fallback.close", "recovered"), ("fallback.open", "rule")]


_STEPS = st.lists(
    st.sampled_from(["down", "up", "open", "close", "silence"]), min_size=1, max_size=40
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_STEPS)
def test_fallback_never_outlives_its_reason(session: Session, steps: list[str]) -> None:
    """Whatever happens, it is closed an hour after the last opening and 15 min after a failure."""
    with session.begin_nested() as example:
        _live_through(Outage(session), steps)
        example.rollback()


def _live_through(outage: Outage, steps: list[str]) -> None:
    for step in steps:
        if step == "open":
            open_fallback(outage.session, author="compte", now=outage.now)
        elif step == "close":
            close_fallback(outage.session)
        elif step == "silence":
            outage.now += timedelta(minutes=20)
        else:
            outage.minutes(1, answered=step == "up")
    state = read_fallback(outage.session)
    assert (state.opened_at is None) == (state.closes_at is None) == (state.opened_by == "")
    assert not is_open(state, outage.now + ADMINISTRATOR_SPAN)
