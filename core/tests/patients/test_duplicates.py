from typing import Any

import pytest
from sqlalchemy import delete
from sqlmodel import Session

from dcc_core.errors import Conflict, NotFound
from dcc_core.patients import (
    create_patient,
    decide_distinct,
    list_duplicates,
    reopen_duplicate,
    scan_duplicates,
    update_patient,
)
from dcc_core.patients.tables import Duplicate
from dcc_core.testing.patients import demo_traits, qualified_patient


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"birth_family_name": "DÉMO-MARTEN"},
        {"first_given_name": "Zoe", "birth_family_name": "DEMO MARTINN"},
        {"birth_date": "03/12/1957"},
        {"birth_date": "13/03/1957"},
        {"sex": "M", "birth_place_insee": ""},
    ],
)
def test_likely_duplicates_wait_for_a_person(session: Session, change: dict[str, Any]) -> None:
    first = create_patient(session, demo_traits())
    second = create_patient(session, demo_traits(**change))

    (pair,) = list_duplicates(session)

    assert {pair.first_id, pair.second_id} == {first.id, second.id}
    assert pair.reasons


@pytest.mark.parametrize(
    "change",
    [
        {"first_given_name": "Bérénice"},
        {"birth_date": "05/07/1988"},
        {"birth_family_name": "DÉMO-ZIMMERMANN"},
    ],
    ids=["twins", "homonyms", "same day"],
)
def test_twins_and_homonyms_are_left_in_peace(session: Session, change: dict[str, Any]) -> None:
    create_patient(session, demo_traits())
    create_patient(session, demo_traits(**change))

    assert list_duplicates(session) == ()


def test_two_ins_are_no_duplicates(session: Session) -> None:
    qualified_patient(session, 1)
    patient = qualified_patient(session, 2, birth_date="05/07/1988")
    update_patient(session, patient.id, demo_traits(), expected_version=patient.version)

    assert len(list_duplicates(session)) == 1  # the change withdrew the second INS

    qualified_patient(session, 3, first_given_name="Bérénice")
    assert len(list_duplicates(session)) == 1


def test_a_decision_is_never_overwritten(session: Session) -> None:
    create_patient(session, demo_traits())
    create_patient(session, demo_traits())
    (pair,) = list_duplicates(session)

    decided = decide_distinct(session, pair.id, note="jumelles")
    _, added = scan_duplicates(session)

    assert added == 0
    assert list_duplicates(session) == ()
    with pytest.raises(Conflict, match="PAT-081"):
        decide_distinct(session, pair.id, note="encore")
    assert reopen_duplicate(session, decided.id, note="erreur").state == "open"
    assert len(list_duplicates(session)) == 1


def test_an_unknown_pair_is_not_found(session: Session) -> None:
    patient = create_patient(session, demo_traits())

    with pytest.raises(NotFound, match="PAT-080"):
        decide_distinct(session, patient.id, note="")


def test_a_scan_goes_through_every_record(session: Session) -> None:
    for number in range(5):
        create_patient(session, demo_traits(city=f"Ville {number}"))
    session.execute(delete(Duplicate))  # as after an import, which compares nothing

    after, found = None, 0
    while True:
        after, added = scan_duplicates(session, after=after, batch=2)
        found += added
        if after is None:
            break

    assert found == 10
