"""One's own account: sessions and devices, prolonging the session at hand."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from dcc_core.users import (
    end_account_sessions,
    end_session,
    list_sessions,
    touch_session,
)
from dcc_core.users.sessions import IDLE
from dcc_core.web.guards import PERMISSION
from dcc_core.web.i18n import gettext as _
from dcc_core.web.inject import CurrentPage, ReadOnly, Transaction
from dcc_core.web.page import Html
from dcc_core.web.sessions import current_session

_OWN = {PERMISSION: "core.account.self"}


@get("/compte", name="core.account", opt=_OWN, sync_to_thread=True)
def account_page(page: CurrentPage, reading: ReadOnly) -> Html:
    """Show who is signed in, with which rights, and on which devices."""
    actor = page.visitor.actor
    rows = (
        list_sessions(reading, account_id=actor.account_id, now=page.site.runtime.clock())
        if actor.account_id
        else ()
    )
    policy = page.site.access.policy
    return page.render(
        "core/account.html",
        sessions=rows,
        current_id=actor.session_id,
        roles=[policy.roles[code] for code in sorted(actor.roles) if code in policy.roles],
        permissions=policy.permissions,
    )


@post(
    "/compte/sessions/{session_id:uuid}/fermer",
    name="core.account.end",
    opt=_OWN,
    sync_to_thread=True,
)
def end_one(page: CurrentPage, session: Transaction, session_id: FromPath[UUID]) -> Html:
    """End one of one's own sessions, on another device."""
    end_session(session, session_id=session_id, account_id=page.visitor.actor.account_id)
    return page.redirect(page.at("core.account"), notice=_("La session est fermée."))


@post("/compte/sessions/fermer", name="core.account.end_others", opt=_OWN, sync_to_thread=True)
def end_others(page: CurrentPage, session: Transaction) -> Html:
    """End every session of the account but the one at hand."""
    actor = page.visitor.actor
    if actor.account_id is not None:
        end_account_sessions(session, account_id=actor.account_id, except_id=UUID(actor.session_id))
    return page.redirect(page.at("core.account"), notice=_("Les autres sessions sont fermées."))


@post("/session/prolonger", name="core.session.prolong", opt=_OWN, sync_to_thread=True)
def prolong(page: CurrentPage, session: Transaction) -> Response[Any]:
    """Keep the session alive without leaving the page, and say until when."""
    now = page.site.runtime.clock()
    current = current_session(session, page)
    if current is not None:
        touch_session(session, current=current, now=now)
        ends = min(current.expires_at, now + IDLE)
        if "json" in page.request.headers.get("accept", ""):
            return Response({"seconds": int((ends - now).total_seconds())})
    return page.redirect("/", notice=_("Votre session est prolongée."))


ROUTES = (account_page, end_one, end_others, prolong)
"""Route handlers of this module."""
