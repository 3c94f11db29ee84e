"""What the web is given to run a region; the command line and the tests build it."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlmodel import Session

from dcc_core.config import Clock, Region, Settings, utc_now
from dcc_core.db import Database
from dcc_core.errors import ConfigError, Problem
from dcc_core.exchange.workshop import Workshop
from dcc_core.hooks import Dispatcher
from dcc_core.plugins import LoadedPlugin


@dataclass(frozen=True, slots=True)
class Runtime:
    """An opened region: settings read, plugins loaded, database reachable.

    Attributes:
        plugins: In load order.
        absent: Problems of optional plugins, without which the region runs degraded.
        workshop: Queues and content store, None for a command that touches neither.
    """

    settings: Settings
    region: Region
    database: Database
    dispatcher: Dispatcher
    plugins: tuple[LoadedPlugin, ...] = ()
    clock: Clock = utc_now
    absent: tuple[Problem, ...] = ()
    workshop: Workshop | None = None

    @property
    def working(self) -> Workshop:
        """Return the workshop.

        Raises:
            ConfigError: ``DCC-S002`` the region was opened without it.
        """
        if self.workshop is None:
            raise ConfigError("DCC-S002", "the region was opened without its queues and documents.")
        return self.workshop

    def session(self) -> AbstractContextManager[Session]:
        """Open a session whose block is one transaction."""
        return self.database.session()

    def reading(self) -> AbstractContextManager[Session]:
        """Open a session that only reads and never waits for a writer."""
        return self.database.reading()
