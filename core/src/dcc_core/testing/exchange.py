"""A whole exchange for tests: real database, real store, the plugins of the test, no threads."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from dcc_core.config import Clock, Environment, Region, Settings
from dcc_core.db import Database
from dcc_core.exchange.delivery import deliver_next
from dcc_core.exchange.inbound import process_next
from dcc_core.exchange.polling import poll_sources
from dcc_core.exchange.workshop import Workshop
from dcc_core.hooks import Dispatcher
from dcc_core.jobs.opening import open_workshop
from dcc_core.jobs.worker import DOCUMENTS, EVENTS

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


class MovableClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the instant at which the clock stands."""
        return self.now

    def forward(self, **duration: float) -> None:
        """Move the clock: ``forward(minutes=5)``."""
        self.now += timedelta(**duration)


def demo_region(**changes: object) -> Region:
    """Return a region with one establishment whose patient numbers are declared."""
    establishment = {
        "finess": "310000001",
        "name": "Centre DÉMO",
        "patient_oid": "1.2.250.1.999.1",
    }
    return Region.model_validate(
        {"slug": "demo", "name": "Région DÉMO", "establishments": (establishment,)} | changes
    )


def demo_workshop(
    database: Database, folder: Path, *plugins: tuple[str, object], clock: Clock | None = None
) -> Workshop:
    """Return what a worker works with, the plugins given by name being loaded.

    Args:
        folder: Where documents are kept.
    """
    dispatcher = Dispatcher(deadline_s=2.0)
    for name, plugin in plugins:
        dispatcher.register(plugin, name)
    return open_workshop(
        settings=Settings(env=Environment.TEST, home=folder),
        region=demo_region(),
        database=database,
        dispatcher=dispatcher,
        clock=clock or MovableClock(),
    )


def work(workshop: Workshop) -> int:
    """Do everything that is due now, in the calling thread, and return how many steps that took."""
    steps = 1 if poll_sources(workshop) else 0
    while (
        process_next(workshop)
        or deliver_next(workshop, EVENTS)
        or deliver_next(workshop, DOCUMENTS)
    ):
        steps += 1
    return steps
