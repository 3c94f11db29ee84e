from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, select

from dcc_core.audit import AuditEntry
from dcc_core.audit.log import AUDIT_TABLE
from dcc_core.testing.clock import START
from dcc_core.users.vigilance import Rule, Suspicion, find_suspicions

SOMEBODY, OTHER = uuid4(), uuid4()
Look = Callable[..., None]


@pytest.fixture
def look(session: Session) -> Look:
    """Write one access at a minute after the start, as the log keeps it."""
    numbers = iter(range(1_000, 10_000))  # far from those the engine gives

    def write(
        minute: float, patient: UUID, account: UUID = SOMEBODY, outcome: str = "success"
    ) -> None:
        session.connection().execute(
            AUDIT_TABLE.insert(),
            {
                "sequence": next(numbers),
                "at": START + timedelta(minutes=minute),
                "event": "record.read",
                "outcome": outcome,
                "actor_id": account,
                "actor": {},
                "purpose": "care",
                "patient_id": patient,
                "object_kind": "",
                "reason": "",
                "basis": "",
                "correlation_id": "",
                "via": "web",
                "source_ip": "",
                "details": {},
                "mac": "",
            },
        )

    return write


def _found(session: Session) -> list[Suspicion]:
    return find_suspicions(session, since=START, until=START + timedelta(days=1))


def test_hundred_patients_in_an_hour_are_a_day_of_work(session: Session, look: Look) -> None:
    for minute in range(100):
        look(minute * 0.5, uuid4())
    assert _found(session) == []


def test_more_than_a_hundred_patients_in_an_hour_stand_out_once(
    session: Session, look: Look
) -> None:
    for number in range(110):
        look(number * 0.5, uuid4())
    (suspicion,) = _found(session)
    assert (suspicion.rule, suspicion.patients) == (Rule.MANY_PATIENTS, 101)
    assert suspicion.first_sequence == 1_000
    assert "100 patients" in suspicion.text


def test_same_patient_seen_often_does_not_stand_out(session: Session, look: Look) -> None:
    patient = uuid4()
    for number in range(200):
        look(number * 0.1, patient)
    assert _found(session) == []


def test_two_people_are_not_added_up(session: Session, look: Look) -> None:
    for number in range(160):
        look(number * 0.3, uuid4(), (SOMEBODY, OTHER)[number % 2])
    assert _found(session) == []


@pytest.mark.parametrize(("delay", "expected"), [(5, [Rule.AFTER_REFUSAL]), (31, [])])
def test_access_soon_after_a_refusal_stands_out(
    session: Session, look: Look, delay: float, expected: list[Rule]
) -> None:
    patient = uuid4()
    look(0, patient, outcome="denied")
    look(1, uuid4())
    look(delay, patient)
    assert [suspicion.rule for suspicion in _found(session)] == expected


def test_checking_is_audited(session: Session) -> None:
    _found(session)
    assert session.exec(select(AuditEntry.event)).all() == ["audit.check"]
