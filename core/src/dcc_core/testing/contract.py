"""The contract suite: what every plugin must honour, whoever wrote it.

A third-party plugin runs it with one line::

    test_contract = contract_tests(MyPlugin)
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import inspect
from sqlmodel import Session

from dcc_core.checks.run import check_plugin_class
from dcc_core.config import Clock, Environment, PluginEntry, Region, Settings, utc_now
from dcc_core.db import Database
from dcc_core.db.migrate import import_models, migrate, purge
from dcc_core.hooks import HOOKS
from dcc_core.plugins import DccPlugin, PluginSet, load_plugins
from dcc_core.plugins.core_manifest import CoreManifest
from dcc_core.testing.contract_hooks import HOOK_CONTRACTS

_GENERAL = "declaration"
_REMOVAL = "removal"


@dataclass(frozen=True, slots=True)
class ContractCase:
    """A plugin loaded in a region of its own, with a database: what a hook's contract looks at."""

    plugin: str
    plugins: PluginSet
    database: Database
    settings: Settings
    region: Region
    clock: Clock = utc_now

    def session(self) -> AbstractContextManager[Session]:
        """Open a session whose block is one transaction."""
        return self.database.session()

    def reading(self) -> AbstractContextManager[Session]:
        """Open a session that only reads."""
        return self.database.reading()

    def collect(self, hook: str, **arguments: Any) -> list[Any]:
        """Return what the plugin brings to a COLLECT hook."""
        pairs = self.plugins.dispatcher.collect(hook, **arguments)
        return [item for plugin, item in pairs if plugin == self.plugin]


def contract_tests(
    plugin: type[DccPlugin], **settings: object
) -> Callable[[pytest.FixtureRequest, Database, str], None]:
    """Return a test that runs the contract of every hook the plugin implements, on both databases.

    Args:
        plugin: The plugin's class.
        settings: Settings that the plugin cannot do without.
    """
    implemented = [name for name in HOOKS if hasattr(plugin, name)]
    subjects = [_GENERAL, *([_REMOVAL] if plugin.migrations else []), *implemented]

    @pytest.mark.parametrize("subject", subjects)
    def test_contract(request: pytest.FixtureRequest, database: Database, subject: str) -> None:
        if subject == _GENERAL:
            problems = check_plugin_class(plugin)
            assert not problems, "\n".join(map(str, problems))
        elif subject == _REMOVAL:
            _check_removal(plugin, request.getfixturevalue("empty_database"))
        else:
            HOOK_CONTRACTS[subject](load_case(plugin, database, settings))

    return test_contract


def load_case(
    plugin: type[DccPlugin], database: Database, settings: dict[str, object] | None = None
) -> ContractCase:
    """Load a plugin with its prerequisites, as a region of its own."""
    chosen = Settings(env=Environment.TEST, plugins={plugin.name: settings or {}})
    region = Region(
        slug="contrat",
        name="Contrat",
        plugins=tuple(PluginEntry(name=name) for name in plugin.depends_on),
    )
    plugins = load_plugins(region, chosen, extra=(plugin,))
    return ContractCase(plugin.name, plugins, database, chosen, region)


def _check_removal(plugin: type[DccPlugin], database: Database) -> None:
    """Install, remove, install again: nothing is left and nothing is in the way."""
    manifests = (CoreManifest, plugin)
    import_models(manifests)
    migrate(database, manifests)
    before = set(_tables(database))
    purge(database, plugin)
    left = [name for name in _tables(database) if name.startswith(plugin.table_prefix())]
    assert left == [], f"tables left after removal: {left}"
    migrate(database, manifests)
    assert set(_tables(database)) == before


def _tables(database: Database) -> Iterator[str]:
    yield from inspect(database.engine).get_table_names()
