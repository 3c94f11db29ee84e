"""One process at a time: the lock under which migrations run."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from dcc_core.db.engine import Database

MIGRATION_LOCK = 0x0DCC_0001
"""Key of the PostgreSQL advisory lock."""


@contextmanager
def migration_lock(database: Database) -> Iterator[None]:
    """Wait for the lock and hold it for the block; a killed process releases it by dying."""
    if database.is_sqlite:
        with _file_lock(Path(f"{database.engine.url.database}.lock")):
            yield
        return
    with database.engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
