"""The one decision function of the product, and what services and routes build on it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import Session, col, select

from dcc_core.audit import Outcome, record_event
from dcc_core.config import Clock, utc_now
from dcc_core.errors import AccessDenied
from dcc_core.hooks.contracts.access import Actor, Purpose, Subject
from dcc_core.hooks.dispatch import Dispatcher
from dcc_core.users.access_tables import BreakGlass, CareRelation
from dcc_core.users.decision import NO_FACTS, Decision, PatientFacts, Reason, Relation, decide
from dcc_core.users.policy import AccessPolicy

Oppositions = Callable[[Session, UUID], frozenset[str]]
"""Return the purposes a patient opposes now; the patients package provides it."""


@dataclass(frozen=True, slots=True)
class AccessRules:
    """What decisions are made with; built once per process.

    Attributes:
        dispatcher: Asks the region's plugins, which may refuse what the core permits.
        oppositions: Reads the oppositions of a patient.
    """

    policy: AccessPolicy
    dispatcher: Dispatcher
    oppositions: Oppositions
    clock: Clock = utc_now


class AccessRefused(AccessDenied):
    """An access was refused; carries what the audit needs, for ``record_refusal``."""

    def __init__(self, decision: Decision, action: str, subject: Subject) -> None:
        super().__init__(decision.code, decision.text, action=action)
        self.decision = decision
        self.action = action
        self.subject = subject


@dataclass(frozen=True, slots=True)
class PatientAccess:
    """Decisions of one actor about one patient, with the facts read once.

    A page that shows twenty documents asks twenty times and reads the database three times.
    """

    actor: Actor
    facts: PatientFacts
    rules: AccessRules

    def decide(
        self, action: str, subject: Subject | None = None, purpose: Purpose | None = None
    ) -> Decision:
        """Return the decision for an action on this patient, or on an object of the patient."""
        about = subject or Subject(patient_id=self.facts.patient_id)
        decision = decide(
            self.actor, action, about, purpose, facts=self.facts, policy=self.rules.policy
        )
        return _after_veto(decision, self.actor, action, about, self.rules.dispatcher)


def authorize(
    session: Session,
    actor: Actor,
    action: str,
    subject: Subject | None = None,
    *,
    rules: AccessRules,
    purpose: Purpose | None = None,
) -> Decision:
    """Decide whether ``actor`` may do ``action`` on ``subject``; default deny.

    Role × care relation × establishment × confidentiality × opposition × purpose, then the vetoes
    of the plugins. Nothing is written.

    Args:
        action: Code of a permission of the core or of a plugin.
        purpose: Purpose of use; None assumes the usual one of the role.
    """
    about = subject or Subject()
    permission = rules.policy.permissions.get(action)
    facts = NO_FACTS
    if permission is not None and permission.needs_patient and about.patient_id is not None:
        facts = read_facts(session, actor, about.patient_id, rules=rules)
    return PatientAccess(actor, facts, rules).decide(action, about, purpose)


def require(
    session: Session,
    actor: Actor,
    action: str,
    subject: Subject | None = None,
    *,
    rules: AccessRules,
    purpose: Purpose | None = None,
) -> Decision:
    """Return the decision when it permits; its ``basis`` goes on the audit line of the access.

    Raises:
        AccessRefused: Otherwise. The caller's transaction rolls back; whoever handles the error
            calls ``record_refusal`` in a new one.
    """
    decision = authorize(session, actor, action, subject, rules=rules, purpose=purpose)
    if not decision:
        raise AccessRefused(decision, action, subject or Subject())
    return decision


def record_refusal(session: Session, refused: AccessRefused) -> None:
    """Write a refused access in the audit."""
    subject = refused.subject
    record_event(
        session,
        "access.refused",
        outcome=Outcome.DENIED,
        patient_id=subject.patient_id,
        object_kind=subject.kind,
        object_id=subject.object_id,
        reason=refused.decision.code,
        details={"action": refused.action},
    )


def read_access(
    session: Session, actor: Actor, patient_id: UUID, *, rules: AccessRules
) -> PatientAccess:
    """Read once what decisions of this actor about this patient need."""
    return PatientAccess(actor, read_facts(session, actor, patient_id, rules=rules), rules)


def read_facts(
    session: Session, actor: Actor, patient_id: UUID, *, rules: AccessRules
) -> PatientFacts:
    """Return the relations in force that concern the actor, the oppositions of the patient and the
    emergency access open now.
    """
    now = rules.clock()
    return PatientFacts(
        patient_id=patient_id,
        relations=_relations(session, actor, patient_id, now),
        oppositions=rules.oppositions(session, patient_id),
        emergency=_has_emergency(session, actor, patient_id, now),
    )


def _after_veto(
    decision: Decision, actor: Actor, action: str, subject: Subject, dispatcher: Dispatcher
) -> Decision:
    if not decision:
        return decision
    veto = dispatcher.veto("dcc_access_veto", actor=actor, action=action, subject=subject)
    return decision if veto is None else Decision(False, Reason.VETO, veto.text, veto.reason)


def _relations(
    session: Session, actor: Actor, patient_id: UUID, now: datetime
) -> tuple[Relation, ...]:
    if actor.account_id is None:
        return ()
    holders = [col(CareRelation.account_id) == actor.account_id]
    if actor.organisation_id is not None:
        holders.append(col(CareRelation.organisation_id) == actor.organisation_id)
    if actor.scopes:
        holders.append(col(CareRelation.scope).in_(sorted(actor.scopes)))
        holders.append(col(CareRelation.organisation_id).in_(_organisations(actor)))
    rows = session.exec(
        select(CareRelation)
        .where(CareRelation.patient_id == patient_id)
        .where(col(CareRelation.starts_at) <= now, col(CareRelation.ends_at) > now)
        .where(or_(*holders))
    )
    return tuple(_as_relation(row, actor) for row in rows)


def _as_relation(row: CareRelation, actor: Actor) -> Relation:
    scope = f"organisation:{row.organisation_id}" if row.organisation_id else row.scope
    return Relation(
        source=row.source,
        personal=row.account_id is not None,
        is_team=row.organisation_id is not None and row.organisation_id == actor.organisation_id,
        scope=scope,
    )


def _organisations(actor: Actor) -> tuple[UUID, ...]:
    prefix = "organisation:"
    return tuple(
        UUID(scope.removeprefix(prefix)) for scope in actor.scopes if scope.startswith(prefix)
    )


def _has_emergency(session: Session, actor: Actor, patient_id: UUID, now: datetime) -> bool:
    if actor.account_id is None:
        return False
    statement = (
        select(BreakGlass.id)
        .where(BreakGlass.account_id == actor.account_id, BreakGlass.patient_id == patient_id)
        .where(col(BreakGlass.opened_at) <= now, col(BreakGlass.ends_at) > now)
    )
    return session.exec(statement).first() is not None
