"""One thread per process reads the news and hands it to the streams that follow it.

It starts with the first stream and rests when the last has left: a process nobody follows reads
nothing.
"""

import asyncio
import logging
import threading
import time
from contextlib import suppress

from dcc_core.db import Database
from dcc_core.errors import ExchangeError
from dcc_core.live.news import News
from dcc_core.live.watch import Watch, open_watch

QUEUE = 100
"""News that a stream may have waiting; beyond, it is dropped and comes back for what it missed."""

LINGER_S = 30.0
_READY_WITHIN_S = 5.0
_REST_AFTER_ERROR_S = 1.0
_logger = logging.getLogger(__name__)


class Follower:
    """What one stream follows and has yet to send; used on the event loop that made it."""

    def __init__(self, addresses: frozenset[str], *, capacity: int = QUEUE) -> None:
        self.addresses = addresses
        self.is_over = False
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Queue[News | None] = asyncio.Queue(capacity + 1)

    async def next(self) -> News | None:
        """Return the next news, None once the stream must end."""
        return None if self.is_over and self._waiting.empty() else await self._waiting.get()

    def offer_from_outside(self, news: News | None) -> None:
        """Hand news over from another thread; None ends the stream."""
        with suppress(RuntimeError):  # its loop has ended, and so has the stream
            self._loop.call_soon_threadsafe(self._offer, news)

    def _offer(self, news: News | None) -> None:
        if self.is_over:
            return
        if self._waiting.qsize() >= self._waiting.maxsize - 1:
            news = None  # the last place is kept for the end
        self.is_over = news is None
        self._waiting.put_nowait(news)


class Hub:
    """The followers of this process, and the thread that reads for them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._followers: set[Follower] = set()
        self._position = 0
        self._ready = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._left_at = 0.0

    @property
    def is_closed(self) -> bool:
        """Tell whether the process is stopping."""
        return self._stop.is_set()

    def join(self, follower: Follower) -> int:
        """Hand every later news to a follower; return the position from which on it does.

        Raises:
            ExchangeError: ``WEB-504`` the process is stopping, or the database does not answer.
        """
        with self._lock:
            self._followers.add(follower)
            if self._thread is None and not self.is_closed:
                self._thread = threading.Thread(target=self._read, name="dcc-live", daemon=True)
                self._thread.start()
        if self.is_closed or not self._ready.wait(_READY_WITHIN_S):
            self.leave(follower)
            raise ExchangeError("WEB-504", "Le direct ne répond pas. Rechargez la page.")
        return self._position

    def leave(self, follower: Follower) -> None:
        """Forget a follower."""
        with self._lock:
            self._followers.discard(follower)
            self._left_at = time.monotonic()

    def close(self) -> None:
        """End every stream; the process is stopping."""
        self._stop.set()
        with self._lock:
            followers, thread = tuple(self._followers), self._thread
        for follower in followers:
            follower.offer_from_outside(None)
        if thread is not None:
            thread.join(3)

    def _read(self) -> None:
        while self._is_wanted():
            try:
                with open_watch(self._database) as watch:
                    self._follow(watch)
            except Exception as error:  # noqa: BLE001 - survives a database that is away
                _logger.warning("live_interrupted", extra={"error": type(error).__name__})
                self._stop.wait(_REST_AFTER_ERROR_S)

    def _follow(self, watch: Watch) -> None:
        if not self._ready.is_set():
            self._position = watch.latest()
            self._ready.set()
        while self._is_wanted():
            for news in watch.after(self._position):
                self._position = news.id
                self._hand_out(news)
            watch.wait(self._stop)

    def _hand_out(self, news: News) -> None:
        with self._lock:
            followers = [one for one in self._followers if news.address in one.addresses]
        for follower in followers:
            follower.offer_from_outside(news)

    def _is_wanted(self) -> bool:
        """Tell whether to go on; when not, leave the place for a later thread."""
        with self._lock:
            since_last = time.monotonic() - self._left_at
            if not self.is_closed and (self._followers or since_last < LINGER_S):
                return True
            self._thread = None
            self._ready.clear()
            return False
