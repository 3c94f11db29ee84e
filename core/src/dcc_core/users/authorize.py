"""The one decision function of the product, and what services and routes build on it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, or_, select
from sqlmodel import Session

from dcc_core.audit import Outcome, record_event
from dcc_core.config import Clock, utc_now
from dcc_core.db.rows import read_rows
from dcc_core.db.tables import METADATA
from dcc_core.errors import AccessDenied
from dcc_core.hooks.contracts.access import Actor, Purpose, Subject
from dcc_core.hooks.dispatch import Dispatcher
from dcc_core.users.actors import home_scope
from dcc_core.users.decision import NO_FACTS, Decision, PatientFacts, Reason, Relation, decide
from dcc_core.users.policy import AccessPolicy

_relation = METADATA.tables["core_care_relation"].c
_emergency = METADATA.tables["core_break_glass"].c
_NOW = bindparam("now", type_=_relation.ends_at.type)

_IN_FORCE = select(
    _relation.account_id, _relation.organisation_id, _relation.scope, _relation.source
).where(
    _relation.patient_id == bindparam("patient"),
    _relation.starts_at <= _NOW,
    _relation.ends_at > _NOW,
)
_OWN_RELATIONS = _IN_FORCE.where(_relation.account_id == bindparam("account"))
_SHARED_RELATIONS = _IN_FORCE.where(
    or_(
        _relation.account_id == bindparam("account"),
        _relation.scope.in_(bindparam("scopes", expanding=True)),
        _relation.organisation_id.in_(bindparam("organisations", expanding=True)),
    )
)
_OPEN_EMERGENCY = select(_emergency.id).where(
    _emergency.account_id == bindparam("account"),
    _emergency.patient_id == bindparam("patient"),
    _emergency.opened_at <= _NOW,
    _emergency.ends_at > _NOW,
)

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
    about = {"patient": patient_id, "account": actor.account_id, "now": now}
    if not actor.scopes and actor.organisation_id is None:
        rows = read_rows(session, _OWN_RELATIONS, **about)
    else:
        shared = {"scopes": sorted(actor.scopes), "organisations": _organisations(actor)}
        rows = read_rows(session, _SHARED_RELATIONS, **about, **shared)
    return tuple(_as_relation(row, actor) for row in rows)


def _as_relation(row: Row[Any], actor: Actor) -> Relation:
    return Relation(
        source=row.source,
        personal=row.account_id is not None,
        is_team=row.organisation_id is not None and row.organisation_id == actor.organisation_id,
        scope=home_scope(row.organisation_id) if row.organisation_id else row.scope,
    )


def _organisations(actor: Actor) -> list[UUID]:
    """Return where the actor acts and the organisations among the scopes."""
    prefix = home_scope("")
    held = [UUID(scope.removeprefix(prefix)) for scope in actor.scopes if scope.startswith(prefix)]
    return [*held, actor.organisation_id] if actor.organisation_id else held


def _has_emergency(session: Session, actor: Actor, patient_id: UUID, now: datetime) -> bool:
    return actor.account_id is not None and bool(
        read_rows(session, _OPEN_EMERGENCY, account=actor.account_id, patient=patient_id, now=now)
    )
