"""The listener to measure, a process of its own: `python -m …bench.listener DATABASE_URL`.

It prints its port, then answers each line on standard input with what it has used so far, and stops
at the end of the input. Nothing but the core and this plugin is loaded, as in a process that only
receives.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from dcc_core.api import Database
from dcc_core.testing.databases import open_database
from dcc_lab_connectors.inbox.receiver import InboxReceiver
from dcc_lab_connectors.mllp.receiver import Arrival, Outcome
from dcc_lab_connectors.mllp.server import MllpServer
from dcc_lab_connectors.mllp.service import ListenerThread
from dcc_lab_connectors.profiles.parser import Hl7Parser
from dcc_lab_connectors.settings import LabSettings


class ProjectingReceiver:
    """Reads each arrival, then stores it, so that the answer stands for both."""

    def __init__(self, database: Database) -> None:
        self._parser = Hl7Parser(LabSettings().zone)
        self._inbox = InboxReceiver(database.session, _now)

    def store(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        """Read, then commit the arrivals in one transaction."""
        for arrival in arrivals:
            if arrival.message is not None and arrival.envelope is not None:
                self._parser.read(arrival.message, arrival.envelope)
        return self._inbox.store(arrivals)


def serve(url: str) -> None:
    """Listen on a free loopback port until standard input ends."""
    database = open_database(url)
    listener = ListenerThread(MllpServer(ProjectingReceiver(database), clock=_now))
    _say(listener.start("127.0.0.1", 0))
    for _ in sys.stdin:
        _say({"cpu_s": time.process_time(), "rss_mb": _resident_megabytes()})
    listener.stop()
    database.close()


def _say(fact: object) -> None:
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


def _resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    serve(sys.argv[1])
