"""News for open pages: a stream of server-sent events, or the same on request.

A stream says that something changed, never what; the page fetches that, under its access control.
Both addresses are asked by pages, not by people: neither prolongs the session.
Source: HTML Living Standard, §9.2 "Server-sent events".
"""

from typing import Annotated, Any

from litestar import get
from litestar.params import QueryParameter
from litestar.types import ASGIApp, ControllerRouterHandler

from dcc_core.live import live_position, news_since
from dcc_core.web.authentication import PASSIVE
from dcc_core.web.envelope import AnyRequest
from dcc_core.web.guards import PERMISSION
from dcc_core.web.inject import CurrentPage, CurrentVisitor, ReadOnly
from dcc_core.web.live_stream import LiveStream, fields_of
from dcc_core.web.live_topics import read_addresses
from dcc_core.web.site import Site

_OPEN = {PERMISSION: "core.account.self", PASSIVE: True}
Wanted = Annotated[str, QueryParameter(name="suivre", max_length=4000)]
Since = Annotated[int | None, QueryParameter(name="depuis", ge=0, le=2**62)]


def live_routes(site: Site) -> list[ControllerRouterHandler]:
    """Return the stream and its fallback."""

    @get(
        "/direct",
        name="core.live",
        opt={**_OPEN, "no_compression": True},
        include_in_schema=False,
    )
    async def stream(
        request: AnyRequest, visitor: CurrentVisitor, suivre: Wanted = "", depuis: Since = None
    ) -> ASGIApp:
        """Follow what the page asks for until it leaves, or the session ends."""
        resumed = request.headers.get("last-event-id", "")
        since = int(resumed) if resumed.isdecimal() and len(resumed) < 19 else depuis
        return LiveStream(site, visitor, read_addresses(suivre), since)

    @get("/direct/nouvelles", name="core.live.news", opt=_OPEN, sync_to_thread=True)
    def news(
        page: CurrentPage, reading: ReadOnly, suivre: Wanted = "", depuis: Since = None
    ) -> dict[str, Any]:
        """Return the news since a position, for a page whose network lets no stream through.

        ``jeton`` makes the forms of a page valid again after its person has signed in anew.
        """
        wanted = read_addresses(suivre)
        permitted = site.live.topics.permitted(reading, page.visitor, wanted)
        position = live_position(reading)
        found = None if depuis is None else news_since(reading, depuis, permitted)
        return {
            "compte": str(page.visitor.actor.account_id),
            "jeton": page.csrf,
            "secondes": page.session_seconds,
            "position": position,
            "suivi": sorted(permitted),
            "relire": depuis is not None and found is None,
            "nouvelles": [fields_of(one) for one in found or ()],
        }

    return [stream, news]
