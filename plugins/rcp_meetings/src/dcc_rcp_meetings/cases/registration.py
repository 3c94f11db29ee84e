"""Ask for a discussion, put the case on an agenda, order it, take it off with a reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dcc_core.api import (
    CareSource,
    Conflict,
    Holder,
    InvalidInput,
    NotFound,
    SharingPurpose,
    grant_care_relation,
    is_opposed_to,
    record_event,
    resolve_patient,
)
from dcc_rcp_meetings.cases.fiches import date_case_fiche, open_case_fiche
from dcc_rcp_meetings.cases.models import MOTIVE_MINUTES, MOTIVES, CaseOut, case_out
from dcc_rcp_meetings.cases.states import (
    OFF_AGENDA,
    OVER,
    TO_DISCUSS,
    CaseState,
    Lane,
    side_reason,
)
from dcc_rcp_meetings.cases.steps import locked_case, note_step, take_step, touch_agenda
from dcc_rcp_meetings.news import CASE_PUT_OFF, tell_about_case
from dcc_rcp_meetings.people import SYSTEM, Author
from dcc_rcp_meetings.sessions.invitations import OPEN_MARGIN, list_guests, open_dossier
from dcc_rcp_meetings.sessions.models import SessionState
from dcc_rcp_meetings.sessions.service import locked_session
from dcc_rcp_meetings.tables import Case, Meeting, Rcp


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody asks an RCP to discuss.

    Attributes:
        motive: A code of ``MOTIVES``.
        is_regularisation: The treatment began before (emergency, fortuitous discovery): the case
            must be really discussed.
        needs: Keys of specialities whose presence the case asks for.
        fiche_id: An unsigned fiche to carry on with; None opens one.
    """

    rcp_id: UUID
    patient_id: UUID
    motive: str
    is_regularisation: bool = False
    lane: Lane = Lane.DISCUSSION
    presenter: Author | None = None
    needs: Sequence[str] = ()
    attachments: Sequence[Mapping[str, str]] = ()
    previous_id: UUID | None = None
    origin_id: UUID | None = None
    fiche_id: UUID | None = None


def request_case(session: Session, request: Request, *, author: Author, now: datetime) -> CaseOut:
    """Ask an RCP to discuss a patient; a draft fiche is opened with what is already known.

    Raises:
        NotFound: ``RCP-200`` no such RCP; PAT-020 no such patient.
        InvalidInput: ``RCP-406`` the motive is not in the list, ``RCP-407`` a case that was treated
            before its discussion cannot be merely recorded.
        Conflict: ``RCP-402`` the patient opposes the record, ``RCP-403`` the patient already waits
            for this RCP.
    """
    rcp = session.get(Rcp, request.rcp_id)
    if rcp is None:
        raise NotFound("RCP-200", "Cette RCP n'est pas dans l'annuaire.")
    patient_id = resolve_patient(session, request.patient_id)
    _refuse_request(session, request, patient_id)
    presenter = request.presenter or author
    row = Case(
        rcp_id=rcp.id,
        patient_id=patient_id,
        fiche_id=request.fiche_id,
        state=CaseState.REQUESTED,
        lane=request.lane,
        motive=request.motive,
        minutes=MOTIVE_MINUTES.get(request.motive, 7),
        is_regularisation=request.is_regularisation,
        requester=author.as_json(),
        requester_id=author.account_id,
        presenter=presenter.as_json(),
        needs=list(request.needs),
        attachments=[dict(one) for one in request.attachments],
        previous_id=request.previous_id,
        origin_id=request.origin_id,
        quorum={},
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    session.flush()
    if row.fiche_id is None:
        row.fiche_id = open_case_fiche(session, row, rcp, author=author, now=now)
    note_step(session, row, None, author=author, now=now)
    _open_to_meeting(session, row, rcp, presenter, now, now + OPEN_MARGIN)
    record_event(
        session,
        "rcp.case.request",
        patient_id=patient_id,
        object_kind="rcp_case",
        object_id=row.id,
        details={"motive": row.motive, "late": False},
    )
    return case_out(row)


def register_case(
    session: Session, case_id: UUID, session_id: UUID, *, author: Author, now: datetime
) -> CaseOut:
    """Put a case on the agenda of a session; when it is full, on its waiting list.

    A case registered after closing is marked late and stays visible as such.

    Raises:
        NotFound: ``RCP-400`` no such case, ``RCP-300`` no such session.
        Conflict: ``RCP-401`` it is not to be registered, ``RCP-402`` the patient opposes the
            record, ``RCP-408`` another RCP, ``RCP-409`` the patient stands on this agenda already,
            ``RCP-305`` the session is over.
    """
    meeting, rcp = locked_session(session, session_id)
    row = locked_case(session, case_id)
    refuse_opposed(session, row.patient_id)
    _refuse_registration(session, row, meeting)
    row.session_id = meeting.id
    row.is_late = now > meeting.closes_at
    date_case_fiche(session, row, meeting, rcp)
    until = max(meeting.ends_at, now) + OPEN_MARGIN
    _open_to_meeting(session, row, rcp, None, now, until)
    for guest in list_guests(session, meeting.id):
        open_dossier(session, row, guest, now=now, until=until)
    if _count(session, meeting.id) >= meeting.capacity:
        note_step(session, row, CaseState.REQUESTED, author=author, now=now, text="liste d'attente")
        return case_out(row)
    row.rank = _last_rank(session, meeting.id) + 1
    return take_step(session, row, CaseState.REGISTERED, author=author, now=now)


def move_on_agenda(session: Session, case_id: UUID, *, rank: int, now: datetime) -> None:
    """Give a case another place on its agenda; the others make room.

    Raises:
        NotFound: ``RCP-400``.
        Conflict: ``RCP-410`` it stands on no agenda.
    """
    row = locked_case(session, case_id)
    if row.session_id is None or row.state in OFF_AGENDA:
        raise Conflict("RCP-410", "Ce dossier n'est sur aucun ordre du jour.")
    locked_session(session, row.session_id)
    others = [one for one in _on_agenda(session, row.session_id) if one.id != row.id]
    others.insert(max(0, min(rank, len(others) + 1) - 1), row)
    for place, one in enumerate(others, 1):
        one.rank = place
        session.add(one)
    row.updated_at = now
    touch_agenda(session, row)


def withdraw_case(
    session: Session,
    case_id: UUID,
    *,
    reason: str,
    text: str = "",
    author: Author,
    now: datetime,
    seen: int | None = None,
) -> CaseOut:
    """Take a case off for good, with a reason; the first one waiting takes its place.

    Raises:
        NotFound: ``RCP-400``.
        InvalidInput: ``RCP-404`` no reason.
        Conflict: ``RCP-401`` it was discussed already, ``RCP-405`` it changed since.
    """
    chosen = side_reason(reason, text)
    row = locked_case(session, case_id, seen=seen)
    out = take_step(
        session, row, CaseState.WITHDRAWN, author=author, now=now, reason=chosen.value, text=text
    )
    tell_about_case(session, row, CASE_PUT_OFF, now=now, except_id=author.account_id)
    _promote(session, row.session_id, now)
    return out


def postpone_case(
    session: Session,
    case_id: UUID,
    *,
    reason: str,
    text: str = "",
    to_session_id: UUID | None = None,
    author: Author,
    now: datetime,
    seen: int | None = None,
) -> CaseOut:
    """Put a case off: it stays on this agenda as postponed, and a new request carries on its fiche.

    Args:
        to_session_id: The session it goes to; None lets it wait for one.

    Returns:
        The new case.

    Raises:
        As ``withdraw_case`` and ``register_case``.
    """
    chosen = side_reason(reason, text)
    row = locked_case(session, case_id, seen=seen)
    take_step(
        session, row, CaseState.POSTPONED, author=author, now=now, reason=chosen.value, text=text
    )
    tell_about_case(session, row, CASE_PUT_OFF, now=now, except_id=author.account_id)
    fiche_id, row.fiche_id = row.fiche_id, None
    session.add(row)
    session.flush()
    again = request_case(
        session,
        Request(
            rcp_id=row.rcp_id,
            patient_id=row.patient_id,
            motive=row.motive,
            is_regularisation=row.is_regularisation,
            lane=Lane(row.lane),
            presenter=_person(row.presenter),
            needs=row.needs,
            attachments=row.attachments,
            previous_id=row.id,
            fiche_id=fiche_id,
        ),
        author=_person(row.requester),
        now=now,
    )
    _promote(session, row.session_id, now)
    if to_session_id is not None:
        return register_case(session, again.id, to_session_id, author=author, now=now)
    return again


def release_cases(session: Session, session_id: UUID, *, author: Author, now: datetime) -> int:
    """Send the cases of a cancelled session back to waiting; return how many."""
    rows = _on_agenda(session, session_id, waiting=True)
    for row in rows:
        if row.state != CaseState.REQUESTED:
            take_step(session, row, CaseState.REQUESTED, author=author, now=now)
        row.session_id, row.rank, row.is_late = None, 0, False
        session.add(row)
    session.flush()
    return len(rows)


def refuse_opposed(session: Session, patient_id: UUID) -> None:
    """Refuse to share a patient who opposes the regional record.

    Raises:
        Conflict: ``RCP-402``.
    """
    if is_opposed_to(session, patient_id, SharingPurpose.DCC):
        raise Conflict(
            "RCP-402",
            "Le patient s'oppose au partage de son dossier régional : il ne peut pas être "
            "présenté. Retirez la demande, ou notez qu'il a changé d'avis.",
        )


def _refuse_request(session: Session, request: Request, patient_id: UUID) -> None:
    refuse_opposed(session, patient_id)
    if request.motive not in MOTIVES:
        raise InvalidInput("RCP-406", "Choisissez un motif dans la liste.", field="motive")
    if request.is_regularisation and request.lane is Lane.RECORDING:
        raise InvalidInput(
            "RCP-407",
            "Un dossier présenté a posteriori doit être discuté : il ne peut pas être enregistré.",
            field="lane",
        )
    waiting = select(Case.id).where(
        Case.rcp_id == request.rcp_id,
        Case.patient_id == patient_id,
        col(Case.state).in_([CaseState.REQUESTED, *TO_DISCUSS, CaseState.IN_SESSION]),
    )
    if session.exec(waiting).first() is not None:
        raise Conflict(
            "RCP-403",
            "Ce patient est déjà inscrit ou en attente dans cette RCP. Complétez cette demande.",
        )


def _refuse_registration(session: Session, row: Case, meeting: Meeting) -> None:
    if row.rcp_id != meeting.rcp_id:
        raise Conflict("RCP-408", "Cette séance est celle d'une autre RCP.")
    if meeting.state in {SessionState.CLOSED, SessionState.CANCELLED}:
        raise Conflict("RCP-305", "La séance est terminée ou annulée. Choisissez-en une autre.")
    same = select(Case.id).where(
        Case.session_id == meeting.id,
        Case.patient_id == row.patient_id,
        Case.id != row.id,
        col(Case.state).not_in(OVER),
    )
    if session.exec(same).first() is not None:
        raise Conflict(
            "RCP-409", "Ce patient est déjà à l'ordre du jour de cette séance. Ouvrez sa fiche."
        )
    if row.state != CaseState.REQUESTED:
        raise Conflict(
            "RCP-401",
            "Ce dossier n'attend pas d'inscription. Rechargez la page.",
            state=str(row.state),
        )


def _open_to_meeting(
    session: Session,
    row: Case,
    rcp: Rcp,
    presenter: Author | None,
    now: datetime,
    until: datetime,
) -> None:
    """Open the dossier to the RCP and to who presents it, for as long as the case needs."""
    grant_care_relation(
        session,
        patient_id=row.patient_id,
        holder=Holder(scope=rcp.scope),
        source=CareSource.RCP,
        now=now,
        reference=str(row.id),
        ends_at=until,
    )
    if presenter is not None and presenter.account_id is not None:
        grant_care_relation(
            session,
            patient_id=row.patient_id,
            holder=Holder(account_id=presenter.account_id),
            source=CareSource.PRESENTER,
            now=now,
            reference=str(row.id),
        )


def _promote(session: Session, session_id: UUID | None, now: datetime) -> None:
    """Give a freed place to the first case of the waiting list."""
    if session_id is None:
        return
    meeting, _rcp = locked_session(session, session_id)
    is_open = meeting.state in {SessionState.PLANNED, SessionState.OPEN}
    if not is_open or _count(session, session_id) >= meeting.capacity:
        return
    statement = select(Case).where(Case.session_id == session_id, Case.state == CaseState.REQUESTED)
    first = session.exec(statement.order_by(col(Case.created_at), col(Case.id))).first()
    if first is not None:
        first.rank = _last_rank(session, session_id) + 1
        take_step(session, first, CaseState.REGISTERED, author=SYSTEM, now=now)


def _on_agenda(session: Session, session_id: UUID, *, waiting: bool = False) -> list[Case]:
    left = OVER if waiting else OFF_AGENDA
    statement = select(Case).where(Case.session_id == session_id, col(Case.state).not_in(left))
    return list(session.exec(statement.order_by(col(Case.rank), col(Case.created_at))))


def _count(session: Session, session_id: UUID) -> int:
    return len(_on_agenda(session, session_id))


def _last_rank(session: Session, session_id: UUID) -> int:
    return max((row.rank for row in _on_agenda(session, session_id)), default=0)


def _person(kept: Mapping[str, str]) -> Author:
    account_id = kept.get("account_id")
    return Author(
        UUID(account_id) if account_id else None, kept.get("national_id", ""), kept.get("name", "")
    )
