"""Pytest plugin of dcc: fixtures offered to every distribution and to third-party plugins."""

import os
from collections.abc import Iterator

import pytest
from sqlmodel import Session

from dcc_core.db import Database
from dcc_core.testing.databases import Lane, PostgresLane, SqliteLane
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
def lane(request: pytest.FixtureRequest) -> Lane:
    """Return the databases of one engine; the test runs once on each."""
    found: Lane = request.getfixturevalue(f"{request.param}_lane")
    return found


@pytest.fixture
def database(lane: Lane) -> Iterator[Database]:
    """Yield a database with every table, empty."""
    with lane.fresh() as fresh:
        yield fresh


@pytest.fixture
def empty_database(lane: Lane) -> Iterator[Database]:
    """Yield a database without any table: for tests of migrations."""
    with lane.empty() as empty:
        yield empty


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Yield a session on a fresh database, in one transaction that commits at the end of the
    test.
    """
    with database.session() as opened:
        yield opened
