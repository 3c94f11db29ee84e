"""What a person does with a case from an agenda: order, register, put off, withdraw, confirm."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath

from dcc_core.api import CurrentPage, FormFields, Html, Page, Transaction
from dcc_rcp_meetings.cases.discussion import change_lane, prepare_case
from dcc_rcp_meetings.cases.models import CaseOut
from dcc_rcp_meetings.cases.registration import (
    move_on_agenda,
    postpone_case,
    register_case,
    withdraw_case,
)
from dcc_rcp_meetings.cases.states import OVER, Lane
from dcc_rcp_meetings.cases.steps import list_cases
from dcc_rcp_meetings.permissions import LIST_CASES, REGISTER_CASES
from dcc_rcp_meetings.web.access import author_of_page, open_case_page, read_id
from dcc_rcp_meetings.web.agenda import agenda_lines

_ONE = "/dossiers/{case_id:uuid}"
_REGISTER = {"permission": REGISTER_CASES}


@get("/mes-dossiers", name="rcp_meetings.mine", opt={"permission": LIST_CASES},
     sync_to_thread=True)  # fmt: skip
def my_cases(page: CurrentPage, session: Transaction) -> Html:
    """Show the cases the visitor asked for, and what each still lacks."""
    account_id = page.visitor.actor.account_id
    cases = list_cases(session, requester_id=account_id, limit=100) if account_id else ()
    lines = agenda_lines(session, [c for c in cases if c.state not in OVER], event="rcp.mine")
    return page.render("rcp_meetings/mine.html", lines=lines)


@post(f"{_ONE}/inscrire", name="rcp_meetings.case.register", opt=_REGISTER, sync_to_thread=True)
def register(
    page: CurrentPage, session: Transaction, case_id: FromPath[UUID], data: FormFields
) -> Html:
    """Put a waiting case on the agenda of a session."""
    open_case_page(page, session, case_id, action=REGISTER_CASES)
    case = register_case(
        session,
        case_id,
        read_id(data, "session"),
        author=author_of_page(page),
        now=page.site.runtime.clock(),
    )
    notice = "Le patient est inscrit." if case.rank else "La séance est complète : il attend."
    return _back(page, case, notice)


@post(f"{_ONE}/ordre", name="rcp_meetings.case.order", opt=_REGISTER, sync_to_thread=True)
def order(
    page: CurrentPage, session: Transaction, case_id: FromPath[UUID], data: FormFields
) -> Html:
    """Move a case up or down the agenda."""
    case, _opened = open_case_page(page, session, case_id, action=REGISTER_CASES)
    step = 1 if data.get("to") == "down" else -1
    move_on_agenda(session, case_id, rank=case.rank + step, now=page.site.runtime.clock())
    return _back(page, case, "")


@post(f"{_ONE}/confirmer", name="rcp_meetings.case.prepare", opt=_REGISTER, sync_to_thread=True)
def prepare(page: CurrentPage, session: Transaction, case_id: FromPath[UUID]) -> Html:
    """Confirm that the fiche is ready for the discussion."""
    open_case_page(page, session, case_id, action=REGISTER_CASES)
    now = page.site.runtime.clock()
    case = prepare_case(session, case_id, author=author_of_page(page), now=now)
    return _back(page, case, "La préparation est confirmée.")


@post(f"{_ONE}/file", name="rcp_meetings.case.lane", opt=_REGISTER, sync_to_thread=True)
def lane(
    page: CurrentPage, session: Transaction, case_id: FromPath[UUID], data: FormFields
) -> Html:
    """Send a standard case to recording, or back to discussion."""
    open_case_page(page, session, case_id, action=REGISTER_CASES)
    chosen = Lane.RECORDING if data.get("lane") == Lane.RECORDING else Lane.DISCUSSION
    now = page.site.runtime.clock()
    case = change_lane(session, case_id, chosen, author=author_of_page(page), now=now)
    return _back(page, case, "Le dossier a changé de file.")


@post(f"{_ONE}/reporter", name="rcp_meetings.case.postpone", opt=_REGISTER, sync_to_thread=True)
def postpone(
    page: CurrentPage, session: Transaction, case_id: FromPath[UUID], data: FormFields
) -> Html:
    """Put a case off with a reason; its fiche waits with it."""
    before, _opened = open_case_page(page, session, case_id, action=REGISTER_CASES)
    target = data.get("session", "")
    postpone_case(
        session,
        case_id,
        reason=data.get("reason", ""),
        text=data.get("reason_text", ""),
        to_session_id=read_id(data, "session") if target else None,
        author=author_of_page(page),
        now=page.site.runtime.clock(),
    )
    return _back(page, before, "Le dossier est reporté ; sa fiche le suit.")


@post(f"{_ONE}/retirer", name="rcp_meetings.case.withdraw", opt=_REGISTER, sync_to_thread=True)
def withdraw(
    page: CurrentPage, session: Transaction, case_id: FromPath[UUID], data: FormFields
) -> Html:
    """Take a case off for good, with a reason."""
    open_case_page(page, session, case_id, action=REGISTER_CASES)
    case = withdraw_case(
        session,
        case_id,
        reason=data.get("reason", ""),
        text=data.get("reason_text", ""),
        author=author_of_page(page),
        now=page.site.runtime.clock(),
    )
    return _back(page, case, "Le dossier est retiré.")


def _back(page: Page, case: CaseOut, notice: str) -> Html:
    if case.session_id is None:
        return page.redirect(page.at("rcp_meetings.mine"), notice=notice)
    target = page.at("rcp_meetings.session", session_id=case.session_id)
    return page.redirect(target, notice=notice)


ROUTES = (my_cases, register, order, prepare, lane, postpone, withdraw)
"""Route handlers of this module."""
