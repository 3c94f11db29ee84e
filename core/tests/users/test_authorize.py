from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, select

from dcc_core.api import hookimpl
from dcc_core.audit import AuditEntry
from dcc_core.db.events import drain
from dcc_core.errors import Conflict, InvalidInput, NotFound
from dcc_core.hooks.contracts.access import Actor, BreakGlassRule, Deny, Subject
from dcc_core.hooks.contracts.life import EmergencyAccessOpened
from dcc_core.hooks.dispatch import Dispatcher
from dcc_core.testing.clock import START, MovableClock
from dcc_core.testing.web import add_account
from dcc_core.users import (
    AccessRefused,
    AccessRules,
    Account,
    CareSource,
    Holder,
    Organisation,
    Reason,
    ReviewVerdict,
    authorize,
    break_glass_reasons,
    end_break_glass,
    end_care_relation,
    grant_care_relation,
    list_break_glass,
    list_care_team,
    list_unannounced,
    mark_announced,
    open_break_glass,
    read_access,
    record_refusal,
    require,
    review_break_glass,
)
from dcc_core.users.notifications import EMERGENCY_TO_REVIEW, count_unread, list_notifications

NewAccount = Callable[..., Account]
READ = "core.document.read"


class Vetoing:
    """A plugin that answers what a test tells it to."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    @hookimpl
    def dcc_access_veto(self, actor: Actor, action: str, subject: Subject) -> Deny | None:
        if isinstance(self.answer, Exception):
            raise self.answer
        answer: Deny | None = self.answer
        return answer


class Forbidding:
    """A plugin that closes emergency access."""

    @hookimpl
    def dcc_break_glass_rules(self, actor: Actor, patient_id: UUID) -> list[BreakGlassRule]:
        return [BreakGlassRule("sealed", "Dossier scellé par la justice.", forbidden=True)]


class Justifying:
    """A plugin that adds a reason."""

    @hookimpl
    def dcc_break_glass_rules(self, actor: Actor, patient_id: UUID) -> list[BreakGlassRule]:
        return [BreakGlassRule("samu", "Régulation du SAMU")]


def _physician(account: Account, **values: Any) -> Actor:
    return Actor(account_id=account.id, roles=frozenset({"physician"}), **values)


@pytest.fixture
def physician(new_account: NewAccount) -> Actor:
    return _physician(new_account())


def _relate(session: Session, patient_id: UUID, holder: Holder, **values: Any) -> UUID:
    stated: dict[str, Any] = {"source": CareSource.PRESENTER, "now": START} | values
    return grant_care_relation(session, patient_id=patient_id, holder=holder, **stated).id


@pytest.fixture
def related(session: Session, physician: Actor, patient_id: UUID) -> Actor:
    _relate(session, patient_id, Holder(account_id=physician.account_id))
    return physician


def test_relation_opens_the_record_until_it_ends(
    session: Session, related: Actor, patient_id: UUID, rules: AccessRules, clock: MovableClock
) -> None:
    subject = Subject(patient_id=patient_id)
    decision = authorize(session, related, READ, subject, rules=rules)
    assert (decision.permitted, decision.basis) == (True, "presenter")
    clock.advance(days=364, hours=23)
    assert authorize(session, related, READ, subject, rules=rules)
    clock.advance(hours=1)
    assert authorize(session, related, READ, subject, rules=rules).code == Reason.NO_RELATION


def test_relation_that_starts_later_does_not_serve_yet(
    session: Session, physician: Actor, patient_id: UUID, rules: AccessRules, clock: MovableClock
) -> None:
    holder = Holder(account_id=physician.account_id)
    _relate(session, patient_id, holder, starts_at=START + timedelta(days=1))
    subject = Subject(patient_id=patient_id)
    assert not authorize(session, physician, READ, subject, rules=rules)
    clock.advance(days=1)
    assert authorize(session, physician, READ, subject, rules=rules)


def test_ended_relation_closes_at_once(
    session: Session, physician: Actor, patient_id: UUID, rules: AccessRules
) -> None:
    relation = _relate(session, patient_id, Holder(account_id=physician.account_id))
    rules.clock.advance(hours=1)  # type: ignore[attr-defined]
    end_care_relation(session, relation_id=relation, now=rules.clock())
    assert not authorize(session, physician, READ, Subject(patient_id=patient_id), rules=rules)
    with pytest.raises(NotFound, match="ACC-202"):
        end_care_relation(session, relation_id=relation, now=rules.clock())


def test_same_relation_is_prolonged_not_doubled(
    session: Session, physician: Actor, patient_id: UUID
) -> None:
    holder = Holder(account_id=physician.account_id)
    first = _relate(session, patient_id, holder)
    second = _relate(session, patient_id, holder, now=START + timedelta(days=30))
    assert first == second
    assert [
        member.ends_at for member in list_care_team(session, patient_id=patient_id, now=START)
    ] == [START + timedelta(days=395)]


def test_relation_must_end_after_it_starts(
    session: Session, physician: Actor, patient_id: UUID
) -> None:
    holder = Holder(account_id=physician.account_id)
    with pytest.raises(InvalidInput, match="ACC-201"):
        _relate(session, patient_id, holder, ends_at=START)


def test_holder_is_one_thing() -> None:
    with pytest.raises(ValueError, match="exactly one"):
        Holder()
    with pytest.raises(ValueError, match="exactly one"):
        Holder(account_id=uuid4(), scope="rcp:a")


def test_team_of_the_establishment_serves_only_there(
    session: Session,
    new_account: NewAccount,
    patient_id: UUID,
    hospital: Organisation,
    rules: AccessRules,
) -> None:
    _relate(session, patient_id, Holder(organisation_id=hospital.id), source=CareSource.STAY)
    subject = Subject(patient_id=patient_id)
    inside = _physician(new_account(), organisation_id=hospital.id)
    outside = _physician(new_account())
    assert authorize(session, inside, READ, subject, rules=rules).basis == "stay"
    assert not authorize(session, outside, READ, subject, rules=rules)


def test_scope_opens_the_patients_of_a_meeting(
    session: Session, new_account: NewAccount, patient_id: UUID, rules: AccessRules
) -> None:
    _relate(session, patient_id, Holder(scope="rcp:sein-1"), source=CareSource.RCP)
    account = new_account()
    for scopes, permitted in ((frozenset({"rcp:sein-1"}), True), (frozenset({"rcp:orl"}), False)):
        actor = Actor(account.id, roles=frozenset({"rcp_coordinator"}), scopes=scopes)
        decision = authorize(session, actor, READ, Subject(patient_id=patient_id), rules=rules)
        assert bool(decision) is permitted


def test_scope_of_an_organisation_opens_its_patients_to_the_3c(
    session: Session,
    new_account: NewAccount,
    patient_id: UUID,
    hospital: Organisation,
    rules: AccessRules,
) -> None:
    _relate(session, patient_id, Holder(organisation_id=hospital.id), source=CareSource.STAY)
    scopes = frozenset({f"organisation:{hospital.id}"})
    actor = Actor(new_account().id, roles=frozenset({"coordination_3c"}), scopes=scopes)
    subject = Subject(patient_id=patient_id)
    assert authorize(session, actor, "core.document.list", subject, rules=rules)
    assert not authorize(session, actor, READ, subject, rules=rules)


def test_opposition_is_asked_for_each_decision(
    session: Session, related: Actor, patient_id: UUID, rules: AccessRules
) -> None:
    subject = Subject(patient_id=patient_id)
    rules.oppositions.by_patient[patient_id] = frozenset({"dcc"})  # type: ignore[attr-defined]
    assert authorize(session, related, READ, subject, rules=rules).code == Reason.OPPOSITION


@pytest.mark.parametrize(
    ("answer", "permitted"),
    [
        (None, True),
        (Deny("colleague", "Dossier d'un collègue."), False),
        (RuntimeError("broken"), False),
        ("permit", False),
    ],
)
def test_plugin_can_refuse_and_a_broken_one_refuses(
    session: Session,
    related: Actor,
    patient_id: UUID,
    rules: AccessRules,
    dispatcher: Dispatcher,
    answer: object,
    permitted: bool,
) -> None:
    dispatcher.register(Vetoing(answer), "guard")
    decision = authorize(session, related, READ, Subject(patient_id=patient_id), rules=rules)
    assert bool(decision) is permitted


def test_plugin_cannot_permit_what_the_core_refuses(
    session: Session,
    physician: Actor,
    patient_id: UUID,
    rules: AccessRules,
    dispatcher: Dispatcher,
) -> None:
    dispatcher.register(Vetoing(None), "generous")
    assert not authorize(session, physician, READ, Subject(patient_id=patient_id), rules=rules)


def test_page_of_twenty_documents_reads_the_facts_once(
    session: Session, related: Actor, patient_id: UUID, rules: AccessRules
) -> None:
    access = read_access(session, related, patient_id, rules=rules)
    levels = ["N", "R", "V"] * 7
    decided = [
        access.decide(READ, Subject(patient_id=patient_id, confidentiality=level))
        for level in levels
    ]
    assert [bool(decision) for decision in decided] == [True, True, False] * 7


def test_refusal_is_written_with_its_reason(
    session: Session, physician: Actor, patient_id: UUID, rules: AccessRules
) -> None:
    with pytest.raises(AccessRefused, match="ACC-106") as caught:
        require(session, physician, READ, Subject(patient_id=patient_id), rules=rules)
    record_refusal(session, caught.value)
    line = session.exec(select(AuditEntry).where(AuditEntry.event == "access.refused")).one()
    assert (line.outcome, line.reason, line.patient_id) == ("denied", "ACC-106", patient_id)
    assert line.details == {"action": READ}


def _break(
    session: Session, actor: Actor, patient_id: UUID, rules: AccessRules, **values: str
) -> UUID:
    stated = {"reason": "vital", "justification": "Hémorragie, patient inconscient"} | values
    opened = open_break_glass(session, actor=actor, patient_id=patient_id, rules=rules, **stated)
    return opened.id


def test_reviewers_are_told_of_an_emergency_access_until_one_has_reviewed_it(
    session: Session,
    physician: Actor,
    patient_id: UUID,
    rules: AccessRules,
    clock: MovableClock,
) -> None:
    auditors = [add_account(session, "auditor", number=number) for number in (71, 72)]
    opened = _break(session, physician, patient_id, rules)
    for each in auditors:
        (told,) = list_notifications(session, account_id=each, unread_only=True)
        assert (told.kind, told.subject) == (EMERGENCY_TO_REVIEW, str(opened))
    review_break_glass(
        session,
        break_glass_id=opened,
        verdict=ReviewVerdict.JUSTIFIED,
        comment="",
        reviewer=Actor(auditors[0]),
        now=clock(),
    )
    assert [count_unread(session, each) for each in auditors] == [0, 0]


def test_emergency_access_lasts_thirty_minutes(
    session: Session, physician: Actor, patient_id: UUID, rules: AccessRules, clock: MovableClock
) -> None:
    subject = Subject(patient_id=patient_id)
    _break(session, physician, patient_id, rules)
    assert authorize(session, physician, READ, subject, rules=rules).basis == "break_glass"
    clock.advance(minutes=29, seconds=59)
    assert authorize(session, physician, READ, subject, rules=rules)
    clock.advance(seconds=1)
    assert not authorize(session, physician, READ, subject, rules=rules)


def test_emergency_access_is_announced_to_plugins(
    session: Session, physician: Actor, patient_id: UUID, rules: AccessRules
) -> None:
    drain(session)
    opened = _break(session, physician, patient_id, rules)
    (event,) = drain(session)
    assert isinstance(event, EmergencyAccessOpened)
    assert (event.access_id, event.patient_id) == (opened, patient_id)


def test_emergency_access_is_for_one_person_and_one_patient(
    session: Session,
    physician: Actor,
    new_account: NewAccount,
    patient_id: UUID,
    rules: AccessRules,
) -> None:
    _break(session, physician, patient_id, rules)
    other = _physician(new_account())
    assert not authorize(session, other, READ, Subject(patient_id=patient_id), rules=rules)
    assert not authorize(session, physician, READ, Subject(patient_id=uuid4()), rules=rules)


def test_emergency_access_can_be_given_back(
    session: Session, physician: Actor, patient_id: UUID, rules: AccessRules, clock: MovableClock
) -> None:
    _break(session, physician, patient_id, rules)
    end_break_glass(session, actor=physician, patient_id=patient_id, now=clock.advance(minutes=2))
    assert not authorize(session, physician, READ, Subject(patient_id=patient_id), rules=rules)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"reason": "curiosity"}, "ACC-301"),
        ({"justification": "   urgent    "}, "ACC-302"),
        ({"justification": "x" * 501}, "ACC-302"),
    ],
)
def test_emergency_access_asks_for_a_real_reason(
    session: Session,
    physician: Actor,
    patient_id: UUID,
    rules: AccessRules,
    values: dict[str, str],
    code: str,
) -> None:
    with pytest.raises(InvalidInput, match=code):
        _break(session, physician, patient_id, rules, **values)


def test_emergency_access_is_refused_to_other_roles(
    session: Session, new_account: NewAccount, patient_id: UUID, rules: AccessRules
) -> None:
    for role in ("rcp_secretary", "regional_admin", "support"):
        actor = Actor(new_account().id, roles=frozenset({role}))
        with pytest.raises(AccessRefused):
            _break(session, actor, patient_id, rules)


def test_emergency_access_is_refused_when_the_patient_forbids_it(
    session: Session, physician: Actor, patient_id: UUID, rules: AccessRules
) -> None:
    rules.oppositions.by_patient[patient_id] = frozenset({"emergency"})  # type: ignore[attr-defined]
    with pytest.raises(AccessRefused):
        _break(session, physician, patient_id, rules)


def test_plugin_may_forbid_emergency_access(
    session: Session,
    physician: Actor,
    patient_id: UUID,
    rules: AccessRules,
    dispatcher: Dispatcher,
) -> None:
    dispatcher.register(Forbidding(), "justice")
    with pytest.raises(AccessRefused, match="Dossier scellé"):
        _break(session, physician, patient_id, rules)


def test_plugin_may_add_a_reason(
    session: Session,
    physician: Actor,
    patient_id: UUID,
    rules: AccessRules,
    dispatcher: Dispatcher,
) -> None:
    dispatcher.register(Justifying(), "samu")
    offered = break_glass_reasons(actor=physician, patient_id=patient_id, rules=rules)
    assert "samu" in {rule.key for rule in offered}
    _break(session, physician, patient_id, rules, reason="samu")


def test_emergency_access_is_pointless_when_the_record_is_open(
    session: Session, related: Actor, patient_id: UUID, rules: AccessRules
) -> None:
    with pytest.raises(Conflict, match="ACC-306"):
        _break(session, related, patient_id, rules)


def test_emergency_access_is_announced_and_reviewed_by_somebody_else(
    session: Session,
    physician: Actor,
    new_account: NewAccount,
    patient_id: UUID,
    rules: AccessRules,
) -> None:
    opened = _break(session, physician, patient_id, rules)
    assert [row.id for row in list_unannounced(session)] == [opened]
    mark_announced(session, break_glass_id=opened, now=START)
    assert list_unannounced(session) == []
    reviewer = Actor(new_account().id, roles=frozenset({"coordination_3c"}))

    def review(actor: Actor, break_glass_id: UUID = opened) -> None:
        review_break_glass(
            session,
            break_glass_id=break_glass_id,
            verdict=ReviewVerdict.JUSTIFIED,
            comment="Confirmé par le service.",
            reviewer=actor,
            now=START,
        )

    with pytest.raises(Conflict, match="ACC-304"):
        review(physician)
    review(reviewer)
    assert list_break_glass(session) == []
    assert [row.verdict for row in list_break_glass(session, pending_only=False)] == ["justified"]
    with pytest.raises(Conflict, match="ACC-303"):
        review(reviewer)
    with pytest.raises(NotFound, match="ACC-305"):
        review(reviewer, uuid4())
