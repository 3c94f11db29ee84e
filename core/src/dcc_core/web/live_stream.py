"""One stream of server-sent events: from the hub to a browser, as long as its session lives."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar.concurrency import sync_to_thread
from litestar.types import Receive, Scope, Send
from sqlalchemy.exc import SQLAlchemyError

from dcc_core.errors import DccError
from dcc_core.live import Follower, News, news_since
from dcc_core.web.live_topics import own_addresses
from dcc_core.web.sessions import recall_visitor
from dcc_core.web.site import Site
from dcc_core.web.visitor import Visitor

HEARTBEAT_S = 15.0
SEND_WITHIN_S = 20.0
"""A browser that takes nothing for this long is gone, or too slow: it comes back by itself."""

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"x-accel-buffering", b"no"),
]
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the person stands now: until when, what they may follow, what they have missed."""

    until: datetime | None
    permitted: frozenset[str]
    missed: tuple[News, ...] | None = ()


class LiveStream:
    """The ASGI answer of one stream. It holds no thread and no connection to the database."""

    def __init__(
        self, site: Site, visitor: Visitor, wanted: frozenset[str], since: int | None
    ) -> None:
        self._site = site
        self._visitor = visitor
        self._wanted = wanted
        self._since = since
        self._own = own_addresses(visitor)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what comes until the browser leaves, is too slow, or may no longer follow."""
        with self._site.live.place(self._visitor):
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            sending = asyncio.ensure_future(self._send_all(send))
            leaving = asyncio.ensure_future(_left(receive))
            try:
                await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (sending, leaving):
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task

    async def _send_all(self, send: Send) -> None:
        try:
            async with aclosing(self._frames()) as frames:
                async for frame in frames:
                    sent = send({"type": "http.response.body", "body": frame, "more_body": True})
                    await asyncio.wait_for(sent, SEND_WITHIN_S)
        except TimeoutError:
            _logger.info("live_stream_too_slow")
            return
        except (DccError, SQLAlchemyError) as error:  # the browser comes back by itself
            code = getattr(error, "code", "") or type(error).__name__
            _logger.warning("live_stream_failed", extra={"code": code})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _frames(self) -> AsyncGenerator[bytes]:
        hub = self._site.live.hub
        follower = Follower(self._wanted | self._own)
        position = await sync_to_thread(hub.join, follower)
        try:
            standing = await sync_to_thread(self._stand, self._since)
            async for frame in self._told(follower, standing, position):
                yield frame
        finally:
            hub.leave(follower)

    async def _told(
        self, follower: Follower, standing: Standing | None, position: int
    ) -> AsyncIterator[bytes]:
        """Yield the beginning, what was missed, then what comes."""
        if standing is None:
            yield _frame("fin", {})
            return
        missed = standing.missed or ()
        last = missed[-1].id if missed else 0
        is_lost = standing.missed is None
        start = {"suivi": sorted(standing.permitted), "relire": is_lost}
        yield _frame("bonjour", start, position if is_lost else (self._since or position))
        for news in missed:
            yield _frame("nouvelle", fields_of(news), news.id)
        async for frame in self._later(follower, standing, last):
            yield frame

    async def _later(
        self, follower: Follower, standing: Standing, last: int
    ) -> AsyncIterator[bytes]:
        current: Standing | None = standing
        while True:
            is_over, news = await _next(follower)
            if is_over:
                return
            if self._is_due(current) or (news is not None and news.address in self._own):
                current = await sync_to_thread(self._stand, None)
            if current is None:
                yield _frame("fin", {})
                return
            if news is None:
                yield _frame("pouls", {})
            elif news.address in current.permitted and news.id > last:
                yield _frame("nouvelle", fields_of(news), news.id)

    def _is_due(self, standing: Standing | None) -> bool:
        until = standing.until if standing else None
        return until is not None and self._site.runtime.clock() >= until

    def _stand(self, since: int | None) -> Standing | None:
        """Ask the database, briefly, how the person stands; None when the session has ended."""
        with self._site.runtime.reading() as session:
            visitor = recall_visitor(session, self._site, self._visitor)
            if not visitor.is_signed_in:
                return None
            permitted = self._site.live.topics.permitted(session, visitor, self._wanted)
            missed = () if since is None else news_since(session, since, permitted)
            return Standing(visitor.expires_at, permitted, missed)


def fields_of(news: News) -> dict[str, Any]:
    """Return news as the browser reads it."""
    return {"id": news.id, "sujet": news.address, "faits": news.facts}


async def _next(follower: Follower) -> tuple[bool, News | None]:
    """Return whether the stream is over, and the next news; neither when a heartbeat is due."""
    try:
        news = await asyncio.wait_for(follower.next(), HEARTBEAT_S)
    except TimeoutError:
        return False, None
    return news is None, news


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


def _frame(event: str, data: dict[str, Any], position: int | None = None) -> bytes:
    place = "" if position is None else f"id: {position}\n"
    return f"event: {event}\n{place}data: {json.dumps(data, separators=(',', ':'))}\n\n".encode()
