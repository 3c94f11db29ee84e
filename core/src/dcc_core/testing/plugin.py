"""Pytest plugin of dcc: fixtures offered to every distribution and to third-party plugins."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session

from dcc_core.db import Database, open_database
from dcc_core.testing.databases import PostgresLane, SqliteLane
from dcc_core.testing.postgres import REQUIRED, PostgresUnavailable, postgres_server

SQLITE, POSTGRES = "sqlite", "postgres"
_LANES = [SQLITE, pytest.param(POSTGRES, marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def sqlite_lane(tmp_path_factory: pytest.TempPathFactory) -> SqliteLane:
    """Return the lane of SQLite databases."""
    return SqliteLane(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Run a PostgreSQL server for this test process and yield its URL."""
    try:
        with postgres_server() as url:
            yield url
    except PostgresUnavailable as error:
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def postgres_lane(postgres_url: str) -> Iterator[PostgresLane]:
    """Return the lane of PostgreSQL databases."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    lane = PostgresLane(postgres_url, f"dcc_{worker}_{os.getpid()}")
    yield lane
    lane.close()


@pytest.fixture(params=_LANES)
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Yield an empty database with every table; the test runs once on each engine."""
    lane: SqliteLane | PostgresLane = request.getfixturevalue(f"{request.param}_lane")
    with lane.fresh() as fresh:
        yield fresh


@pytest.fixture(params=_LANES)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Yield a database without any table, on each engine: for tests of migrations."""
    if request.param == SQLITE:
        database = open_database(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
        yield database
        database.close()
        return
    lane: PostgresLane = request.getfixturevalue("postgres_lane")
    with lane.empty() as fresh:
        yield fresh


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Yield a session on a fresh database, in one transaction that commits at the end of the
    test.
    """
    with database.session() as opened:
        yield opened
