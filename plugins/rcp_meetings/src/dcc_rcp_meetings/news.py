"""What people are told of: an opinion was signed, a case was put off, a session changed."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, select

from dcc_core.api import NotificationKind, notify
from dcc_rcp_meetings.permissions import LIST_CASES, READ_FICHES
from dcc_rcp_meetings.tables import Case, Invitation

OPINION_SIGNED = "rcp_meetings.signed"
CASE_PUT_OFF = "rcp_meetings.put_off"
SESSION_CHANGED = "rcp_meetings.session_changed"

KINDS = (
    NotificationKind(
        OPINION_SIGNED,
        "L’avis de la RCP est signé pour un de vos patients.",
        route="rcp_meetings.fiche",
        parameter="case_id",
        permission=READ_FICHES,
        icon="file-text",
    ),
    NotificationKind(
        CASE_PUT_OFF,
        "Un de vos dossiers est reporté ou retiré d’une RCP.",
        route="rcp_meetings.patient",
        parameter="patient_id",
        permission=LIST_CASES,
        icon="undo-2",
    ),
    NotificationKind(
        SESSION_CHANGED,
        "Une séance où vous êtes attendu est déplacée ou annulée.",
        route="rcp_meetings.session",
        parameter="session_id",
        permission=LIST_CASES,
        icon="calendar-days",
    ),
)


def tell_about_case(
    session: Session, row: Case, kind: str, *, now: datetime, except_id: UUID | None
) -> None:
    """Tell who asked for a case and who presents it, but not whoever did it."""
    told = {row.requester_id, _account(row.presenter)} - {None, except_id}
    notify(session, _known(told), kind, row.id, now=now, patient_id=row.patient_id)


def tell_guests(session: Session, session_id: UUID, *, now: datetime) -> None:
    """Tell everybody expected at a session that it changed."""
    guests = session.exec(select(Invitation).where(Invitation.session_id == session_id)).all()
    told = _known(guest.account_id for guest in guests)
    notify(session, told, SESSION_CHANGED, session_id, now=now)


def _account(kept: dict[str, str]) -> UUID | None:
    account_id = kept.get("account_id")
    return UUID(account_id) if account_id else None


def _known(account_ids: Iterable[UUID | None]) -> list[UUID]:
    return [one for one in account_ids if one is not None]
