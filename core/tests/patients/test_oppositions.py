from datetime import date, timedelta

import pytest
from sqlmodel import Session

from dcc_core.config import utc_now
from dcc_core.db.events import drain
from dcc_core.errors import InvalidInput
from dcc_core.hooks.contracts.life import OppositionChanged
from dcc_core.patients import (
    SharingPurpose,
    create_patient,
    is_opposed_to,
    list_oppositions,
    record_opposition,
)
from dcc_core.testing.patients import TODAY, demo_traits


def test_each_purpose_is_opposed_for_itself(session: Session) -> None:
    patient = create_patient(session, demo_traits())
    record_opposition(
        session, patient.id, SharingPurpose.DMP, is_opposed=True, stated_on=TODAY, source="oral"
    )
    record_opposition(
        session, patient.id, SharingPurpose.DCC, is_opposed=False, stated_on=TODAY, source="oral"
    )

    assert {p: is_opposed_to(session, patient.id, p) for p in SharingPurpose} == {
        SharingPurpose.DCC: False,
        SharingPurpose.DMP: True,
        SharingPurpose.MSSANTE: None,
        SharingPurpose.RESEARCH: None,
        SharingPurpose.EMERGENCY: None,
    }


def test_the_latest_statement_holds_whenever_it_is_recorded(session: Session) -> None:
    patient = create_patient(session, demo_traits())
    drain(session)
    for day, is_opposed in ((2, True), (3, False), (1, True)):
        record_opposition(
            session,
            patient.id,
            SharingPurpose.DMP,
            is_opposed=is_opposed,
            stated_on=date(2026, 1, day),
        )

    assert is_opposed_to(session, patient.id, SharingPurpose.DMP) is False
    assert len(list_oppositions(session, patient.id)) == 3
    changes = [event for event in drain(session) if isinstance(event, OppositionChanged)]
    assert [(change.purpose, change.opposed) for change in changes] == [
        ("dmp", True),
        ("dmp", False),
    ]


def test_nobody_opposes_tomorrow(session: Session) -> None:
    patient = create_patient(session, demo_traits())

    with pytest.raises(InvalidInput, match="PAT-015"):
        record_opposition(
            session,
            patient.id,
            SharingPurpose.DMP,
            is_opposed=True,
            stated_on=utc_now().date() + timedelta(days=1),
        )
