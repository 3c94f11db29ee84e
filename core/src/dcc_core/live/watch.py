"""Watch the table of news from one connection of its own, outside the pool of the requests.

SQLite: ``PRAGMA data_version`` changes when another connection has committed; asking for it reads
one counter in shared memory. PostgreSQL: ``LISTEN``, and a look at every second in case the
notification was lost on the way (a connection pooler that works by transaction drops them).
"""

import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Protocol

from dcc_core.db import Database
from dcc_core.live.news import News
from dcc_core.live.publishing import CHANNEL

SQLITE_EVERY_S = 0.1
SQLITE_LOOKS = 10
POSTGRES_EVERY_S = 1.0
_LATEST = "SELECT coalesce(max(id), 0) FROM core_live_event"
_AFTER = "SELECT id, topic, subject, facts FROM core_live_event WHERE id > {} ORDER BY id LIMIT 500"


class Watch(Protocol):
    """One connection that waits for news and reads it."""

    def wait(self, stop: threading.Event) -> None:
        """Return when there may be news, after a second at most, or once ``stop`` is set."""

    def latest(self) -> int:
        """Return the position of the latest news."""

    def after(self, position: int) -> list[News]:
        """Return news after a position, at most some hundreds."""


class _Watch:
    """What both engines share: reading through a plain connection of the driver."""

    mark = "?"

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def latest(self) -> int:
        return int(self._rows(_LATEST)[0][0])

    def after(self, position: int) -> list[News]:
        return [
            News(number, topic, subject, json.loads(facts) if isinstance(facts, str) else facts)
            for number, topic, subject, facts in self._rows(_AFTER.format(self.mark), (position,))
        ]

    def _rows(self, statement: str, values: tuple[int, ...] = ()) -> list[Any]:
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())


class _SqliteWatch(_Watch):
    _seen = -1

    def wait(self, stop: threading.Event) -> None:
        for _ in range(SQLITE_LOOKS):
            version = int(self._rows("PRAGMA data_version")[0][0])
            if version != self._seen or stop.is_set():
                self._seen = version
                return
            stop.wait(SQLITE_EVERY_S)


class _PostgresWatch(_Watch):
    mark = "%s"

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        connection.autocommit = True
        connection.execute(f"LISTEN {CHANNEL}")

    def wait(self, stop: threading.Event) -> None:
        if not stop.is_set():
            for _ in self._connection.notifies(timeout=POSTGRES_EVERY_S, stop_after=1):
                pass


@contextmanager
def open_watch(database: Database) -> Iterator[Watch]:
    """Open a connection that watches a database, and close it after."""
    engine = database.engine
    arguments, options = engine.dialect.create_connect_args(engine.url)
    with closing(engine.dialect.connect(*arguments, **options)) as connection:
        yield _SqliteWatch(connection) if database.is_sqlite else _PostgresWatch(connection)
