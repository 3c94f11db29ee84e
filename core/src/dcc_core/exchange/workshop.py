"""What the steps of a worker work with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from dcc_core.config import Clock, Region, Settings, utc_now
from dcc_core.db import Database
from dcc_core.exchange.leases import LEASE
from dcc_core.exchange.registry import ExchangeParts
from dcc_core.hooks import Dispatcher
from dcc_core.hooks.isolation import Isolation

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Workshop:
    """Database, plugins and parts of the exchange, shared by the threads of one worker process.

    Attributes:
        isolation: Runs the code of plugins against the clock, so that one that hangs stops only
            itself.
        lease: For how long a step holds what it took; longer than any call to a plugin may last.
    """

    settings: Settings
    region: Region
    database: Database
    dispatcher: Dispatcher
    parts: ExchangeParts
    clock: Clock = utc_now
    isolation: Isolation = field(default_factory=Isolation)
    lease: timedelta = LEASE

    def ask(self, plugin: str, call: Callable[[], T], *, timeout_s: float) -> T:
        """Run a plugin's code and return its result, or raise what it raised.

        Raises:
            PluginError: ``DCC-P101`` it did not answer in time, or an earlier call still hangs.
        """
        return self.isolation.run(plugin, call, timeout_s=timeout_s)
