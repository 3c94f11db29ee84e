"""The demonstration: cases at every step, signed opinions, the same once written."""

from collections import Counter

import pytest
from sqlmodel import Session, select

from dcc_core.api import find_account
from dcc_core.testing.patients import qualified_patient
from dcc_core.testing.web import add_account
from dcc_rcp_meetings.cases.states import CaseState
from dcc_rcp_meetings.demo import fill_demonstration
from dcc_rcp_meetings.tables import Case, Meeting, Rcp

SPECIALITIES = {37: "SM37", 11: "SM36", 29: "SM12"}


@pytest.fixture
def people(session: Session) -> None:
    for number in (37, 11, 29, 45):
        add_account(session, "physician", number=number)
        account = find_account(session, f"8999900{number:05d}")
        assert account is not None
        account.national_id = f"8999000{number:05d}"
        account.specialty = SPECIALITIES.get(number, "")
        session.add(account)
    for number in range(1, 13):
        letter = chr(64 + number)
        qualified_patient(session, number, birth_family_name=f"DÉMO-{letter}LBRET{letter}")


def test_nothing_is_written_without_the_people(session: Session) -> None:
    fill_demonstration(session)
    assert session.exec(select(Rcp)).first() is None


@pytest.mark.usefixtures("people")
def test_cases_stand_at_every_step(session: Session) -> None:
    for _ in range(2):
        fill_demonstration(session)
    assert len(session.exec(select(Rcp)).all()) == 5
    states = Counter(case.state for case in session.exec(select(Case)))
    assert states[CaseState.VALIDATED] == 3
    assert states[CaseState.DRAFTED] == 2
    assert states[CaseState.PREPARED] >= 2
    assert states[CaseState.REGISTERED] >= 1
    assert {meeting.state for meeting in session.exec(select(Meeting))} == {"close", "prevue"}
