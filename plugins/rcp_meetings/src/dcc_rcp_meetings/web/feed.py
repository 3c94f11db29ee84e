"""My calendar: an address to subscribe to, and what it answers."""

from litestar import get, post
from litestar.params import FromQuery
from litestar.response import Response

from dcc_core.api import CurrentPage, Html, ReadOnly, Transaction
from dcc_rcp_meetings.permissions import READ_SESSIONS
from dcc_rcp_meetings.sessions.calendar_feed import (
    has_address,
    read_calendar,
    renew_address,
    revoke_address,
)

_MINE = {"permission": READ_SESSIONS}


@get("/agenda", name="rcp_meetings.feed", opt=_MINE, sync_to_thread=True)
def feed_page(page: CurrentPage, reading: ReadOnly) -> Html:
    """Tell whether the calendar may be subscribed to."""
    account_id = page.visitor.actor.account_id
    known = account_id is not None and has_address(reading, account_id)
    return page.render("rcp_meetings/feed.html", is_open=known, secret_address="")


@post("/agenda", name="rcp_meetings.feed.renew", opt=_MINE, sync_to_thread=True)
def renew(page: CurrentPage, session: Transaction) -> Html:
    """Give a new address, shown once."""
    account_id = page.visitor.actor.account_id
    if account_id is None:
        return page.redirect(page.at("rcp_meetings.feed"))
    secret = renew_address(session, account_id, now=page.site.runtime.clock())
    address = f"{page.origin}{page.at('rcp_meetings.feed.ics')}?cle={secret}"
    return page.render("rcp_meetings/feed.html", is_open=True, secret_address=address)


@post("/agenda/revoquer", name="rcp_meetings.feed.revoke", opt=_MINE, sync_to_thread=True)
def revoke(page: CurrentPage, session: Transaction) -> Html:
    """Stop the address at once."""
    account_id = page.visitor.actor.account_id
    if account_id is not None:
        revoke_address(session, account_id, now=page.site.runtime.clock())
    return page.redirect(page.at("rcp_meetings.feed"), notice="L’adresse ne répond plus.")


@get("/agenda.ics", name="rcp_meetings.feed.ics", opt={"public": True}, sync_to_thread=True)
def calendar_file(page: CurrentPage, reading: ReadOnly, cle: FromQuery[str] = "") -> Response[str]:
    """Answer a calendar program; the secret stands in the query, which no log keeps."""
    text = read_calendar(reading, cle, now=page.site.runtime.clock()) if cle else None
    if text is None:
        return Response("", status_code=404, media_type="text/plain")
    headers = {"cache-control": "private, max-age=900", "referrer-policy": "no-referrer"}
    return Response(text, media_type="text/calendar; charset=utf-8", headers=headers)


ROUTES = (feed_page, renew, revoke, calendar_file)
"""Route handlers of this module."""
