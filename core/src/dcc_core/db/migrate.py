"""Migrate the tables of the core and of each plugin: core first, one version table each, under a
lock.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, inspect, text

from dcc_core.db.engine import Database
from dcc_core.db.lock import migration_lock
from dcc_core.db.ownership import owned_by
from dcc_core.db.revisions import (
    VERSION_PREFIX,
    Manifest,
    current_revision,
    heads,
    read_revisions,
    version_table,
    versions_folder,
)
from dcc_core.db.tables import METADATA
from dcc_core.errors import Problem

if TYPE_CHECKING:
    from alembic.config import Config

Progress = Callable[["Step"], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One revision to apply: whose, which, and what its author says of it."""

    plugin: str
    revision: str
    message: str


def plan_migrations(database: Database, manifests: Iterable[Manifest]) -> tuple[Step, ...]:
    """Return the revisions that the database lacks, in the order in which they would run."""
    with database.engine.connect() as connection:
        return tuple(step for manifest in manifests for step in _pending(connection, manifest))


def migrate(
    database: Database, manifests: Iterable[Manifest], *, progress: Progress | None = None
) -> tuple[Step, ...]:
    """Bring every table up to date and return what was applied.

    Each revision commits on its own together with its version row: an interrupted run resumes where
    it stopped. Several processes may call this at once; one works, the others then find nothing to
    do.
    """
    from alembic import command

    manifests = tuple(manifests)
    applied: list[Step] = []
    with migration_lock(database), _migration_connection(database) as connection:
        for manifest in manifests:
            for step in _pending(connection, manifest):
                connection.rollback()
                command.upgrade(_config(manifest, connection), step.revision)
                applied.append(step)
                if progress is not None:
                    progress(step)
            connection.rollback()
    return tuple(applied)


def migration_problems(database: Database, manifests: Iterable[Manifest]) -> Iterator[Problem]:
    """Yield why the code at hand must not work on this database: it is behind, or ahead."""
    with database.engine.connect() as connection:
        for manifest in manifests:
            known = [revision.revision for revision in read_revisions(manifest)]
            current = current_revision(connection, manifest)
            if current is not None and current not in known:
                yield Problem(
                    "DCC-D003",
                    manifest.name,
                    f"the database is at revision {current}, which this version does not know.",
                    "Install the version that migrated the database, or restore a backup.",
                )
            elif known and current != known[-1]:
                yield Problem(
                    "DCC-D002",
                    manifest.name,
                    "the tables of the database are older than the code.",
                    "Run `dcc migrate`.",
                )


def drift_problems(database: Database, manifests: Iterable[Manifest]) -> Iterator[Problem]:
    """Yield differences between the tables that the revisions make and those that the models
    declare.

    The database must be up to date. Also refuses a history with several heads.
    """
    manifests = tuple(manifests)
    import_models(manifests)
    with database.engine.connect() as connection:
        for manifest in manifests:
            if manifest.migrations is None:
                continue
            found = heads(manifest)
            if len(found) > 1:
                text_ = f"its revisions have several heads: {', '.join(found)}."
                yield Problem("DCC-D005", manifest.name, text_, "Give them one order.")
            for difference in _differences(connection, manifest):
                text_ = f"models and revisions differ: {difference}."
                yield Problem("DCC-D006", manifest.name, text_, "Write the missing revision.")


def purge(database: Database, manifest: Manifest) -> None:
    """Drop every table of a plugin and its version table. The data is gone: callers ask first."""
    from alembic import command

    with migration_lock(database), _migration_connection(database) as connection:
        command.downgrade(_config(manifest, connection), "base")
        connection.rollback()
        connection.execute(text(f"DROP TABLE IF EXISTS {version_table(manifest)}"))
        connection.commit()


def write_revision(database: Database, manifest: Manifest, message: str) -> Path:
    """Write the revision that brings the tables from the database to the models, and return its
    file.
    """
    from alembic import command

    import_models([manifest])
    folder = versions_folder(manifest)
    number = f"{len(list(folder.glob('[0-9]*.py'))) + 1:04d}"
    with _migration_connection(database) as connection:
        script = command.revision(
            _config(manifest, connection), message, autogenerate=True, rev_id=number
        )
    if script is None or isinstance(script, list):
        raise RuntimeError("one revision was expected")
    return Path(script.path)


def import_models(manifests: Iterable[Manifest]) -> None:
    """Import the modules that define the tables of these manifests."""
    for manifest in manifests:
        for module in manifest.models:
            import_module(module)


def known_version_tables(database: Database) -> tuple[str, ...]:
    """Return the names of the plugins that have left a version table, enabled or not."""
    names = inspect(database.engine).get_table_names()
    return tuple(
        sorted(
            name.removeprefix(VERSION_PREFIX) for name in names if name.startswith(VERSION_PREFIX)
        )
    )


@contextmanager
def _migration_connection(database: Database) -> Iterator[Connection]:
    """Open a connection on which tables may be rebuilt; SQLite checks foreign keys at the end
    instead.
    """
    with database.engine.connect() as connection:
        if database.is_sqlite:
            _sqlite_foreign_keys(connection, "OFF")
        try:
            yield connection
        finally:
            connection.rollback()
            if database.is_sqlite:
                _sqlite_foreign_keys(connection, "ON")


def _sqlite_foreign_keys(connection: Connection, state: str) -> None:
    raw = connection.connection.driver_connection
    if raw is not None:
        raw.execute(f"PRAGMA foreign_keys={state}")


def _config(manifest: Manifest, connection: Connection | None = None) -> "Config":
    from alembic.config import Config

    config = Config(stdout=StringIO())
    config.set_main_option("script_location", str(files("dcc_core.db") / "alembic"))
    config.set_main_option("version_locations", str(versions_folder(manifest)))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    config.attributes["table_prefix"] = manifest.table_prefix()
    config.attributes["version_table"] = version_table(manifest)
    return config


def _pending(connection: Connection, manifest: Manifest) -> tuple[Step, ...]:
    revisions = read_revisions(manifest)
    current = current_revision(connection, manifest)
    known = [revision.revision for revision in revisions]
    if current is not None and current not in known:
        return ()
    done = 0 if current is None else known.index(current) + 1
    return tuple(Step(manifest.name, r.revision, r.message) for r in revisions[done:])


def _differences(connection: Connection, manifest: Manifest) -> list[str]:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    options = owned_by(manifest.table_prefix()) | {"version_table": version_table(manifest)}
    context = MigrationContext.configure(connection, opts=options)
    return [_describe(found) for found in compare_metadata(context, METADATA)]


def _describe(difference: Any) -> str:
    if isinstance(difference, list):
        return "; ".join(_describe(part) for part in difference)
    kind, *parts = difference
    return (
        f"{kind} {' '.join(str(getattr(part, 'name', part)) for part in parts if part is not None)}"
    )
