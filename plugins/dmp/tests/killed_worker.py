"""A worker process for the kill campaign: works the outbox of one database until it is killed.

Its clock runs fast, so that leases and back-offs of minutes take seconds. Run as a script with the
folder, the database, the address of the DMP, the certificate and the key.
"""

import sys
import time
from collections.abc import Callable
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

SPEED = 120
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def fast_clock() -> Callable[[], datetime]:
    """Return a clock that runs ``SPEED`` times too fast, the same in every process."""

    def now() -> datetime:
        real = datetime.now(UTC)
        return real + timedelta(seconds=(real - BEGINNING).total_seconds() * (SPEED - 1) % 1e8)

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


def main(folder: str, database: str, address: str, certificate: str, key: str) -> None:
    settings = dmp_settings(address, Path(certificate), Path(key))
    workshop = demo_workshop(
        open_database(database),
        Path(folder),
        ("cda", CdaPlugin(PluginSettings())),
        ("dmp", DmpPlugin(settings)),
        clock=fast_clock(),
    )
    print("ready", flush=True)  # noqa: T201 - the campaign waits for this word
    while True:
        if not (deliver_next(workshop, EVENTS) or deliver_next(workshop, DOCUMENTS)):
            time.sleep(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
