"""The page of one session: its agenda, who is expected, and what its secretary does with it."""

from datetime import date, datetime, timedelta
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from sqlmodel import Session

from dcc_core.api import (
    CurrentPage,
    FormFields,
    Html,
    InvalidInput,
    Page,
    Transaction,
    find_account,
)
from dcc_rcp_meetings.cases.models import CaseOut
from dcc_rcp_meetings.cases.registration import release_cases
from dcc_rcp_meetings.cases.states import OVER, REASON_LABELS, CaseState
from dcc_rcp_meetings.cases.steps import list_agenda
from dcc_rcp_meetings.directory.models import FUNCTION_LABELS
from dcc_rcp_meetings.directory.service import rcps_in_scopes, read_rcp, search_rcps
from dcc_rcp_meetings.directory.specialities import speciality_label
from dcc_rcp_meetings.people import Person
from dcc_rcp_meetings.permissions import (
    ATTEND_SESSIONS,
    LIST_CASES,
    MANAGE_SESSIONS,
)
from dcc_rcp_meetings.quorum.shelf import rule_on
from dcc_rcp_meetings.sessions.invitations import answer_invitation, invite_person
from dcc_rcp_meetings.sessions.models import Answer, SessionOut
from dcc_rcp_meetings.sessions.recurrence import local_instant
from dcc_rcp_meetings.sessions.service import (
    cancel_session,
    create_session,
    duplicate_session,
    move_session,
    plan_sessions,
)
from dcc_rcp_meetings.web.access import (
    OpenedSession,
    author_of_page,
    holds_in_scope,
    open_session_page,
    read_id,
    refuse_out_of_scope,
)
from dcc_rcp_meetings.web.agenda import AgendaLine, agenda_lines, outlook_of

_ONE = "/seances/{session_id:uuid}"
_LIST = {"permission": LIST_CASES}
_MANAGE = {"permission": MANAGE_SESSIONS}
_PLAN_AHEAD = timedelta(weeks=26)


@get(_ONE, name="rcp_meetings.session", opt=_LIST, sync_to_thread=True)
def session_page(page: CurrentPage, session: Transaction, session_id: FromPath[UUID]) -> Html:
    """Show the agenda of a session, who is expected and what the quorum will be."""
    opened = open_session_page(page, session, session_id)
    lines = _visible_lines(page, session, opened)
    return page.render(
        "rcp_meetings/session.html",
        opened=opened,
        meeting=opened.meeting,
        lines=[line for line in lines if line.case.state not in OVER and line.case.rank],
        waiting=[line for line in lines if line.case.state is CaseState.REQUESTED],
        gone=[line for line in lines if line.case.state in OVER],
        outlook=_outlook(session, opened.meeting),
        reasons=[(reason.value, label) for reason, label in REASON_LABELS.items()],
        to_sign=sum(1 for line in lines if line.case.state is CaseState.DRAFTED),
        speciality=speciality_label,
        answers=_ANSWERS,
        functions=FUNCTION_LABELS,
        now=page.site.runtime.clock(),
    )


@get(f"{_ONE}/ordre-du-jour", name="rcp_meetings.session.agenda", opt=_LIST, sync_to_thread=True)
def printed_agenda(page: CurrentPage, session: Transaction, session_id: FromPath[UUID]) -> Html:
    """Show the agenda as it is printed: no INS, nothing clinical beyond the motive."""
    opened = open_session_page(page, session, session_id)
    lines = _visible_lines(page, session, opened)
    return page.render(
        "rcp_meetings/agenda.html",
        meeting=opened.meeting,
        lines=[line for line in lines if line.case.rank and line.case.state not in OVER],
        speciality=speciality_label,
        answers=_ANSWERS,
    )


@get("/seances/nouvelle", name="rcp_meetings.session.new", opt=_MANAGE, sync_to_thread=True)
def new_session(page: CurrentPage, session: Transaction) -> Html:
    """Show the form of a new session."""
    return _form(page, session)


@post("/seances", name="rcp_meetings.session.create", opt=_MANAGE, sync_to_thread=True)
def create(page: CurrentPage, session: Transaction, data: FormFields) -> Html:
    """Create one session, or those of the rhythm for six months."""
    rcp = read_rcp(session, read_id(data, "rcp"))
    if not holds_in_scope(page, MANAGE_SESSIONS, rcp.scope):
        refuse_out_of_scope(rcp.id, MANAGE_SESSIONS)
    now = page.site.runtime.clock()
    if data.get("how") == "rhythm":
        made = plan_sessions(session, rcp.id, until=now + _PLAN_AHEAD, now=now)
        notice = f"{len(made)} séance(s) créée(s) selon le rythme de la RCP."
        return page.redirect(page.at("rcp_meetings.calendar"), notice=notice)
    starts_at = _instant(data, rcp.timezone)
    minutes = _minutes(data.get("minutes", "90"))
    made_one = create_session(session, rcp.id, starts_at=starts_at, minutes=minutes, now=now)
    return _back(page, made_one.id, "La séance est créée ; ses membres y sont attendus.")


@post(f"{_ONE}/reponse", name="rcp_meetings.session.answer",
      opt={"permission": ATTEND_SESSIONS}, sync_to_thread=True)  # fmt: skip
def answer(
    page: CurrentPage, session: Transaction, session_id: FromPath[UUID], data: FormFields
) -> Html:
    """Record the visitor's answer, or that of a guest when their secretary gives it."""
    opened = open_session_page(page, session, session_id)
    given = data.get("guest", "")
    national_id = given if given and opened.may_manage else opened.me
    try:
        chosen = Answer(data.get("answer", ""))
    except ValueError:
        chosen = Answer.NONE
    answer_invitation(
        session, session_id, national_id=national_id, answer=chosen, now=page.site.runtime.clock()
    )
    return _back(page, session_id, "La réponse est notée.")


@post(f"{_ONE}/invitations", name="rcp_meetings.session.invite", opt=_MANAGE, sync_to_thread=True)
def invite(
    page: CurrentPage, session: Transaction, session_id: FromPath[UUID], data: FormFields
) -> Html:
    """Invite one more professional by RPPS number or identifier."""
    open_session_page(page, session, session_id, action=MANAGE_SESSIONS)
    account = find_account(session, data.get("identifier", "").strip())
    if account is None or account.national_id is None:
        raise InvalidInput(
            "RCP-340",
            "Aucun compte n'a cet identifiant. Vérifiez le numéro RPPS.",
            field="identifier",
        )
    name = " ".join(filter(None, (account.title, account.given_name, account.family_name)))
    person = Person(
        account.national_id, name, account.specialty, account.profession or "10", account.id
    )
    invite_person(session, session_id, person, now=page.site.runtime.clock())
    return _back(page, session_id, "La personne est attendue à la séance.")


@post(f"{_ONE}/deplacer", name="rcp_meetings.session.move", opt=_MANAGE, sync_to_thread=True)
def move(
    page: CurrentPage, session: Transaction, session_id: FromPath[UUID], data: FormFields
) -> Html:
    """Move the session to another day or hour."""
    opened = open_session_page(page, session, session_id, action=MANAGE_SESSIONS)
    move_session(
        session,
        session_id,
        starts_at=_instant(data, opened.meeting.timezone),
        reason=data.get("reason", ""),
        now=page.site.runtime.clock(),
    )
    return _back(page, session_id, "La séance est déplacée ; chacun doit répondre de nouveau.")


@post(f"{_ONE}/dupliquer", name="rcp_meetings.session.copy", opt=_MANAGE, sync_to_thread=True)
def duplicate(
    page: CurrentPage, session: Transaction, session_id: FromPath[UUID], data: FormFields
) -> Html:
    """Create a session like this one, without its cases."""
    opened = open_session_page(page, session, session_id, action=MANAGE_SESSIONS)
    starts_at = _instant(data, opened.meeting.timezone)
    now = page.site.runtime.clock()
    made = duplicate_session(session, session_id, starts_at=starts_at, now=now)
    return _back(page, made.id, "La séance est créée sur le modèle de la précédente.")


@post(f"{_ONE}/annuler", name="rcp_meetings.session.cancel", opt=_MANAGE, sync_to_thread=True)
def cancel(
    page: CurrentPage, session: Transaction, session_id: FromPath[UUID], data: FormFields
) -> Html:
    """Cancel the session; its cases wait for another one."""
    open_session_page(page, session, session_id, action=MANAGE_SESSIONS)
    now = page.site.runtime.clock()
    cancel_session(session, session_id, reason=data.get("reason", ""), now=now)
    count = release_cases(session, session_id, author=author_of_page(page), now=now)
    return _back(page, session_id, f"La séance est annulée ; {count} dossier(s) à réinscrire.")


_ANSWERS = {
    Answer.ROOM: ("Sur place", "ok", "check"),
    Answer.VIDEO: ("À distance", "ok", "video"),
    Answer.ABSENT: ("Absent", "danger", "x"),
    Answer.NONE: ("Sans réponse", "warn", "clock"),
}


def _visible_lines(page: Page, session: Session, opened: OpenedSession) -> tuple[AgendaLine, ...]:
    account_id = page.visitor.actor.account_id
    cases: list[CaseOut] = [
        case for case in list_agenda(session, opened.meeting.id) if opened.sees(case, account_id)
    ]
    return agenda_lines(session, cases)


def _outlook(session: Session, meeting: SessionOut) -> object:
    rule = rule_on(session, meeting.quorum_code, meeting.local_start.date())
    return outlook_of(rule, meeting.guests)


def _form(page: Page, session: Session) -> Html:
    today = page.site.runtime.clock().date()
    mine = set(rcps_in_scopes(session, page.visitor.actor.scopes))
    rcps = [rcp for rcp in search_rcps(session, active_on=today) if rcp.id in mine]
    return page.render("rcp_meetings/session_form.html", rcps=rcps, values={}, errors={})


def _back(page: Page, session_id: UUID, notice: str) -> Html:
    return page.redirect(page.at("rcp_meetings.session", session_id=session_id), notice=notice)


def _instant(data: dict[str, str], timezone: str) -> datetime:
    try:
        day = date.fromisoformat(data.get("day", ""))
        return local_instant(day, data.get("hour", ""), timezone)
    except ValueError:
        raise InvalidInput(
            "RCP-341", "Indiquez le jour et l'heure de la séance.", field="day"
        ) from None


def _minutes(given: str) -> int:
    return int(given) if given.isdecimal() and 15 <= int(given) <= 480 else 90


ROUTES = (
    new_session,
    session_page,
    printed_agenda,
    create,
    answer,
    invite,
    move,
    duplicate,
    cancel,
)
"""Route handlers of this module."""
