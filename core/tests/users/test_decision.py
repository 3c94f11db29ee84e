from dataclasses import replace
from itertools import product
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcc_core.hooks.contracts.access import Actor, Purpose, Sensitivity, Subject
from dcc_core.users import CareSource, Decision, Reason, build_policy
from dcc_core.users.decision import NO_FACTS, PatientFacts, Relation, decide
from dcc_core.users.policy import Reach

POLICY = build_policy()
PATIENT = uuid4()
ACCOUNT = uuid4()
SUBJECT = Subject(patient_id=PATIENT)
PERSONAL = Relation("presenter", personal=True)
ROLES = sorted(set(POLICY.roles) - {"system"})
ACTIONS = sorted(POLICY.permissions)


def _actor(*roles: str, scopes: frozenset[str] = frozenset(), fallback: bool = False) -> Actor:
    return Actor(account_id=ACCOUNT, roles=frozenset(roles), scopes=scopes, fallback=fallback)


def _decide(
    actor: Actor,
    action: str,
    subject: Subject = SUBJECT,
    purpose: Purpose | None = None,
    *,
    relations: tuple[Relation, ...] = (),
    oppositions: frozenset[str] = frozenset(),
    emergency: bool = False,
) -> Decision:
    known = PatientFacts(PATIENT, relations, oppositions, emergency)
    return decide(actor, action, subject, purpose, facts=known, policy=POLICY)


def test_administrators_hold_no_clinical_permission() -> None:
    for role in POLICY.roles.values():
        clinical = {
            code
            for code in role.permissions
            if POLICY.permissions[code].sensitivity is Sensitivity.CLINICAL
        }
        assert role.clinical or not clinical


def test_every_permission_of_the_matrix_is_declared() -> None:
    for role in POLICY.roles.values():
        assert role.permissions <= POLICY.permissions.keys()
        assert role.granted_by <= POLICY.roles.keys()


def test_anonymous_may_do_nothing() -> None:
    for action in ACTIONS:
        assert _decide(Actor(account_id=None), action).code == Reason.NOT_SIGNED_IN


def test_unknown_action_is_refused() -> None:
    assert _decide(_actor("physician"), "core.patient.erase").code == Reason.UNKNOWN_ACTION


def test_account_that_claims_the_system_role_gains_nothing() -> None:
    for action in ACTIONS:
        assert _decide(_actor("system"), action).code == Reason.NO_ROLE


def test_system_may_do_everything_on_a_known_patient() -> None:
    system = Actor(account_id=None, roles=frozenset({"system"}))
    assert all(_decide(system, action, oppositions=frozenset({"dcc"})) for action in ACTIONS)


@pytest.mark.parametrize(("role", "action"), list(product(ROLES, ACTIONS)))
def test_matrix_cell(role: str, action: str) -> None:
    """Every role against every permission: permitted exactly where the data file says so."""
    matrix, permission = POLICY.roles[role], POLICY.permissions[action]
    related = _decide(_actor(role), action, relations=(PERSONAL,))
    assert bool(related) is (action in matrix.permissions)
    alone = _decide(_actor(role), action)
    everywhere = matrix.reach is Reach.ALL or not permission.needs_patient
    assert bool(alone) is (action in matrix.permissions and everywhere)


def test_clinical_action_without_relation_is_refused_with_emergency_offered() -> None:
    decision = _decide(_actor("physician"), "core.document.read")
    assert (decision.code, decision.break_glass_possible) == (Reason.NO_RELATION, True)
    secretary = _decide(_actor("rcp_secretary"), "core.document.list")
    assert (secretary.code, secretary.break_glass_possible) == (Reason.NO_RELATION, False)


def test_relation_with_another_patient_does_not_serve() -> None:
    facts = PatientFacts(patient_id=uuid4(), relations=(PERSONAL,))
    decision = decide(
        _actor("physician"), "core.document.read", SUBJECT, None, facts=facts, policy=POLICY
    )
    assert decision.code == Reason.NO_PATIENT


def test_patient_action_without_a_patient_is_refused() -> None:
    decision = decide(
        _actor("physician"), "core.patient.read", Subject(), None, facts=NO_FACTS, policy=POLICY
    )
    assert decision.code == Reason.NO_PATIENT


def test_team_relation_serves_where_the_person_acts() -> None:
    team = Relation("stay", is_team=True, scope="organisation:x")
    assert _decide(_actor("physician"), "core.patient.read", relations=(team,))
    elsewhere = Relation("stay", scope="organisation:x")
    assert not _decide(_actor("physician"), "core.patient.read", relations=(elsewhere,))


def test_scope_of_one_role_does_not_serve_another() -> None:
    actor = Actor(
        account_id=ACCOUNT,
        roles=frozenset({"rcp_coordinator", "rcp_secretary"}),
        scopes=frozenset({"rcp:a", "rcp:b"}),
        scoped_roles=frozenset({("rcp_coordinator", "rcp:a"), ("rcp_secretary", "rcp:b")}),
    )
    through_a, through_b = Relation("rcp", scope="rcp:a"), Relation("rcp", scope="rcp:b")
    assert _decide(actor, "core.document.read", relations=(through_a,))
    assert not _decide(actor, "core.document.read", relations=(through_b,))
    assert _decide(actor, "core.document.list", relations=(through_b,))


@pytest.mark.parametrize(
    ("level", "relation", "permitted"),
    [
        ("N", Relation("stay", is_team=True), True),
        ("R", Relation("stay", is_team=True), False),
        ("R", Relation("named", personal=True), True),
        ("V", Relation("named", personal=True), False),
        ("V", Relation("treating", personal=True), True),
        ("V", Relation("author", personal=True), True),
        ("V", Relation("author", is_team=True), False),
        ("X", Relation("author", personal=True), False),
        ("", Relation("author", personal=True), False),
    ],
)
def test_confidentiality_narrows(level: str, relation: Relation, permitted: bool) -> None:
    subject = Subject(patient_id=PATIENT, confidentiality=level)
    decision = _decide(_actor("physician"), "core.document.read", subject, relations=(relation,))
    assert bool(decision) is permitted


def test_opposition_to_the_record_closes_clinical_data_to_all_but_the_author() -> None:
    opposed = frozenset({"dcc"})
    physician = _actor("physician")
    closed = _decide(physician, "core.patient.read", relations=(PERSONAL,), oppositions=opposed)
    assert closed.code == Reason.OPPOSITION
    author = (Relation("author", personal=True),)
    assert _decide(physician, "core.patient.read", relations=author, oppositions=opposed)
    assert _decide(physician, "core.identity.read", relations=(PERSONAL,), oppositions=opposed)


def test_opposition_hides_titles_and_leaves_the_rules_of_access_open() -> None:
    opposed = frozenset({"dcc"})
    for action, permitted in (
        ("core.document.list", False),
        ("core.audit.patient", True),
        ("core.care_team.manage", True),
        ("core.opposition.manage", True),
    ):
        decision = _decide(_actor("physician"), action, relations=(PERSONAL,), oppositions=opposed)
        assert bool(decision) is permitted


def test_title_of_a_masked_document_is_masked_too() -> None:
    masked = Subject(patient_id=PATIENT, confidentiality="R")
    through = Relation("rcp", scope="rcp:a")
    secretary = _actor("rcp_secretary", scopes=frozenset({"rcp:a"}))
    assert _decide(secretary, "core.document.list", relations=(through,))
    refused = _decide(secretary, "core.document.list", masked, relations=(through,))
    assert refused.code == Reason.CONFIDENTIAL


def test_opposition_to_research_closes_research_alone() -> None:
    opposed = frozenset({"research"})
    for role, permitted in (("research_associate", False), ("physician", True)):
        decision = _decide(
            _actor(role), "core.document.read", relations=(PERSONAL,), oppositions=opposed
        )
        assert bool(decision) is permitted


def test_purpose_must_be_one_of_the_role() -> None:
    physician = _actor("physician")
    for purpose in Purpose:
        decision = _decide(physician, "core.patient.read", purpose=purpose, relations=(PERSONAL,))
        assert bool(decision) is (purpose in {Purpose.CARE, Purpose.COORDINATION})


def test_organisation_of_the_object_must_be_in_scope() -> None:
    home, other = uuid4(), uuid4()
    actor = _actor("coordination_3c", scopes=frozenset({f"organisation:{home}"}))
    assert _decide(actor, "core.admin.users", Subject(organisation_id=home))
    refused = _decide(actor, "core.admin.users", Subject(organisation_id=other))
    assert refused.code == Reason.OUT_OF_SCOPE


def test_fallback_sign_in_has_fewer_rights() -> None:
    actor = _actor("physician", fallback=True)
    assert _decide(actor, "core.document.read", relations=(PERSONAL,))
    refused = _decide(actor, "core.document.export", relations=(PERSONAL,))
    assert refused.code == Reason.FALLBACK


def test_emergency_opens_reading_only_and_only_to_its_roles() -> None:
    physician = _actor("physician")
    assert _decide(physician, "core.document.read", emergency=True).basis == "break_glass"
    assert not _decide(physician, "core.document.write", emergency=True)
    assert not _decide(physician, "core.document.export", emergency=True)
    assert not _decide(_actor("care_professional"), "core.document.read", emergency=True)


@pytest.mark.parametrize("opposition", ["dcc", "emergency"])
def test_patient_may_forbid_emergency_access(opposition: str) -> None:
    opposed = frozenset({opposition})
    physician = _actor("physician")
    decision = _decide(physician, "core.patient.read", oppositions=opposed)
    assert not decision.break_glass_possible
    assert not _decide(physician, "core.patient.read", oppositions=opposed, emergency=True)


relations = st.builds(
    Relation,
    source=st.sampled_from(list(CareSource)),
    personal=st.booleans(),
    is_team=st.booleans(),
    scope=st.sampled_from(["", "rcp:a", "rcp:b"]),
)
actors = st.builds(
    Actor,
    account_id=st.just(ACCOUNT),
    roles=st.frozensets(st.sampled_from(ROLES), max_size=3),
    scopes=st.frozensets(st.sampled_from(["rcp:a", "rcp:b"])),
    fallback=st.booleans(),
)
facts = st.builds(
    PatientFacts,
    patient_id=st.just(PATIENT),
    relations=st.lists(relations, max_size=3).map(tuple),
    oppositions=st.frozensets(st.sampled_from(["dcc", "research", "emergency"])),
    emergency=st.booleans(),
)


@given(
    actor=actors,
    action=st.sampled_from(ACTIONS),
    known=facts,
    level=st.sampled_from(["N", "R", "V", "?"]),
    purpose=st.none() | st.sampled_from(list(Purpose)),
)
def test_what_is_permitted_is_always_justified(
    actor: Actor, action: str, known: PatientFacts, level: str, purpose: Purpose | None
) -> None:
    subject = Subject(patient_id=PATIENT, confidentiality=level)
    decision = decide(actor, action, subject, purpose, facts=known, policy=POLICY)
    if not decision:
        return
    permission = POLICY.permissions[action]
    holding = POLICY.roles_with(action, actor.roles)
    assert holding
    if permission.needs_patient and not any(role.reach is Reach.ALL for role in holding):
        assert known.relations or known.emergency
    if permission.needs_patient:
        assert level in {"N", "R", "V"}
        assert level == "N" or any(relation.personal for relation in known.relations)
        assert not (decision.basis == "break_glass" and "emergency" in known.oppositions)


@given(actor=actors, action=st.sampled_from(ACTIONS), known=facts)
def test_an_opposition_never_opens_anything(actor: Actor, action: str, known: PatientFacts) -> None:
    free = PatientFacts(PATIENT, known.relations, frozenset(), known.emergency)
    with_it = decide(actor, action, SUBJECT, None, facts=known, policy=POLICY)
    without = decide(actor, action, SUBJECT, None, facts=free, policy=POLICY)
    assert bool(without) or not bool(with_it)


def test_wrong_purpose_is_refused_as_such_with_or_without_a_patient() -> None:
    on_object = _decide(
        _actor("regional_admin"), "core.admin.users", Subject(), purpose=Purpose.RESEARCH
    )
    on_patient = _decide(
        _actor("physician"), "core.patient.read", purpose=Purpose.AUDIT, relations=(PERSONAL,)
    )
    assert (on_object.code, on_patient.code) == (Reason.PURPOSE, Reason.PURPOSE)
    assert not on_patient.break_glass_possible


def test_clinical_data_are_never_opened_for_a_purpose_other_than_care_or_research() -> None:
    everything = replace(POLICY.roles["physician"], purposes=tuple(Purpose))
    policy = replace(POLICY, roles={**POLICY.roles, "physician": everything})
    known = PatientFacts(PATIENT, (PERSONAL,))
    for purpose in Purpose:
        decision = decide(
            _actor("physician"), "core.patient.read", SUBJECT, purpose, facts=known, policy=policy
        )
        refused = {Purpose.ADMINISTRATION, Purpose.AUDIT, Purpose.STATISTICS}
        assert bool(decision) is (purpose not in refused)


@pytest.mark.parametrize("order", [1, -1])
def test_the_relation_that_opens_most_counts(order: int) -> None:
    both = (Relation("named", personal=True), Relation("treating", personal=True))[::order]
    masked = Subject(patient_id=PATIENT, confidentiality="V")
    decision = _decide(_actor("physician"), "core.document.read", masked, relations=both)
    assert decision.basis == "treating"
