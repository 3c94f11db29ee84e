"""Who is expected at a session, and what they answered."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from dcc_core.api import (
    CareSource,
    Holder,
    InvalidInput,
    NotFound,
    grant_care_relation,
    record_event,
)
from dcc_rcp_meetings.people import Person
from dcc_rcp_meetings.sessions.models import Answer, Guest, guest_out
from dcc_rcp_meetings.tables import Case, Invitation, Meeting, Member

OPEN_MARGIN = timedelta(days=30)
"""A meeting reads a dossier from the registration until so long after the session."""


def invite_members(session: Session, meeting: Meeting) -> None:
    """Copy the usual persons of the RCP to a session; deputies are invited by hand."""
    statement = select(Member).where(Member.rcp_id == meeting.rcp_id).order_by(col(Member.id))
    invited: set[str] = set()
    for member in session.exec(statement):
        if member.function == "suppleant" or member.national_id in invited:
            continue
        invited.add(member.national_id)
        name = " ".join(filter(None, (member.title, member.given_name, member.family_name)))
        session.add(
            Invitation(
                session_id=meeting.id,
                account_id=member.account_id,
                national_id=member.national_id,
                name=name,
                function=member.function,
                profession=member.profession,
                speciality=member.speciality,
            )
        )
    session.flush()


def invite_person(
    session: Session, session_id: UUID, person: Person, *, now: datetime, function: str = "membre"
) -> Guest:
    """Invite one more person and open the agenda's dossiers to them; inviting twice is once.

    Raises:
        NotFound: ``RCP-300`` no such session.
    """
    meeting = session.get(Meeting, session_id)
    if meeting is None:
        raise NotFound("RCP-300", "Cette séance n'existe pas ou vous n'y avez pas accès.")
    row = _find(session, session_id, person.national_id)
    if row is None:
        row = Invitation(
            session_id=session_id,
            account_id=person.account_id,
            national_id=person.national_id,
            name=person.name,
            function=function,
            profession=person.profession,
            speciality=person.speciality,
        )
        session.add(row)
        session.flush()
        record_event(session, "rcp.invite", object_kind="rcp_session", object_id=session_id)
        for case in session.exec(select(Case).where(Case.session_id == session_id)).all():
            open_dossier(session, case, row, now=now, until=meeting.ends_at + OPEN_MARGIN)
    return guest_out(row)


def answer_invitation(
    session: Session, session_id: UUID, *, national_id: str, answer: Answer, now: datetime
) -> Guest:
    """Record what somebody invited answers; the last answer holds.

    Raises:
        NotFound: ``RCP-310`` they are not invited.
        InvalidInput: ``RCP-311`` no answer is given.
    """
    row = _find(session, session_id, national_id)
    if row is None:
        raise NotFound("RCP-310", "Vous n'êtes pas attendu à cette séance.")
    if answer is Answer.NONE:
        raise InvalidInput("RCP-311", "Choisissez une réponse.", field="answer")
    row.answer, row.answered_at = answer, now
    session.add(row)
    session.flush()
    record_event(session, "rcp.answer", object_kind="rcp_session", object_id=session_id)
    return guest_out(row)


def open_dossier(
    session: Session, case: Case, guest: Invitation, *, now: datetime, until: datetime
) -> None:
    """Let somebody expected at the session read the dossier of a case on its agenda."""
    if guest.account_id is not None:
        grant_care_relation(
            session,
            patient_id=case.patient_id,
            holder=Holder(account_id=guest.account_id),
            source=CareSource.RCP,
            now=now,
            reference=str(case.id),
            ends_at=max(until, now + OPEN_MARGIN),
        )


def list_guests(session: Session, session_id: UUID) -> Sequence[Invitation]:
    """Return the invitations of a session, by name."""
    statement = select(Invitation).where(Invitation.session_id == session_id)
    return session.exec(statement.order_by(col(Invitation.name), col(Invitation.id))).all()


def guests_of(session: Session, session_ids: Sequence[UUID]) -> dict[UUID, list[Guest]]:
    """Return the guests of several sessions with one statement."""
    grouped: dict[UUID, list[Guest]] = {}
    statement = select(Invitation).where(col(Invitation.session_id).in_(session_ids))
    for row in session.exec(statement.order_by(col(Invitation.name), col(Invitation.id))):
        grouped.setdefault(row.session_id, []).append(guest_out(row))
    return grouped


def _find(session: Session, session_id: UUID, national_id: str) -> Invitation | None:
    return session.exec(
        select(Invitation).where(
            Invitation.session_id == session_id, Invitation.national_id == national_id
        )
    ).first()
