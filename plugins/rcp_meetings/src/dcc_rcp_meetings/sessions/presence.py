"""Who was there, from when to when and how; opinions collected for one case; quorum at a moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from dcc_core.api import Conflict, InvalidInput, record_event
from dcc_rcp_meetings.people import Person
from dcc_rcp_meetings.quorum.engine import Participant, QuorumResult, evaluate_quorum
from dcc_rcp_meetings.quorum.rules import Mode, QuorumRule
from dcc_rcp_meetings.quorum.shelf import rule_on
from dcc_rcp_meetings.sessions.models import SessionState
from dcc_rcp_meetings.sessions.service import locked_session, session_rows, touch_session
from dcc_rcp_meetings.tables import Case, Meeting, Opinion, Presence


@dataclass(frozen=True, slots=True)
class PresenceOut:
    """An interval of somebody's presence; ``left_at`` None while they are there."""

    id: UUID
    national_id: str
    name: str
    speciality: str
    profession: str
    mode: Mode
    arrived_at: datetime
    left_at: datetime | None


def record_arrival(
    session: Session, session_id: UUID, person: Person, *, mode: Mode, now: datetime
) -> PresenceOut:
    """Note that somebody arrives, or passes from the room to video.

    Somebody already there in the same mode changes nothing.

    Raises:
        NotFound: ``RCP-300``.
        InvalidInput: ``RCP-320`` a collected opinion is no presence.
        Conflict: ``RCP-321`` the session is over; ``RCP-322`` they are in another session now.
    """
    if mode is Mode.OPINION:
        raise InvalidInput("RCP-320", "Un avis recueilli se note sur le dossier concerné.")
    row, _rcp = locked_session(session, session_id)
    if row.state in {SessionState.CLOSED, SessionState.CANCELLED}:
        raise Conflict("RCP-321", "La séance est terminée : les présences ne changent plus.")
    _refuse_two_rooms(session, session_id, person, mode)
    known = _open_interval(session, session_id, person.national_id)
    if known is not None and known.mode == mode:
        return _out(known)
    if known is not None:
        _close(session, known, now)
    presence = Presence(
        session_id=session_id,
        account_id=person.account_id,
        national_id=person.national_id,
        name=person.name,
        profession=person.profession,
        speciality=person.speciality,
        mode=mode,
        arrived_at=now,
    )
    session.add(presence)
    return _noted(session, row, presence, "rcp.presence.arrive")


def record_departure(
    session: Session, session_id: UUID, *, national_id: str, now: datetime
) -> PresenceOut | None:
    """Note that somebody leaves; None when they were not there. Cases discussed keep their quorum.

    Raises:
        NotFound: ``RCP-300``.
    """
    row, _rcp = locked_session(session, session_id)
    known = _open_interval(session, session_id, national_id)
    if known is None:
        return None
    _close(session, known, now)
    return _noted(session, row, known, "rcp.presence.leave")


def list_presences(session: Session, session_id: UUID) -> tuple[PresenceOut, ...]:
    """Return every interval of a session, by arrival."""
    return tuple(_out(row) for row in _rows(session, session_id))


def record_opinion(
    session: Session, case_id: UUID, person: Person, *, given_at: datetime, text: str = ""
) -> None:
    """Note an opinion collected outside the meeting for one case; a second one replaces it.

    Raises:
        Conflict: ``RCP-323`` the case was already discussed.
    """
    case = session.get(Case, case_id)
    if case is None or case.discussed_at is not None:
        raise Conflict("RCP-323", "Le dossier a déjà été discuté : l'avis ne compte plus.")
    known = session.exec(
        select(Opinion).where(Opinion.case_id == case_id, Opinion.national_id == person.national_id)
    ).first()
    row = known or Opinion(
        case_id=case_id, national_id=person.national_id, name=person.name, given_at=given_at
    )
    row.name, row.profession, row.speciality = person.name, person.profession, person.speciality
    row.given_at, row.text = given_at, text[:2000]
    session.add(row)
    session.flush()
    if case.session_id is not None:
        touch_session(session, locked_session(session, case.session_id)[0])
    record_event(
        session,
        "rcp.opinion",
        patient_id=case.patient_id,
        object_kind="rcp_case",
        object_id=case_id,
    )


def quorum_at(
    session: Session, session_id: UUID, *, at: datetime, case_id: UUID | None = None
) -> QuorumResult:
    """Return the quorum at a moment: presences then, and the opinions collected for one case.

    Raises:
        NotFound: ``RCP-300``.
    """
    row, rcp = session_rows(session, session_id)
    rule = rule_on(
        session, rcp.quorum_code, row.starts_at.astimezone(ZoneInfo(rcp.timezone)).date()
    )
    opinions = list_opinions(session, case_id) if case_id else ()
    return quorum_of(rule, list_presences(session, session_id), opinions, at=at)


def quorum_of(
    rule: QuorumRule | None,
    presences: Sequence[PresenceOut],
    opinions: Sequence[Participant],
    *,
    at: datetime,
) -> QuorumResult:
    """Return the quorum at a moment from what was read already."""
    if not presences and not opinions:
        return evaluate_quorum(rule, None)
    here = [p for p in presences if p.arrived_at <= at and (p.left_at is None or at < p.left_at)]
    return evaluate_quorum(rule, [*map(_present, here), *opinions])


def list_opinions(session: Session, case_id: UUID) -> tuple[Participant, ...]:
    """Return who gave an opinion on a case outside the meeting, oldest first."""
    return tuple(map(_advised, _opinions(session, case_id)))


def _rows(session: Session, session_id: UUID) -> Sequence[Presence]:
    statement = select(Presence).where(Presence.session_id == session_id)
    return session.exec(statement.order_by(col(Presence.arrived_at), col(Presence.name))).all()


def _opinions(session: Session, case_id: UUID) -> Sequence[Opinion]:
    statement = select(Opinion).where(Opinion.case_id == case_id)
    return session.exec(statement.order_by(col(Opinion.given_at), col(Opinion.id))).all()


def _open_interval(session: Session, session_id: UUID, national_id: str) -> Presence | None:
    return session.exec(
        select(Presence).where(
            Presence.session_id == session_id,
            Presence.national_id == national_id,
            col(Presence.left_at).is_(None),
        )
    ).first()


def _refuse_two_rooms(session: Session, session_id: UUID, person: Person, mode: Mode) -> None:
    """Nobody sits in two rooms; by video one may follow another session at the same time."""
    if mode is not Mode.ROOM:
        return
    elsewhere = (
        select(Presence.id)
        .join(Meeting, col(Meeting.id) == col(Presence.session_id))
        .where(
            Presence.national_id == person.national_id,
            Presence.session_id != session_id,
            Presence.mode == Mode.ROOM,
            col(Presence.left_at).is_(None),
            col(Meeting.state).in_([SessionState.OPEN, SessionState.SUSPENDED]),
        )
    )
    if session.exec(elsewhere).first() is not None:
        raise Conflict(
            "RCP-322",
            "Cette personne est notée présente dans une autre séance ouverte. "
            "Notez d'abord son départ, ou sa présence en visio.",
        )


def _close(session: Session, row: Presence, now: datetime) -> None:
    row.left_at = max(now, row.arrived_at)
    session.add(row)


def _noted(session: Session, meeting: Meeting, row: Presence, event: str) -> PresenceOut:
    touch_session(session, meeting)
    details = {"mode": str(row.mode)}
    record_event(session, event, object_kind="rcp_session", object_id=meeting.id, details=details)
    return _out(row)


def _present(row: PresenceOut) -> Participant:
    specialities = (row.speciality,) if row.speciality else ()
    return Participant(row.national_id, row.name, specialities, Mode(row.mode), row.profession)


def _advised(row: Opinion) -> Participant:
    specialities = (row.speciality,) if row.speciality else ()
    return Participant(row.national_id, row.name, specialities, Mode.OPINION, row.profession)


def _out(row: Presence) -> PresenceOut:
    return PresenceOut(
        row.id,
        row.national_id,
        row.name,
        row.speciality,
        row.profession,
        Mode(row.mode),
        row.arrived_at,
        row.left_at,
    )
