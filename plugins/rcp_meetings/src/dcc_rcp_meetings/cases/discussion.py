"""Hold the session, case by case: open, show, conclude, reopen, close."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dcc_core.api import Conflict, SharingPurpose, is_opposed_to, record_event
from dcc_rcp_forms.api import Phase, read_fiche
from dcc_rcp_meetings.cases.decision import fiche_of, session_facts, write_facts
from dcc_rcp_meetings.cases.models import CaseOut, case_out
from dcc_rcp_meetings.cases.registration import postpone_case, refuse_opposed, withdraw_case
from dcc_rcp_meetings.cases.states import (
    TO_DISCUSS,
    CaseState,
    Lane,
    SideReason,
)
from dcc_rcp_meetings.cases.steps import locked_case, take_step
from dcc_rcp_meetings.people import Author
from dcc_rcp_meetings.sessions.models import SessionOut, SessionState
from dcc_rcp_meetings.sessions.presence import quorum_at, record_departure
from dcc_rcp_meetings.sessions.service import (
    locked_session,
    read_session,
    refuse_unless,
    touch_session,
)
from dcc_rcp_meetings.tables import Case, Meeting, Presence

_EVENTS = {
    SessionState.OPEN: "rcp.session.open",
    SessionState.SUSPENDED: "rcp.session.suspend",
    SessionState.CLOSED: "rcp.session.close",
}


def open_session(session: Session, session_id: UUID, *, now: datetime) -> SessionOut:
    """Open a session, or resume it after a pause; opening it twice changes nothing.

    Raises:
        NotFound: ``RCP-300``.
        Conflict: ``RCP-305`` it is closed or cancelled.
    """
    row, _rcp = locked_session(session, session_id)
    refuse_unless(row, SessionState.PLANNED, SessionState.OPEN, SessionState.SUSPENDED)
    if row.state != SessionState.OPEN:
        row.opened_at, row.suspended_at = row.opened_at or now, None
        _enter(session, row, SessionState.OPEN)
    return read_session(session, session_id)


def suspend_session(session: Session, session_id: UUID, *, now: datetime) -> SessionOut:
    """Pause a session; screens show no patient meanwhile.

    Raises:
        NotFound: ``RCP-300``.
        Conflict: ``RCP-305`` it is not open.
    """
    row, _rcp = locked_session(session, session_id)
    refuse_unless(row, SessionState.OPEN)
    row.suspended_at = now
    _enter(session, row, SessionState.SUSPENDED)
    return read_session(session, session_id)


def close_session(
    session: Session,
    session_id: UUID,
    *,
    author: Author,
    now: datetime,
    postpone_rest: bool = False,
) -> SessionOut:
    """Close a session: who was there leaves, and nothing more is registered.

    Args:
        postpone_rest: Put off the cases nobody came to, for lack of time, instead of refusing.

    Raises:
        NotFound: ``RCP-300``.
        Conflict: ``RCP-305`` it is not being held, ``RCP-330`` cases are undecided.
    """
    row, _rcp = locked_session(session, session_id)
    refuse_unless(row, SessionState.OPEN, SessionState.SUSPENDED)
    left = _undecided(session, row.id)
    if left and not postpone_rest:
        raise Conflict(
            "RCP-330",
            f"{len(left)} dossier(s) de cette séance n'ont ni avis ni report. "
            "Concluez-les, ou reportez-les tous à la clôture.",
            count=len(left),
        )
    for case in left:
        _put_off(session, case, author=author, now=now)
    _everybody_leaves(session, row.id, now)
    row.closed_at, row.current_case_id, row.suspended_at = now, None, None
    _enter(session, row, SessionState.CLOSED)
    return read_session(session, session_id)


def show_case(
    session: Session, session_id: UUID, case_id: UUID, *, author: Author, now: datetime
) -> CaseOut:
    """Bring a case on the screen. The one that was there and is not concluded waits again.

    Showing a case that is concluded reads it again without reopening it.

    Raises:
        NotFound: ``RCP-300``, ``RCP-400``.
        Conflict: ``RCP-305`` the session is not open, ``RCP-331`` the case is not on its agenda,
            ``RCP-402`` the patient opposes the record.
    """
    meeting, _rcp = locked_session(session, session_id)
    refuse_unless(meeting, SessionState.OPEN)
    row = locked_case(session, case_id)
    if row.session_id != meeting.id:
        raise Conflict("RCP-331", "Ce dossier n'est pas à l'ordre du jour de cette séance.")
    refuse_opposed(session, row.patient_id)
    if meeting.current_case_id and meeting.current_case_id != row.id:
        _set_aside(session, meeting.current_case_id, author=author, now=now)
    meeting.current_case_id = row.id
    if row.state in TO_DISCUSS:
        row.started_at = now
        return take_step(session, row, CaseState.IN_SESSION, author=author, now=now)
    touch_session(session, meeting)
    return case_out(row)


def conclude_case(
    session: Session,
    case_id: UUID,
    *,
    author: Author,
    now: datetime,
    seen: int | None = None,
) -> CaseOut:
    """End a discussion: the quorum of this moment is frozen with its proof and goes to the fiche.

    The case is then discussed; when its decision is complete it is ready to be signed. A case of
    the recording lane may be concluded without being shown.

    Raises:
        NotFound: ``RCP-400``.
        Conflict: ``RCP-401`` it is not being discussed, ``RCP-405`` it changed since, ``RCP-402``
            the patient opposes the record, ``RCP-332`` it stands on no agenda.
    """
    row = locked_case(session, case_id, seen=seen)
    refuse_opposed(session, row.patient_id)
    if row.session_id is None:
        raise Conflict("RCP-332", "Inscrivez d'abord ce dossier à une séance.")
    lane = Lane(row.lane)
    result = quorum_at(session, row.session_id, at=now, case_id=row.id)
    row.quorum = {**result.proof(), "établi_le": now.isoformat()}
    row.discussed_at = now
    after = CaseState.RECORDED if lane is Lane.RECORDING else CaseState.DISCUSSED
    take_step(session, row, after, author=author, now=now)
    fiche = write_facts(session, row, session_facts(result.state, lane), author=author, now=now)
    if fiche.state.can_end(Phase.SESSION):
        return take_step(session, row, CaseState.DRAFTED, author=author, now=now)
    return case_out(row)


def change_lane(
    session: Session, case_id: UUID, lane: Lane, *, author: Author, now: datetime
) -> CaseOut:
    """Send a clear case to recording, or a doubtful one back to discussion (pre-reading).

    Raises:
        NotFound: ``RCP-400``.
        Conflict: ``RCP-414`` it was treated already, or it must be discussed.
    """
    row = locked_case(session, case_id)
    is_open = row.state in {CaseState.REQUESTED, *TO_DISCUSS, CaseState.IN_SESSION}
    if not is_open or (lane is Lane.RECORDING and row.is_regularisation):
        raise Conflict(
            "RCP-414",
            "Ce dossier ne peut plus changer de file, ou doit être réellement discuté.",
        )
    row.lane = lane
    write_facts(
        session,
        row,
        {"statut_cas": "enregistré" if lane is Lane.RECORDING else "discuté"},
        author=author,
        now=now,
    )
    row.revision += 1
    session.add(row)
    session.flush()
    record_event(
        session,
        "rcp.case.lane",
        patient_id=row.patient_id,
        object_kind="rcp_case",
        object_id=row.id,
        details={"lane": lane.value},
    )
    return case_out(row)


def reopen_case(
    session: Session, case_id: UUID, *, author: Author, now: datetime, seen: int | None = None
) -> CaseOut:
    """Discuss a concluded case again while the session lasts; its quorum will be taken anew.

    Raises:
        NotFound: ``RCP-400``.
        Conflict: ``RCP-401`` it is signed, ``RCP-405`` it changed since, ``RCP-305`` the session
            is not open.
    """
    row = locked_case(session, case_id, seen=seen)
    if row.session_id is None or row.document_id is not None:
        raise Conflict("RCP-332", "Ce dossier ne se rouvre pas : il est signé ou sans séance.")
    meeting, _rcp = locked_session(session, row.session_id)
    refuse_unless(meeting, SessionState.OPEN)
    if meeting.current_case_id and meeting.current_case_id != row.id:
        _set_aside(session, meeting.current_case_id, author=author, now=now)
    meeting.current_case_id = row.id
    row.quorum, row.discussed_at, row.started_at = {}, None, now
    return take_step(session, row, CaseState.IN_SESSION, author=author, now=now)


def prepare_case(
    session: Session, case_id: UUID, *, author: Author, now: datetime, seen: int | None = None
) -> CaseOut:
    """Confirm that a registered case is ready to be discussed.

    Raises:
        NotFound: ``RCP-400``.
        Conflict: ``RCP-401`` it is not registered, ``RCP-405`` it changed since, ``RCP-415``
            something is missing or wrong in its fiche.
    """
    row = locked_case(session, case_id, seen=seen)
    fiche = read_fiche(session, fiche_id=fiche_of(row))
    if not fiche.state.can_end(Phase.PREPARATION):
        count = len(fiche.state.missing_at(Phase.PREPARATION))
        raise Conflict(
            "RCP-415",
            f"La fiche n'est pas complète : {count} réponse(s) manquent ou une est à corriger. "
            "Voyez « Reste à remplir ».",
            count=count,
        )
    return take_step(session, row, CaseState.PREPARED, author=author, now=now)


def _set_aside(session: Session, case_id: UUID, *, author: Author, now: datetime) -> None:
    row = locked_case(session, case_id)
    if row.state != CaseState.IN_SESSION:
        return
    fiche = read_fiche(session, fiche_id=fiche_of(row))
    is_ready = fiche.state.can_end(Phase.PREPARATION)
    after = CaseState.PREPARED if is_ready else CaseState.REGISTERED
    take_step(session, row, after, author=author, now=now)


def _put_off(session: Session, row: Case, *, author: Author, now: datetime) -> None:
    """A patient who opposed the record since is withdrawn instead."""
    if is_opposed_to(session, row.patient_id, SharingPurpose.DCC):
        withdraw_case(session, row.id, reason=SideReason.OPPOSED.value, author=author, now=now)
    else:
        postpone_case(session, row.id, reason=SideReason.NO_TIME.value, author=author, now=now)


def _undecided(session: Session, session_id: UUID) -> list[Case]:
    statement = select(Case).where(
        Case.session_id == session_id,
        col(Case.state).in_([*TO_DISCUSS, CaseState.IN_SESSION, CaseState.REQUESTED]),
    )
    return list(session.exec(statement.order_by(col(Case.rank), col(Case.id))))


def _everybody_leaves(session: Session, session_id: UUID, now: datetime) -> None:
    here = select(Presence.national_id).where(
        Presence.session_id == session_id, col(Presence.left_at).is_(None)
    )
    for national_id in session.exec(here).all():
        record_departure(session, session_id, national_id=national_id, now=now)


def _enter(session: Session, row: Meeting, state: SessionState) -> None:
    row.state = state
    touch_session(session, row)
    record_event(session, _EVENTS[state], object_kind="rcp_session", object_id=row.id)
