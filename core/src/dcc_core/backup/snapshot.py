"""Copy a database as it is at one instant, while others go on writing, and put a copy back.

SQLite: its own online backup. PostgreSQL: ``pg_dump`` on an exported snapshot, so that the counts
and the copy speak of the same instant.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, String, column, func, inspect, select, table, text

from dcc_core.db import Database, open_database
from dcc_core.db.revisions import VERSION_PREFIX
from dcc_core.errors import ConfigError, InvalidInput

SQLITE_PART, POSTGRES_PART = "database.sqlite3", "database.pgdump"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A copied database: its file, and what was in it."""

    path: Path
    rows: dict[str, int]
    revisions: dict[str, str]
    digests: frozenset[str]


def copy_database(database: Database, folder: Path) -> Snapshot:
    """Write a consistent copy of a database into a folder.

    Raises:
        ConfigError: ``DCC-B010`` PostgreSQL's client programs are not installed, ``DCC-B011`` they
            refused.
    """
    if database.is_sqlite:
        return _copy_sqlite(database, folder / SQLITE_PART)
    return _copy_postgres(database, folder / POSTGRES_PART)


def put_back(database: Database, path: Path) -> None:
    """Fill an empty database from a copy: whole, or not at all.

    Raises:
        ConfigError: ``DCC-B010``, ``DCC-B011`` as above.
    """
    if database.is_sqlite:
        database.close()
        target = Path(str(database.engine.url.database))
        shutil.copyfile(path, beside := target.with_name(f".{target.name}.restored"))
        beside.replace(target)
        return
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    address, environment = _libpq(database)
    _run(["pg_restore", *options, f"--dbname={address}", str(path)], environment)


def refuse_occupied(database: Database) -> None:
    """Refuse to restore over tables.

    Raises:
        InvalidInput: ``DCC-B003`` the database holds tables.
    """
    if inspect(database.engine).get_table_names():
        shown = database.engine.url.render_as_string(hide_password=True)
        raise InvalidInput(
            "DCC-B003",
            f"the database {shown} is not empty, and a restoration overwrites nothing. Create an"
            " empty one and name it in DCC_DATABASE_URL.",
        )


def count_rows(connection: Connection) -> dict[str, int]:
    """Return the number of rows of each table, in one transaction."""
    names = sorted(inspect(connection).get_table_names())
    return {
        name: connection.execute(select(func.count()).select_from(table(name))).scalar_one()
        for name in names
    }


def _copy_sqlite(database: Database, path: Path) -> Snapshot:
    source_path = str(database.engine.url.database)
    with closing(sqlite3.connect(source_path)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, so that the copy is whole
    copy = open_database(f"sqlite:///{path}")
    try:
        with copy.engine.connect() as connection:
            found = _describe(connection, path)
            connection.rollback()
    finally:
        copy.close()
    with closing(sqlite3.connect(path)) as target:
        target.execute("PRAGMA journal_mode=DELETE")
    return found


def _copy_postgres(database: Database, path: Path) -> Snapshot:
    with _frozen(database) as (connection, name):
        found = _describe(connection, path)
        address, environment = _libpq(database)
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={name}"]
        _run(["pg_dump", *options, f"--file={path}", f"--dbname={address}"], environment)
    return found


@contextmanager
def _frozen(database: Database) -> Iterator[tuple[Connection, str]]:
    """Hold one instant of a PostgreSQL database open, and name it for ``pg_dump``."""
    engine = database.engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        yield connection, connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()


def _describe(connection: Connection, path: Path) -> Snapshot:
    rows = count_rows(connection)
    revisions = {
        name.removeprefix(VERSION_PREFIX): connection.execute(
            select(table(name, column("version_num")))
        ).scalar_one()
        for name in rows
        if name.startswith(VERSION_PREFIX) and rows[name]
    }
    return Snapshot(path, rows, revisions, frozenset(_digests(connection, rows)))


def _digests(connection: Connection, tables: dict[str, int]) -> Iterator[str]:
    """Yield the contents that versions of documents refer to."""
    if "core_document_version" not in tables:
        return
    for name in ("content_digest", "source_digest", "observations_digest"):
        digest = column(name, String)
        statement = select(digest).select_from(table("core_document_version"))
        yield from connection.execute(statement.where(digest.is_not(None))).scalars()


def _libpq(database: Database) -> tuple[str, dict[str, str]]:
    """Return how the client programs reach the same database; the password stays out of sight.

    Only what the address states is passed on: the driver's own library knows options that older
    programs refuse.
    """
    from psycopg.conninfo import make_conninfo

    url = database.engine.url
    given = {"host": url.host, "port": url.port, "user": url.username, "dbname": url.database}
    stated = {name: str(value) for name, value in {**given, **url.query}.items() if value}
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    return make_conninfo("", **stated), {**os.environ, **secret}


def _run(command: list[str], environment: dict[str, str]) -> None:
    program = _program(command[0])
    done = subprocess.run(
        [program, *command[1:]], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        raise ConfigError(
            "DCC-B011",
            f"{command[0]} refused: {lines[0]}. Its version must be the server's or newer, and the"
            " role must own the database.",
        )


def _program(name: str) -> str:
    """Return the newest client program of the machine; Debian keeps one folder per version."""
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=_version, reverse=True)
    found = str(places[0]) if places else shutil.which(name)
    if found is None:
        raise ConfigError(
            "DCC-B010",
            f"{name} is not installed. Install PostgreSQL's client programs of the server's version"
            " (Debian: postgresql-client).",
        )
    return found


def _version(path: Path) -> float:
    name = path.parent.parent.name
    return float(name) if name.replace(".", "", 1).isdigit() else 0.0
