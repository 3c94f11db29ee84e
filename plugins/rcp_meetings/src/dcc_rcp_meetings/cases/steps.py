"""Read cases, and take one step of the workflow: locked, checked, written in the history."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dcc_core.api import Conflict, NotFound, record_event
from dcc_rcp_meetings.cases.models import CaseOut, case_out
from dcc_rcp_meetings.cases.states import OFF_AGENDA, CaseState, refuse_step
from dcc_rcp_meetings.live.topics import tell_session
from dcc_rcp_meetings.people import Author
from dcc_rcp_meetings.tables import Case, CaseEvent, Meeting


def read_case(session: Session, case_id: UUID) -> CaseOut:
    """Return a case.

    Raises:
        NotFound: ``RCP-400``.
    """
    return case_out(case_row(session, case_id))


def list_agenda(session: Session, session_id: UUID) -> tuple[CaseOut, ...]:
    """Return the cases of a session: the agenda by rank, then those that wait or left it."""
    statement = select(Case).where(Case.session_id == session_id)
    rows = session.exec(statement.order_by(col(Case.created_at), col(Case.id))).all()
    return tuple(case_out(row) for row in sorted(rows, key=_place))


def list_cases(
    session: Session,
    *,
    requester_id: UUID | None = None,
    patient_id: UUID | None = None,
    rcp_ids: Iterable[UUID] | None = None,
    states: Iterable[CaseState] = (),
    limit: int = 200,
) -> tuple[CaseOut, ...]:
    """Return cases, latest first."""
    statement = select(Case).order_by(col(Case.created_at).desc(), col(Case.id)).limit(limit)
    if requester_id is not None:
        statement = statement.where(Case.requester_id == requester_id)
    if patient_id is not None:
        statement = statement.where(Case.patient_id == patient_id)
    if rcp_ids is not None:
        statement = statement.where(col(Case.rcp_id).in_(list(rcp_ids)))
    if wanted := list(states):
        statement = statement.where(col(Case.state).in_(wanted))
    return tuple(map(case_out, session.exec(statement)))


def list_steps(session: Session, case_id: UUID) -> list[CaseEvent]:
    """Return the history of a case, oldest first."""
    statement = select(CaseEvent).where(CaseEvent.case_id == case_id)
    return list(session.exec(statement.order_by(col(CaseEvent.number), col(CaseEvent.id))))


def case_row(session: Session, case_id: UUID) -> Case:
    """Return the row of a case.

    Raises:
        NotFound: ``RCP-400``.
    """
    row = session.get(Case, case_id)
    if row is None:
        raise NotFound("RCP-400", "Ce dossier n'est pas inscrit, ou vous n'y avez pas accès.")
    return row


def locked_case(session: Session, case_id: UUID, *, seen: int | None = None) -> Case:
    """Return the row of a case, locked until the end of the transaction.

    Args:
        seen: The revision the person saw; None does not check.

    Raises:
        NotFound: ``RCP-400``.
        Conflict: ``RCP-405`` somebody changed the case since.
    """
    statement = select(Case).where(Case.id == case_id).with_for_update()
    session.exec(statement.execution_options(populate_existing=True)).first()
    row = case_row(session, case_id)
    if seen is not None and row.revision != seen:
        raise Conflict(
            "RCP-405",
            "Ce dossier vient d'être modifié par quelqu'un d'autre. "
            "Rechargez la page pour voir où il en est.",
            revision=row.revision,
        )
    return row


def take_step(
    session: Session,
    row: Case,
    after: CaseState,
    *,
    author: Author,
    now: datetime,
    reason: str = "",
    text: str = "",
    basis: str = "",
) -> CaseOut:
    """Move a locked case to another state.

    Raises:
        Conflict: ``RCP-401`` the workflow has no such step.
    """
    before = CaseState(row.state)
    refuse_step(before, after)
    row.state = after
    if reason:
        row.reason, row.reason_text = reason, text.strip()[:300]
    note_step(session, row, before, author=author, now=now, reason=reason, text=text)
    record_event(
        session,
        "rcp.case.step",
        patient_id=row.patient_id,
        object_kind="rcp_case",
        object_id=row.id,
        object_version=row.revision,
        reason=reason,
        basis=basis,
        details={"from": before.value, "to": after.value},
    )
    return case_out(row)


def note_step(
    session: Session,
    row: Case,
    before: CaseState | None,
    *,
    author: Author,
    now: datetime,
    reason: str = "",
    text: str = "",
) -> None:
    """Write a step in the history and tell the screens of the session."""
    row.revision += 1
    row.updated_at = now
    session.add(row)
    session.add(
        CaseEvent(
            case_id=row.id,
            number=row.revision,
            at=now,
            author_id=author.account_id,
            author=author.name[:120],
            before=before.value if before else "",
            after=row.state,
            reason=reason,
            text=text.strip()[:300],
        )
    )
    touch_agenda(session, row)


def touch_agenda(session: Session, row: Case) -> None:
    """Tell the screens of the case's session that something changed."""
    if row.session_id is not None:
        meeting = session.get(Meeting, row.session_id)
        if meeting is not None:
            meeting.revision += 1
            session.add(meeting)
            tell_session(session, meeting)
    session.flush()


def _place(row: Case) -> tuple[bool, int]:
    return row.state in OFF_AGENDA, row.rank
