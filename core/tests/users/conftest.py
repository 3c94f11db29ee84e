from collections.abc import Callable
from uuid import UUID

import pytest
from sqlmodel import Session

from dcc_core.hooks.dispatch import Dispatcher
from dcc_core.patients import create_patient
from dcc_core.testing.clock import START, MovableClock
from dcc_core.testing.patients import demo_traits
from dcc_core.users import (
    AccessRules,
    Account,
    AccountIn,
    Organisation,
    OrganisationIn,
    build_policy,
    create_account,
    register_organisation,
)


class StatedOppositions:
    """Oppositions as a test states them."""

    def __init__(self) -> None:
        self.by_patient: dict[UUID, frozenset[str]] = {}

    def __call__(self, _session: Session, patient_id: UUID) -> frozenset[str]:
        return self.by_patient.get(patient_id, frozenset())


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def oppositions() -> StatedOppositions:
    return StatedOppositions()


@pytest.fixture
def dispatcher() -> Dispatcher:
    return Dispatcher(deadline_s=0.5)


@pytest.fixture
def rules(
    dispatcher: Dispatcher, oppositions: StatedOppositions, clock: MovableClock
) -> AccessRules:
    return AccessRules(build_policy(), dispatcher, oppositions, clock)


@pytest.fixture
def patient_id(session: Session) -> UUID:
    return create_patient(session, demo_traits()).id


@pytest.fixture
def hospital(session: Session) -> Organisation:
    entry = OrganisationIn(name="DÉMO CHU des Tilleuls", finess="990000001")
    return register_organisation(session, entry=entry)


@pytest.fixture
def new_account(session: Session) -> Callable[..., Account]:
    numbers = iter(range(1, 1000))

    def create(**values: object) -> Account:
        number = next(numbers)
        entry = {
            "family_name": f"DÉMO-MARTIN {number}",
            "given_name": "Camille",
            "national_id": f"89990000{number:04d}",
            "login": f"camille.martin{number}",
        } | values
        return create_account(session, entry=AccountIn.model_validate(entry), now=START)

    return create
