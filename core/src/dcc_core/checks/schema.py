"""Revisions against models: run every revision on an empty database and compare."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from dcc_core.config import Region, Settings
from dcc_core.db import open_database
from dcc_core.db.migrate import drift_problems, migrate
from dcc_core.db.revisions import Manifest
from dcc_core.errors import Problem
from dcc_core.plugins import PluginSet
from dcc_core.plugins.core_manifest import CoreManifest


def schema_problems(region: Region, settings: Settings, plugins: PluginSet) -> Iterator[Problem]:
    """Yield revisions that do not run, several heads, and models without a revision."""
    others = (type(loaded.instance) for loaded in plugins.plugins)
    manifests: tuple[Manifest, ...] = (CoreManifest, *others)
    with tempfile.TemporaryDirectory(prefix="dcc-check-") as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'check.sqlite3'}")
        try:
            migrate(database, manifests)
            yield from drift_problems(database, manifests)
        except Exception as error:  # noqa: BLE001 - a revision is foreign code
            text = f"a revision does not run on an empty database: {type(error).__name__}: {error}."
            yield Problem("DCC-D007", "", text, "Run `dcc migrate` on an empty file to see where.")
        finally:
            database.close()
