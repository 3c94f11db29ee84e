"""Open the exchange of a region: content store, parts of plugins, events to the outbox."""

from dcc_core.config import Clock, Region, Settings, utc_now
from dcc_core.db import Database
from dcc_core.exchange import collect_parts, install
from dcc_core.exchange.workshop import Workshop
from dcc_core.hooks import Dispatcher
from dcc_core.records import bind_store, open_store


def open_workshop(
    *,
    settings: Settings,
    region: Region,
    database: Database,
    dispatcher: Dispatcher,
    clock: Clock = utc_now,
) -> Workshop:
    """Make a database carry documents and events, and return what a worker works with.

    Call it once per process, when the plugins are loaded and before the first transaction.

    Raises:
        StartRefused: A plugin brings parts that do not fit.
        ConfigError: The content store cannot be opened.
    """
    parts = collect_parts(dispatcher, settings)
    bind_store(database, open_store(settings))
    install(database, dispatcher, parts, clock=clock)
    return Workshop(settings, region, database, dispatcher, parts, clock)
