"""A durable receiver for tests of the listener alone."""

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from dcc_lab_connectors.hl7.envelope import content_digest
from dcc_lab_connectors.mllp.receiver import Arrival, Outcome, ReceiverUnavailableError


class SqliteReceiver:
    """One row per message; a repetition of the same content is a duplicate."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_down = False
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS inbox (id INTEGER PRIMARY KEY, peer TEXT, control_id TEXT,"
            " raw BLOB, sha256 TEXT, digest TEXT, refused INTEGER, UNIQUE (peer, digest))"
        )
        self._connection.commit()

    def store(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        if self.is_down:
            raise ReceiverUnavailableError
        with self._connection:
            return [self._insert(arrival) for arrival in arrivals]

    def _insert(self, arrival: Arrival) -> Outcome:
        digest = (
            content_digest(arrival.message)
            if arrival.message
            else hashlib.sha256(arrival.raw).hexdigest()
        )
        cursor = self._connection.execute(
            "INSERT OR IGNORE INTO inbox (peer, control_id, raw, sha256, digest, refused)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                arrival.peer.key,
                arrival.envelope.control_id if arrival.envelope else "",
                arrival.raw,
                hashlib.sha256(arrival.raw).hexdigest(),
                digest,
                bool(arrival.problems),
            ),
        )
        return Outcome(is_duplicate=cursor.rowcount == 0)

    def rows(self) -> list[tuple[str, bytes, bool]]:
        """Control id, bytes and refusal of each stored message, in order of arrival."""
        with sqlite3.connect(self.path) as connection:
            query = "SELECT control_id, raw, refused FROM inbox ORDER BY id"
            found = connection.execute(query).fetchall()
        connection.close()
        return [(control_id, raw, bool(refused)) for control_id, raw, refused in found]

    def count(self) -> int:
        """Number of messages stored."""
        with sqlite3.connect(self.path) as connection:
            found = connection.execute("SELECT count(*) FROM inbox").fetchone()
        connection.close()
        return int(found[0])

    def close(self) -> None:
        self._connection.close()
