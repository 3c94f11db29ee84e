"""Open a region for a command: settings, region, plugins, database, in this order, and close it
after.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dcc_core.audit import audit_keys, install_audit
from dcc_core.checks.tables import table_problems
from dcc_core.checks.web import provider_problems
from dcc_core.config import Region, Settings, load_settings
from dcc_core.config.keys import master_secret
from dcc_core.config.logging import configure_logging
from dcc_core.db import Database, open_database
from dcc_core.db.migrate import migrate, migration_problems
from dcc_core.db.revisions import Manifest
from dcc_core.errors import StartRefused
from dcc_core.jobs import open_workshop
from dcc_core.plugins import DccPlugin, PluginSet, find_region, load_plugins
from dcc_core.plugins.core_manifest import CoreManifest
from dcc_core.web.runtime import Runtime


def load_region(
    settings: Settings, *, extra: tuple[type[DccPlugin], ...] = ()
) -> tuple[Region, PluginSet]:
    """Return the region of the settings and its plugins.

    Raises:
        StartRefused: With every problem found.
    """
    region = find_region(settings.region)
    return region, load_plugins(region, settings, extra=extra)


def manifests(plugins: PluginSet) -> tuple[Manifest, ...]:
    """Return the manifests whose tables the region has, the core's first."""
    return (CoreManifest, *(type(loaded.instance) for loaded in plugins.plugins))


@contextmanager
def open_runtime(
    *, migrate_first: bool = False, extra: tuple[type[DccPlugin], ...] = (), **overrides: Any
) -> Iterator[Runtime]:
    """Open the region that the environment describes, for one command.

    Args:
        migrate_first: Bring the tables up to date instead of refusing those that are behind.
        extra: Plugin classes that a test adds.
        overrides: Settings that win over the environment.

    Raises:
        StartRefused: When a plugin or the database does not fit.
        ConfigError: When a setting does not fit, or the database does not answer.
    """
    settings = load_settings(**overrides)
    configure_logging(settings)
    region, plugins = load_region(settings, extra=extra)
    refuse_unsound_region(region, settings, plugins)
    database = connect(settings)
    try:
        if migrate_first:
            migrate(database, manifests(plugins))
        refuse_unfit_database(database, plugins)
        yield Runtime(
            settings=settings,
            region=region,
            database=database,
            dispatcher=plugins.dispatcher,
            plugins=plugins.plugins,
            absent=plugins.absent,
            workshop=open_workshop(
                settings=settings,
                region=region,
                database=database,
                dispatcher=plugins.dispatcher,
            ),
        )
    finally:
        database.close()


def refuse_unsound_region(region: Region, settings: Settings, plugins: PluginSet) -> None:
    """Raise ``StartRefused`` for tables without their plugin's prefix, patient data that a merge or
    an access request would forget, and, in production, sign-in that checks nothing.
    """
    problems = [
        *table_problems(region, settings, plugins),
        *provider_problems(settings, plugins),
    ]
    if problems:
        raise StartRefused(problems)


def connect(settings: Settings) -> Database:
    """Open the database of the settings, make sure that it answers, give the audit its keys."""
    if not settings.database_url:
        settings.home.mkdir(parents=True, exist_ok=True)
    database = open_database(settings.effective_database_url, pool_size=settings.pool_size)
    database.ping()
    install_audit(database, audit_keys(master_secret(settings)))
    return database


def refuse_unfit_database(database: Database, plugins: PluginSet) -> None:
    """Raise ``StartRefused`` when the tables are older or newer than the code."""
    problems = list(migration_problems(database, manifests(plugins)))
    if problems:
        raise StartRefused(problems)
