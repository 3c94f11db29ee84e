"""What the person who runs a session does: the session, its cases, who is there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import post
from litestar.params import FromPath
from litestar.response import Response
from sqlmodel import Session

from dcc_core.api import CurrentPage, FormFields, InvalidInput, NotFound, Page, Transaction
from dcc_rcp_meetings.cases.discussion import (
    change_lane,
    close_session,
    conclude_case,
    open_session,
    reopen_case,
    show_case,
    suspend_session,
)
from dcc_rcp_meetings.cases.following import follow_on
from dcc_rcp_meetings.cases.models import CaseOut
from dcc_rcp_meetings.cases.registration import postpone_case, withdraw_case
from dcc_rcp_meetings.cases.states import TO_DISCUSS, CaseState, Lane
from dcc_rcp_meetings.cases.steps import list_agenda
from dcc_rcp_meetings.live.pages import SCREEN, screen_of
from dcc_rcp_meetings.people import Author, Person
from dcc_rcp_meetings.permissions import ATTEND_SESSIONS, HOLD_SESSIONS, REQUEST_CASES
from dcc_rcp_meetings.quorum.rules import Mode
from dcc_rcp_meetings.sessions.models import SessionOut
from dcc_rcp_meetings.sessions.presence import (
    record_arrival,
    record_departure,
    record_opinion,
)
from dcc_rcp_meetings.web.access import (
    author_of_page,
    open_case_page,
    open_session_page,
    person_of_page,
)

_HOLD = {"permission": HOLD_SESSIONS}
Done = Response[Any]


@dataclass(frozen=True, slots=True)
class _Deed:
    """What an action needs: where, what, who, when, and what was posted."""

    session: Session
    meeting: SessionOut
    case: CaseOut
    author: Author
    now: datetime
    data: dict[str, str]

    @property
    def seen(self) -> int | None:
        """Return the revision of the case that the person saw."""
        given = self.data.get("revision", "")
        return int(given) if given.isdecimal() else None


@post(SCREEN, name="rcp_meetings.live.hold", opt=_HOLD, sync_to_thread=True)
def hold(
    page: CurrentPage, session: Transaction, session_id: FromPath[UUID], data: FormFields
) -> Done:
    """Open, suspend, resume or close the session."""
    open_session_page(page, session, session_id, action=HOLD_SESSIONS)
    now = page.site.runtime.clock()
    match data.get("action", ""):
        case "ouvrir":
            open_session(session, session_id, now=now)
            return _done(page, session_id, "La séance est ouverte.")
        case "suspendre":
            suspend_session(session, session_id, now=now)
            return _done(page, session_id, "La séance est suspendue.")
        case "clore" | "clore_et_reporter" as chosen:
            author, rest = author_of_page(page), chosen == "clore_et_reporter"
            close_session(session, session_id, author=author, now=now, postpone_rest=rest)
            return _done(page, session_id, "La séance est close.")
    raise _unknown()


@post(f"{SCREEN}/dossiers/{{case_id:uuid}}", name="rcp_meetings.live.case", opt=_HOLD,
      sync_to_thread=True)  # fmt: skip
def act(
    page: CurrentPage,
    session: Transaction,
    session_id: FromPath[UUID],
    case_id: FromPath[UUID],
    data: FormFields,
) -> Done:
    """Do one thing with a case of the agenda."""
    opened = open_session_page(page, session, session_id, action=HOLD_SESSIONS)
    found = next((c for c in list_agenda(session, session_id) if c.id == case_id), None)
    if found is None:
        raise NotFound("RCP-400", "Ce dossier n'est pas à l'ordre du jour de cette séance.")
    chosen = _DEEDS.get(data.get("action", ""))
    if chosen is None:
        raise _unknown()
    if chosen is _send_on:
        open_case_page(page, session, case_id, action=REQUEST_CASES)
    author, now = author_of_page(page), page.site.runtime.clock()
    notice = chosen(_Deed(session, opened.meeting, found, author, now, data))
    return _done(page, session_id, notice)


@post(f"{SCREEN}/presences", name="rcp_meetings.live.presence", opt=_HOLD, sync_to_thread=True)
def presence(
    page: CurrentPage, session: Transaction, session_id: FromPath[UUID], data: FormFields
) -> Done:
    """Note that somebody expected arrives, changes to video, or leaves."""
    opened = open_session_page(page, session, session_id, action=HOLD_SESSIONS)
    how, _, national_id = data.get("qui", "").partition("|")
    person = _expected(opened.meeting, national_id)
    _note_presence(session, session_id, person, how, page.site.runtime.clock())
    return _done(page, session_id, "La présence est notée.")


@post(f"{SCREEN}/ma-presence", name="rcp_meetings.live.mine",
      opt={"permission": ATTEND_SESSIONS}, sync_to_thread=True)  # fmt: skip
def my_presence(
    page: CurrentPage, session: Transaction, session_id: FromPath[UUID], data: FormFields
) -> Done:
    """Let somebody connected say themselves that they take part, or leave."""
    opened = open_session_page(page, session, session_id)
    if not opened.is_whole:
        raise NotFound("RCP-310", "Vous n'êtes pas attendu à cette séance.")
    is_expected = any(guest.national_id == opened.me for guest in opened.meeting.guests)
    me = _expected(opened.meeting, opened.me) if is_expected else person_of_page(page, session)
    _note_presence(session, session_id, me, data.get("qui", ""), page.site.runtime.clock())
    return _done(page, session_id, "Votre présence est notée.")


@post(f"{SCREEN}/avis/{{case_id:uuid}}/recueilli", name="rcp_meetings.live.opinion", opt=_HOLD,
      sync_to_thread=True)  # fmt: skip
def opinion(
    page: CurrentPage,
    session: Transaction,
    session_id: FromPath[UUID],
    case_id: FromPath[UUID],
    data: FormFields,
) -> Done:
    """Note an opinion collected outside the meeting; it counts for this case alone."""
    opened = open_session_page(page, session, session_id, action=HOLD_SESSIONS)
    if all(case.id != case_id for case in list_agenda(session, session_id)):
        raise NotFound("RCP-400", "Ce dossier n'est pas à l'ordre du jour de cette séance.")
    person = _expected(opened.meeting, data.get("qui", ""))
    text = data.get("texte", "").strip()
    if not text:
        raise InvalidInput("RCP-442", "Notez ce que dit l'avis recueilli.", field="texte")
    record_opinion(session, case_id, person, given_at=page.site.runtime.clock(), text=text)
    return _done(page, session_id, "L'avis recueilli est noté pour ce dossier.")


def _show(deed: _Deed) -> str:
    meeting_id, case_id = deed.meeting.id, deed.case.id
    show_case(deed.session, meeting_id, case_id, author=deed.author, now=deed.now)
    return f"Le dossier {deed.case.rank} est en discussion."


def _conclude(deed: _Deed) -> str:
    conclude_case(deed.session, deed.case.id, author=deed.author, now=deed.now, seen=deed.seen)
    following = _next(deed)
    if following is None:
        return "L'avis est conclu. C'était le dernier dossier."
    show_case(deed.session, deed.meeting.id, following.id, author=deed.author, now=deed.now)
    return f"L'avis est conclu. Le dossier {following.rank} est en discussion."


def _skip(deed: _Deed) -> str:
    following = _next(deed)
    if following is None:
        raise InvalidInput(
            "RCP-443", "Aucun autre dossier n'attend. Concluez ou reportez celui-ci."
        )
    show_case(deed.session, deed.meeting.id, following.id, author=deed.author, now=deed.now)
    return f"Le dossier {following.rank} est en discussion ; le précédent attend."


def _postpone(deed: _Deed) -> str:
    case = deed.case
    postpone_case(deed.session, case.id, **_why(deed))
    return f"Le dossier {case.rank} est reporté ; sa fiche le suit."


def _withdraw(deed: _Deed) -> str:
    withdraw_case(deed.session, deed.case.id, **_why(deed))
    return f"Le dossier {deed.case.rank} est retiré."


def _record(deed: _Deed) -> str:
    """Conclude a strictly standard case without discussion."""
    author, now = deed.author, deed.now
    change_lane(deed.session, deed.case.id, Lane.RECORDING, author=author, now=now)
    conclude_case(deed.session, deed.case.id, author=author, now=now)
    return f"Le dossier {deed.case.rank} est enregistré sans discussion."


def _reopen(deed: _Deed) -> str:
    reopen_case(deed.session, deed.case.id, author=deed.author, now=deed.now, seen=deed.seen)
    return f"Le dossier {deed.case.rank} est de nouveau en discussion."


def _send_on(deed: _Deed) -> str:
    try:
        rcp_id = UUID(deed.data.get("rcp", ""))
    except ValueError:
        raise InvalidInput("RCP-342", "Choisissez une RCP dans la liste.", field="rcp") from None
    follow_on(deed.session, deed.case.id, rcp_id, author=deed.author, now=deed.now)
    return "La demande est adressée avec les documents."


_DEEDS: dict[str, Callable[[_Deed], str]] = {
    "montrer": _show,
    "conclure": _conclude,
    "passer": _skip,
    "reporter": _postpone,
    "retirer": _withdraw,
    "enregistrer": _record,
    "rouvrir": _reopen,
    "adresser": _send_on,
}


def _next(deed: _Deed) -> CaseOut | None:
    """Return the next case that waits after this one, else the first that waits."""
    waiting = [
        case
        for case in list_agenda(deed.session, deed.meeting.id)
        if case.state in TO_DISCUSS and case.id != deed.case.id
    ]
    return next((case for case in waiting if case.rank > deed.case.rank), next(iter(waiting), None))


def _why(deed: _Deed) -> dict[str, Any]:
    seen = deed.seen if deed.case.state is CaseState.IN_SESSION else None
    return {
        "reason": deed.data.get("reason", ""),
        "text": deed.data.get("reason_text", ""),
        "author": deed.author,
        "now": deed.now,
        "seen": seen,
    }


def _note_presence(
    session: Session, session_id: UUID, person: Person, how: str, now: datetime
) -> None:
    if how == "depart":
        record_departure(session, session_id, national_id=person.national_id, now=now)
    elif how in {Mode.ROOM.value, Mode.VIDEO.value}:
        record_arrival(session, session_id, person, mode=Mode(how), now=now)
    else:
        raise _unknown()


def _expected(meeting: SessionOut, national_id: str) -> Person:
    for guest in meeting.guests:
        if guest.national_id == national_id:
            return Person(
                guest.national_id, guest.name, guest.speciality, guest.profession, guest.account_id
            )
    raise NotFound("RCP-310", "Cette personne n'est pas attendue à la séance. Invitez-la d'abord.")


def _done(page: Page, session_id: UUID, notice: str) -> Done:
    """Answer a script with a sentence, a form with the screen."""
    if "json" in page.request.headers.get("accept", ""):
        return Response({"notice": notice}, status_code=200)
    return page.redirect(screen_of(page, session_id), notice=notice)


def _unknown() -> InvalidInput:
    return InvalidInput("RCP-444", "Action inconnue. Rechargez la page.", field="action")


ROUTES = (hold, act, presence, my_presence, opinion)
"""Route handlers of this module."""
