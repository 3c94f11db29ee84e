"""Databases for tests: one empty copy per test, on each engine, made from a template once per
process.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from dcc_core.db import Database
from dcc_core.db import open_database as open_database
from dcc_core.db.migrate import import_models
from dcc_core.db.tables import METADATA
from dcc_core.plugins.core_manifest import CoreManifest

_numbers = count(1)


class SqliteLane:
    """Copies of a SQLite file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.sqlite3"
        self._tables: frozenset[str] = frozenset()

    @contextmanager
    def fresh(self) -> Iterator[Database]:
        """Yield a database with every known table, empty."""
        if self._tables != _known_tables():
            self._template.unlink(missing_ok=True)
            self._tables = _known_tables()
            _create_tables(f"sqlite:///{self._template}")
            with closing(sqlite3.connect(self._template)) as connection:
                connection.execute(
                    "PRAGMA journal_mode=DELETE"
                )  # one file, so that a copy is whole
        path = self._folder / f"test-{next(_numbers)}.sqlite3"
        shutil.copyfile(self._template, path)
        database = open_database(f"sqlite:///{path}")
        try:
            yield database
        finally:
            database.close()
            for left in self._folder.glob(f"{path.name}*"):
                left.unlink()

    @contextmanager
    def empty(self) -> Iterator[Database]:
        """Yield a database without tables, for migrations."""
        path = self._folder / f"empty-{next(_numbers)}.sqlite3"
        database = open_database(f"sqlite:///{path}")
        try:
            yield database
        finally:
            database.close()
            for left in self._folder.glob(f"{path.name}*"):
                left.unlink()


class PostgresLane:
    """Databases cloned from a template of a PostgreSQL server."""

    def __init__(self, server_url: str, name: str) -> None:
        self._url = make_url(server_url)
        self._admin = create_engine(self._url, isolation_level="AUTOCOMMIT")
        self._name = name
        self._template: str | None = None
        self._tables: frozenset[str] = frozenset()

    @contextmanager
    def fresh(self) -> Iterator[Database]:
        """Yield a database with every known table, empty."""
        if self._template is None or self._tables != _known_tables():
            self._tables = _known_tables()
            template = f"{self._name}_template_{next(_numbers)}"
            self._execute(f'CREATE DATABASE "{template}"')
            _create_tables(self._address(template))
            self._template = template
        name = f"{self._name}_{next(_numbers)}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{self._template}"')
        database = open_database(self._address(name), pool_size=20)
        try:
            yield database
        finally:
            database.close()
            self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    @contextmanager
    def empty(self) -> Iterator[Database]:
        """Yield a database without tables, for migrations."""
        name = f"{self._name}_{next(_numbers)}"
        self._execute(f'CREATE DATABASE "{name}"')
        database = open_database(self._address(name))
        try:
            yield database
        finally:
            database.close()
            self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def close(self) -> None:
        """Drop the template and close the connections."""
        if self._template is not None:
            self._execute(f'DROP DATABASE "{self._template}" WITH (FORCE)')
        self._admin.dispose()

    def _address(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _execute(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(statement))


def _known_tables() -> frozenset[str]:
    """Return the names of the tables declared so far: a plugin imported later brings more."""
    import_models([CoreManifest])
    return frozenset(METADATA.tables)


def _create_tables(url: str) -> None:
    """Create every table whose module has been imported."""
    database = open_database(url)
    METADATA.create_all(database.engine)
    database.close()


Lane = SqliteLane | PostgresLane
"""Databases of one engine."""
