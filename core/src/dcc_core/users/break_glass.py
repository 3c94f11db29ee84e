"""Emergency access ("bris de glace"): a stated reason, thirty minutes, one patient, a review."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlmodel import Session, col, select

from dcc_core.audit import record_event
from dcc_core.db.events import emit
from dcc_core.errors import Conflict, InvalidInput, NotFound
from dcc_core.hooks.contracts.access import Actor, BreakGlassRule, Subject
from dcc_core.hooks.contracts.life import EmergencyAccessOpened
from dcc_core.users.access_tables import BreakGlass, ReviewVerdict
from dcc_core.users.authorize import AccessRefused, AccessRules, read_access
from dcc_core.users.decision import Decision, Reason
from dcc_core.users.notifications import EMERGENCY_TO_REVIEW, notify_holders, settle_notifications

ENTRY_ACTION = "core.patient.read"
"""What emergency access is asked for: opening the dossier."""

MAX_JUSTIFICATION = 500


def break_glass_reasons(
    *, actor: Actor, patient_id: UUID, rules: AccessRules
) -> tuple[BreakGlassRule, ...]:
    """Return the reasons to choose from: those of the core, then those of the plugins.

    A rule that is ``forbidden`` closes emergency access for this patient.
    """
    own = tuple(BreakGlassRule(key, text) for key, text in rules.policy.emergency.reasons.items())
    added = rules.dispatcher.isolated("dcc_break_glass_rules", actor=actor, patient_id=patient_id)
    return own + tuple(rule for _, rule in added)


def open_break_glass(
    session: Session,
    *,
    actor: Actor,
    patient_id: UUID,
    reason: str,
    justification: str,
    rules: AccessRules,
) -> BreakGlass:
    """Open emergency access of the actor to one patient, read only, for thirty minutes.

    Raises:
        AccessRefused: The role has no emergency access, or the patient or a plugin forbids it.
        Conflict: ``ACC-306`` the dossier is open to the actor already.
        InvalidInput: ``ACC-301`` unknown reason, ``ACC-302`` justification too short or too long.
    """
    account_id = _entitled_account(session, actor, patient_id, rules)
    stated = " ".join(justification.split())
    choices = break_glass_reasons(actor=actor, patient_id=patient_id, rules=rules)
    _check_statement(reason, stated, choices, rules)
    now = rules.clock()
    opened = BreakGlass(
        account_id=account_id,
        patient_id=patient_id,
        organisation_id=actor.organisation_id,
        reason=reason,
        justification=stated,
        opened_at=now,
        ends_at=now + timedelta(minutes=rules.policy.emergency.minutes),
    )
    session.add(opened)
    session.flush()
    record_event(
        session,
        "break_glass.open",
        patient_id=patient_id,
        object_kind="break_glass",
        object_id=opened.id,
        reason=reason,
        basis="break_glass",
    )
    notify_holders(
        session,
        "core.break_glass.review",
        EMERGENCY_TO_REVIEW,
        opened.id,
        now=now,
        except_id=account_id,
        patient_id=patient_id,
    )
    emit(
        session,
        EmergencyAccessOpened(
            event_id=uuid4(),
            at=now,
            access_id=opened.id,
            patient_id=patient_id,
            account_id=account_id,
        ),
    )
    return opened


def end_break_glass(session: Session, *, actor: Actor, patient_id: UUID, now: datetime) -> None:
    """Close the actor's own emergency access before its term; nothing happens when none is open."""
    open_now = session.exec(
        select(BreakGlass)
        .where(BreakGlass.account_id == actor.account_id, BreakGlass.patient_id == patient_id)
        .where(col(BreakGlass.ends_at) > now)
    ).all()
    for access in open_now:
        access.ends_at = now
        session.add(access)
        record_event(
            session,
            "break_glass.end",
            patient_id=patient_id,
            object_kind="break_glass",
            object_id=access.id,
        )
    session.flush()


def list_break_glass(session: Session, *, pending_only: bool = True) -> Sequence[BreakGlass]:
    """Return emergency accesses, newest first; by default those that nobody has reviewed yet."""
    statement = select(BreakGlass).order_by(col(BreakGlass.opened_at).desc())
    if pending_only:
        statement = statement.where(col(BreakGlass.reviewed_at).is_(None))
    return session.exec(statement).all()


def list_unannounced(session: Session) -> Sequence[BreakGlass]:
    """Return emergency accesses whose notice to the 3C has not left yet."""
    return session.exec(select(BreakGlass).where(col(BreakGlass.notified_at).is_(None))).all()


def mark_announced(session: Session, *, break_glass_id: UUID, now: datetime) -> None:
    """Note that the notice of an emergency access has left."""
    access = _get(session, break_glass_id)
    access.notified_at = now
    session.add(access)
    session.flush()


def review_break_glass(
    session: Session,
    *,
    break_glass_id: UUID,
    verdict: ReviewVerdict,
    comment: str,
    reviewer: Actor,
    now: datetime,
) -> BreakGlass:
    """Record what the review concluded.

    Raises:
        Conflict: ``ACC-303`` already reviewed; ``ACC-304`` nobody reviews their own access.
        NotFound: ``ACC-305``.
    """
    access = _get(session, break_glass_id)
    if access.reviewed_at is not None:
        raise Conflict("ACC-303", "Cet accès en urgence a déjà été contrôlé.")
    if access.account_id == reviewer.account_id:
        raise Conflict(
            "ACC-304", "Vous ne pouvez pas contrôler votre propre accès. Confiez-le à un collègue."
        )
    access.reviewed_at = now
    access.reviewed_by = reviewer.account_id
    access.verdict = verdict
    access.review_comment = comment
    session.add(access)
    session.flush()
    settle_notifications(session, EMERGENCY_TO_REVIEW, access.id, now=now)
    record_event(
        session,
        "break_glass.review",
        patient_id=access.patient_id,
        object_kind="break_glass",
        object_id=access.id,
        reason=verdict,
    )
    return access


def _entitled_account(session: Session, actor: Actor, patient_id: UUID, rules: AccessRules) -> UUID:
    subject = Subject(patient_id=patient_id)
    decision = read_access(session, actor, patient_id, rules=rules).decide(ENTRY_ACTION)
    if decision:
        raise Conflict("ACC-306", "Vous avez déjà accès à ce dossier.")
    if actor.account_id is None or not decision.break_glass_possible:
        raise AccessRefused(decision, ENTRY_ACTION, subject)
    for rule in break_glass_reasons(actor=actor, patient_id=patient_id, rules=rules):
        if rule.forbidden:
            refusal = Decision(False, Reason.VETO, rule.text, rule.key)
            raise AccessRefused(refusal, ENTRY_ACTION, subject)
    return actor.account_id


def _check_statement(
    reason: str, justification: str, choices: Sequence[BreakGlassRule], rules: AccessRules
) -> None:
    if reason not in {choice.key for choice in choices}:
        raise InvalidInput("ACC-301", "Choisissez un motif dans la liste proposée.", field="reason")
    minimum = rules.policy.emergency.min_justification
    if not minimum <= len(justification) <= MAX_JUSTIFICATION:
        raise InvalidInput(
            "ACC-302",
            f"Précisez la situation en {minimum} à {MAX_JUSTIFICATION} caractères :"
            " ce texte sera relu.",
            field="justification",
        )


def _get(session: Session, break_glass_id: UUID) -> BreakGlass:
    access = session.get(BreakGlass, break_glass_id)
    if access is None:
        raise NotFound("ACC-305", "Cet accès en urgence n'existe pas.")
    return access
