"""Worker processes for the kill campaign: each works the outbox of one database until it is killed.

The script imports everything once, then forks a worker for each line it reads and prints its
number: a worker is at work at once and is killed at work, not while it starts. The clock runs
fast, so that back-offs of hours take seconds. Run with the folder, the database, the
address of the DMP, the certificate and the key.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dcc_cda.plugin import CdaPlugin
from dcc_core.api import PluginSettings
from dcc_core.db import open_database
from dcc_core.exchange.delivery import deliver_next
from dcc_core.jobs.worker import DOCUMENTS, EVENTS
from dcc_core.testing.exchange import demo_workshop
from dcc_dmp.plugin import DmpPlugin
from dcc_dmp.settings import DmpSettings

SPEED = 1200
LEASE = timedelta(hours=1)
"""Three seconds of real time: longer than a delivery, as the lease of every worker must be."""
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def fast_clock() -> Callable[[], datetime]:
    """Return a clock that runs ``SPEED`` times too fast, the same in every process."""

    def now() -> datetime:
        real = datetime.now(UTC)
        return real + timedelta(seconds=(real - BEGINNING).total_seconds() * (SPEED - 1) % 1e9)

    return now


def dmp_settings(address: str, certificate: Path, key: Path) -> DmpSettings:
    return DmpSettings(
        repository_url=address,
        signing_certificate=certificate,
        signing_key=key,
        structure="1310000000",
        root_oid="1.2.250.1.999.1",
        approval_id="DEMO-0001",
        timeout_s=5,
        breaker_failures=10_000,
    )


def work(folder: str, database: str, address: str, certificate: str, key: str) -> None:
    settings = dmp_settings(address, Path(certificate), Path(key))
    workshop = demo_workshop(
        open_database(database),
        Path(folder),
        ("cda", CdaPlugin(PluginSettings())),
        ("dmp", DmpPlugin(settings)),
        clock=fast_clock(),
    )
    workshop = replace(workshop, lease=LEASE)
    campaign = os.getppid()
    while os.getppid() == campaign:
        if not (deliver_next(workshop, EVENTS) or deliver_next(workshop, DOCUMENTS)):
            time.sleep(0.05)


def main(*arguments: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are forgotten at once
    for _ in sys.stdin:
        worker = os.fork()
        if worker == 0:
            os.dup2(2, 1)  # what a worker logs is no answer
            work(*arguments)
            os._exit(0)
        print(worker, flush=True)  # noqa: T201 - the campaign waits for this number


if __name__ == "__main__":
    main(*sys.argv[1:])
