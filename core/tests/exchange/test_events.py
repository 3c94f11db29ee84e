"""Events reach each listening plugin once their transaction has committed, and only then."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from dcc_core.db.events import emit
from dcc_core.errors import PermanentExchangeError
from dcc_core.exchange.event_codec import dump_event, load_event
from dcc_core.exchange.tables import OutboxMessage
from dcc_core.exchange.workshop import Workshop
from dcc_core.hooks.contracts.life import EVENT_TYPES, Event, PatientCreated
from dcc_core.patients import create_patient
from dcc_core.testing.exchange import START, MovableClock, work
from dcc_core.testing.patients import demo_traits

from .conftest import Plugin

EVENTS = st.one_of(
    *(st.builds(kind, at=st.datetimes(timezones=st.just(UTC))) for kind in EVENT_TYPES)
)


@given(EVENTS)
def test_any_event_waits_without_loss(event: Event) -> None:
    back = load_event(dump_event(event))
    assert type(back) is type(event)
    assert back == event


def test_an_event_of_another_version_is_shown_not_lost() -> None:
    with pytest.raises(PermanentExchangeError, match="EXC-011"):
        load_event({"type": "FutureEvent", "values": {}})


def create(session: Session) -> UUID:
    return create_patient(session, demo_traits()).id


def waiting(workshop: Workshop) -> list[OutboxMessage]:
    with workshop.database.reading() as session:
        return list(session.exec(select(OutboxMessage)))


def test_a_committed_event_is_heard(workshop: Workshop, plugin: Plugin) -> None:
    with workshop.database.session() as session:
        patient = create(session)
    assert work(workshop) == 1
    assert [event.patient_id for event in plugin.events] == [patient]  # type: ignore[attr-defined]
    assert work(workshop) == 0


def test_a_rolled_back_event_is_not(workshop: Workshop) -> None:
    def change() -> None:
        with workshop.database.session() as session:
            create(session)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change()
    assert waiting(workshop) == []


def test_an_event_of_a_rolled_back_savepoint_is_not_heard(workshop: Workshop) -> None:
    first, second = _event(START), _event(START)
    with workshop.database.session() as session:
        emit(session, first)
        savepoint = session.begin_nested()
        emit(session, second)
        savepoint.rollback()
    assert [row.key for row in waiting(workshop)] == [str(first.event_id)]


def test_an_event_of_a_kept_savepoint_is_heard_once(workshop: Workshop) -> None:
    first, second = _event(START), _event(START)
    with workshop.database.session() as session:
        emit(session, first)
        with session.begin_nested():
            emit(session, second)
    assert [row.key for row in waiting(workshop)] == [str(first.event_id), str(second.event_id)]


def _event(at: datetime) -> PatientCreated:
    return PatientCreated(event_id=uuid4(), at=at, patient_id=None)  # type: ignore[arg-type]


def test_a_listener_that_fails_hears_it_again(
    workshop: Workshop, plugin: Plugin, clock: MovableClock
) -> None:
    with workshop.database.session() as session:
        create(session)
    plugin.trouble = RuntimeError("DÉMO-SECRET")
    work(workshop)
    assert waiting(workshop)[0].error == "RuntimeError"
    plugin.trouble = None
    clock.forward(minutes=1)
    work(workshop)
    assert plugin.heard() == ["PatientCreated"]
