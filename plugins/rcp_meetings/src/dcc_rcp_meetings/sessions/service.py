"""Plan, move, duplicate and cancel sessions, and read them. Services never commit."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from dcc_core.api import Conflict, InvalidInput, NotFound, record_event
from dcc_rcp_meetings.cases.states import OFF_AGENDA
from dcc_rcp_meetings.directory.models import Rhythm
from dcc_rcp_meetings.live.topics import tell_session
from dcc_rcp_meetings.news import tell_guests
from dcc_rcp_meetings.sessions.invitations import invite_members, list_guests
from dcc_rcp_meetings.sessions.models import SessionOut, SessionState, guest_out, session_out
from dcc_rcp_meetings.sessions.recurrence import local_instant, session_days
from dcc_rcp_meetings.tables import Case, Meeting, Rcp


def plan_sessions(
    session: Session, rcp_id: UUID, *, until: datetime, now: datetime
) -> tuple[SessionOut, ...]:
    """Make the sessions of an RCP's rhythm from now on; those already made stay as they are.

    Raises:
        NotFound: ``RCP-200`` no such RCP.
        InvalidInput: ``RCP-301`` the RCP has no rhythm.
    """
    rcp = _rcp(session, rcp_id)
    if not rcp.rhythm:
        raise InvalidInput(
            "RCP-301", "Cette RCP n'a pas de rythme. Complétez sa fiche, ou créez la séance."
        )
    rhythm = Rhythm(**rcp.rhythm)
    zone = ZoneInfo(rcp.timezone)
    known = set(session.exec(select(Meeting.recurrence_key).where(Meeting.rcp_id == rcp.id)).all())
    made = []
    for day in session_days(rhythm, now.astimezone(zone).date(), until.astimezone(zone).date()):
        is_active = rcp.active_from <= day and (not rcp.active_until or day <= rcp.active_until)
        starts_at = local_instant(day, rhythm.start, rcp.timezone)
        if is_active and starts_at > now and day.isoformat() not in known:
            row = _add(session, rcp, starts_at, rhythm.minutes, key=day.isoformat())
            made.append(session_out(row, rcp))
    return tuple(made)


def create_session(
    session: Session, rcp_id: UUID, *, starts_at: datetime, minutes: int = 90, now: datetime
) -> SessionOut:
    """Create one session by hand.

    Raises:
        NotFound: ``RCP-200`` no such RCP.
        InvalidInput: ``RCP-302`` it would start in the past, ``RCP-303`` the RCP does not meet
            that day.
        Conflict: ``RCP-304`` another session of the RCP starts then.
    """
    rcp = _rcp(session, rcp_id)
    _refuse_start(session, rcp, starts_at, now)
    return session_out(_add(session, rcp, starts_at, minutes), rcp)


def move_session(
    session: Session, session_id: UUID, *, starts_at: datetime, reason: str, now: datetime
) -> SessionOut:
    """Move a planned session; its cases follow, and what people answered is asked again.

    Raises:
        NotFound: ``RCP-300``.
        Conflict: ``RCP-305`` it is not to come, ``RCP-304`` another session starts then.
        InvalidInput: ``RCP-302``, ``RCP-303``, ``RCP-306`` no reason is given.
    """
    row, rcp = locked_session(session, session_id)
    refuse_unless(row, SessionState.PLANNED)
    _require_reason(reason)
    _refuse_start(session, rcp, starts_at, now)
    length, notice = row.ends_at - row.starts_at, row.starts_at - row.closes_at
    row.moved_from = row.moved_from or row.starts_at
    row.starts_at, row.ends_at, row.closes_at = starts_at, starts_at + length, starts_at - notice
    row.reason = reason.strip()
    for guest in list_guests(session, row.id):
        guest.answer, guest.answered_at = "", None
        session.add(guest)
    return _note(session, row, rcp, "rcp.session.move", now)


def duplicate_session(
    session: Session, session_id: UUID, *, starts_at: datetime, now: datetime
) -> SessionOut:
    """Create a session like another one, with the same guests, place and capacity; no case.

    Raises:
        As ``create_session``, and NotFound ``RCP-300``.
    """
    model, rcp = session_rows(session, session_id)
    _refuse_start(session, rcp, starts_at, now)
    minutes = int((model.ends_at - model.starts_at).total_seconds() // 60)
    row = _add(session, rcp, starts_at, minutes)
    row.place, row.video_url, row.capacity = model.place, model.video_url, model.capacity
    session.add(row)
    session.flush()
    return session_out(row, rcp)


def cancel_session(session: Session, session_id: UUID, *, reason: str, now: datetime) -> SessionOut:
    """Cancel a planned session. Its cases wait for another one; nothing of them is lost.

    Raises:
        NotFound: ``RCP-300``.
        Conflict: ``RCP-305`` it is not to come.
        InvalidInput: ``RCP-306`` no reason is given.
    """
    row, rcp = locked_session(session, session_id)
    refuse_unless(row, SessionState.PLANNED)
    _require_reason(reason)
    row.state, row.reason = SessionState.CANCELLED, reason.strip()
    return _note(session, row, rcp, "rcp.session.cancel", now)


def read_session(session: Session, session_id: UUID) -> SessionOut:
    """Return a session with its guests.

    Raises:
        NotFound: ``RCP-300``.
    """
    row, rcp = session_rows(session, session_id)
    return _with_guests(session, row, rcp)


def list_sessions(
    session: Session,
    *,
    after: datetime,
    before: datetime,
    rcp_ids: Iterable[UUID] | None = None,
    states: Iterable[SessionState] = (),
    limit: int = 500,
) -> tuple[SessionOut, ...]:
    """Return the sessions that start in a span of time, oldest first.

    Args:
        rcp_ids: Keep those of these RCPs; None keeps all.
    """
    statement = (
        select(Meeting, Rcp)
        .join(Rcp, col(Rcp.id) == col(Meeting.rcp_id))
        .where(col(Meeting.starts_at) >= after, col(Meeting.starts_at) < before)
        .order_by(col(Meeting.starts_at), col(Meeting.id))
        .limit(limit)
    )
    if rcp_ids is not None:
        statement = statement.where(col(Meeting.rcp_id).in_(list(rcp_ids)))
    if wanted := list(states):
        statement = statement.where(col(Meeting.state).in_(wanted))
    return tuple(session_out(row, rcp) for row, rcp in session.exec(statement))


def count_cases(session: Session, session_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Return how many cases stand on the agenda of each session."""
    counts: dict[UUID, int] = {}
    statement = select(Case.session_id).where(
        col(Case.session_id).in_(list(session_ids)), col(Case.state).not_in(OFF_AGENDA)
    )
    for found in session.exec(statement):
        if found is not None:
            counts[found] = counts.get(found, 0) + 1
    return counts


def session_rows(session: Session, session_id: UUID) -> tuple[Meeting, Rcp]:
    """Return the rows of a session.

    Raises:
        NotFound: ``RCP-300``.
    """
    row = session.get(Meeting, session_id)
    if row is None:
        raise NotFound("RCP-300", "Cette séance n'existe pas ou vous n'y avez pas accès.")
    return row, _rcp(session, row.rcp_id)


def locked_session(session: Session, session_id: UUID) -> tuple[Meeting, Rcp]:
    """Return the rows of a session, locked until the end of the transaction.

    Raises:
        NotFound: ``RCP-300``.
    """
    statement = select(Meeting).where(Meeting.id == session_id).with_for_update()
    session.exec(statement.execution_options(populate_existing=True)).first()
    return session_rows(session, session_id)


def refuse_unless(row: Meeting, *states: SessionState) -> None:
    """Refuse an action on a session that is not in one of these states.

    Raises:
        Conflict: ``RCP-305``.
    """
    if row.state not in states:
        raise Conflict(
            "RCP-305",
            f"La séance est {row.state} : cette action n'est plus possible. Rechargez la page.",
            state=str(row.state),
        )


def touch_session(session: Session, row: Meeting) -> None:
    """Tell the participants' screens that something changed."""
    row.revision += 1
    session.add(row)
    session.flush()
    tell_session(session, row)


def _add(
    session: Session, rcp: Rcp, starts_at: datetime, minutes: int, *, key: str = ""
) -> Meeting:
    row = Meeting(
        rcp_id=rcp.id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        closes_at=starts_at - timedelta(hours=rcp.closing_hours),
        place=rcp.place,
        video_url=rcp.video_url,
        state=SessionState.PLANNED,
        capacity=rcp.capacity,
        recurrence_key=key,
    )
    session.add(row)
    session.flush()
    invite_members(session, row)
    record_event(session, "rcp.session.create", object_kind="rcp_session", object_id=row.id)
    return row


def _note(session: Session, row: Meeting, rcp: Rcp, event: str, now: datetime) -> SessionOut:
    touch_session(session, row)
    tell_guests(session, row.id, now=now)
    record_event(session, event, object_kind="rcp_session", object_id=row.id, reason=row.reason)
    return _with_guests(session, row, rcp)


def _with_guests(session: Session, row: Meeting, rcp: Rcp) -> SessionOut:
    return session_out(row, rcp, tuple(map(guest_out, list_guests(session, row.id))))


def _rcp(session: Session, rcp_id: UUID) -> Rcp:
    rcp = session.get(Rcp, rcp_id)
    if rcp is None:
        raise NotFound("RCP-200", "Cette RCP n'est pas dans l'annuaire.")
    return rcp


def _refuse_start(session: Session, rcp: Rcp, starts_at: datetime, now: datetime) -> None:
    if starts_at <= now:
        raise InvalidInput(
            "RCP-302", "Cette date est passée. Choisissez une date à venir.", field="starts_at"
        )
    day = starts_at.astimezone(ZoneInfo(rcp.timezone)).date()
    if day < rcp.active_from or (rcp.active_until and day > rcp.active_until):
        raise InvalidInput(
            "RCP-303",
            "La RCP n'est pas en activité ce jour-là. Changez la date ou sa période d'activité.",
            field="starts_at",
        )
    same = select(Meeting.id).where(
        Meeting.rcp_id == rcp.id,
        Meeting.starts_at == starts_at,
        Meeting.state != SessionState.CANCELLED,
    )
    if session.exec(same).first() is not None:
        raise Conflict(
            "RCP-304", "Une séance de cette RCP commence déjà à cette heure. Changez l'heure."
        )


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput("RCP-306", "Indiquez pourquoi : les inscrits le liront.", field="reason")
