"""Random lives of identities: whatever happens, the national invariants hold."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlmodel import Session

from dcc_core.db import Database
from dcc_core.errors import Conflict, InvalidInput
from dcc_core.hooks import Dispatcher
from dcc_core.hooks.contracts.identity import IdentityAttribute, IdentityStatus
from dcc_core.patients import (
    InsMethod,
    PatientOut,
    ValidationMode,
    create_patient,
    merge_patients,
    record_insi_answer,
    resolve_patient,
    set_attribute,
    unmerge_patients,
    update_patient,
    validate_identity,
    withdraw_trust,
)
from dcc_core.patients.rows import load_patient, view_patient
from dcc_core.testing.databases import SqliteLane
from dcc_core.testing.patients import demo_ins, demo_traits

PEOPLE = st.integers(0, 3)
_GIVEN = ("Zoé", "Chloé", "Anne", "Inès")
_HAS_INS = {IdentityStatus.RETRIEVED, IdentityStatus.QUALIFIED}


class Lives(RuleBasedStateMachine):
    """Four people; each rule is something that happens to one of them."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self._block = self.database.session()
        self.session: Session = self._block.__enter__()
        self.traits: list[dict[str, Any]] = [
            {"first_given_name": given, "birth_place_insee": "31555"} for given in _GIVEN
        ]
        self.ids = [create_patient(self.session, demo_traits(**t)).id for t in self.traits]
        self.merges: list[int] = []

    def teardown(self) -> None:
        self.session.rollback()
        self._block.__exit__(None, None, None)

    @rule(who=PEOPLE, place=st.sampled_from(["31555", "31069", "99352"]))
    def correct(self, who: int, place: str) -> None:
        before = self._view(who)
        stated = self.traits[who] | {"birth_place_insee": place}
        changed = self._try(
            update_patient,
            who,
            demo_traits(**stated),
            expected_version=before.version,
        )
        if changed is not None:
            self.traits[who] = stated
            if before.traits.birth_place_insee != place:
                assert changed.status is IdentityStatus.PROVISIONAL

    @rule(who=PEOPLE, number=st.integers(1, 5))
    def ask_insi(self, who: int, number: int) -> None:
        warned = self._is_warned(who)
        answered = self._try(
            record_insi_answer,
            who,
            demo_traits(**self.traits[who]),
            demo_ins(number),
            method=InsMethod.INSI,
        )
        assert not (warned and answered)

    @rule(who=PEOPLE)
    def show_a_passport(self, who: int) -> None:
        warned = self._is_warned(who)
        proved = self._try(validate_identity, who, ValidationMode.PASSPORT)
        assert not (warned and proved)

    @rule(who=PEOPLE)
    def withdraw(self, who: int) -> None:
        self._try(withdraw_trust, who)

    @rule(who=PEOPLE, attribute=st.sampled_from(IdentityAttribute), is_set=st.booleans())
    def warn(self, who: int, attribute: IdentityAttribute, is_set: bool) -> None:
        self._try(set_attribute, who, attribute, is_set=is_set)

    @rule(kept=PEOPLE, dropped=PEOPLE)
    def merge(self, kept: int, dropped: int) -> None:
        try:
            with self.session.begin_nested():
                done = merge_patients(
                    self.session,
                    kept_id=self.ids[kept],
                    dropped_id=self.ids[dropped],
                    reason="essai",
                    dispatcher=Dispatcher(),
                )
        except Conflict:
            return
        self.merges.append(done.id)
        assert not self._view(kept).may_carry_ins

    @precondition(lambda self: self.merges)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        chosen = self.merges.pop(data.draw(st.integers(0, len(self.merges) - 1)))
        try:
            unmerge_patients(self.session, chosen, reason="essai")
        except Conflict as refused:  # a later merge took the place of what it would give back
            if refused.code != "PAT-079":
                raise
            self.merges.append(chosen)

    @invariant()
    def statuses_tell_the_truth(self) -> None:
        held = []
        for who in range(len(self.ids)):
            patient = self._view(who)
            ins = patient.traits.identifier("INS")
            assert (ins is not None) == (patient.status in _HAS_INS)
            assert patient.may_carry_ins <= (patient.status is IdentityStatus.QUALIFIED)
            warnings = patient.traits.attributes - {IdentityAttribute.HOMONYM}
            assert len(warnings) <= 1
            if warnings:
                assert patient.status is IdentityStatus.PROVISIONAL
            held += [ins] if ins else []
        assert len(set(held)) == len(held)

    @invariant()
    def aliases_lead_somewhere(self) -> None:
        for patient_id in self.ids:
            survivor = resolve_patient(self.session, patient_id)
            assert load_patient(self.session, survivor).merged_into_id is None

    def _try(self, service: Any, who: int, *given: Any, **options: Any) -> PatientOut | None:
        try:
            with self.session.begin_nested():
                answer: PatientOut = service(self.session, self.ids[who], *given, **options)
        except (Conflict, InvalidInput):
            self.session.expire_all()
            return None
        return answer

    def _view(self, who: int) -> PatientOut:
        return view_patient(self.session, load_patient(self.session, self.ids[who]))

    def _is_warned(self, who: int) -> bool:
        return bool(self._view(who).traits.attributes - {IdentityAttribute.HOMONYM})


def _run(lane: SqliteLane, *, examples: int, steps: int) -> None:
    with lane.fresh() as database:
        machine = type("LivesHere", (Lives,), {"database": database})
        machine.TestCase.settings = settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        machine.TestCase().runTest()


def test_no_life_breaks_the_invariants(sqlite_lane: SqliteLane) -> None:
    _run(sqlite_lane, examples=15, steps=25)


@pytest.mark.campaign
def test_ten_thousand_events(sqlite_lane: SqliteLane) -> None:
    _run(sqlite_lane, examples=250, steps=40)
