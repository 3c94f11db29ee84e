"""What the audit costs: audited commits against bare ones, sealing and verification in rows/s."""

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, make_url, text

from dcc_core.audit import AuditEntry, AuditKeys, audit_keys, install_audit, record_event
from dcc_core.audit.canonical import line_of
from dcc_core.audit.log import AUDIT_TABLE, body_of, chained
from dcc_core.audit.sealer import seal_entries
from dcc_core.audit.verify import verify_audit
from dcc_core.config import utc_now
from dcc_core.db import Database, open_database
from dcc_core.db.tables import METADATA

_SECRET = b"a secret for measurements only"
_BUSINESS = Table(
    "bench_row", MetaData(), Column("id", Integer, primary_key=True), Column("name", String(80))
)
_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Load:
    """How much to do: writers at once, seconds of each run, runs of each, rows to seal."""

    writers: int
    seconds: float
    rounds: int
    rows: int


@click.command("audit")
@click.option("--postgresql", envvar="DATABASE_URL_TEST", help="Server to measure as well.")
@click.option("--writers", default=8, show_default=True)
@click.option("--seconds", default=4.0, show_default=True, help="Length of each run of writes.")
@click.option("--rounds", default=5, show_default=True, help="Pairs of runs; the median counts.")
@click.option("--rows", default=200_000, show_default=True, help="Rows to seal and verify.")
def command(
    postgresql: str | None, writers: int, seconds: float, rounds: int, rows: int
) -> dict[str, Any]:
    """Measure the audit against the same transactions without it."""
    load = Load(writers, seconds, rounds, rows)
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="dcc-bench-") as folder:
        figures["sqlite"] = _measure(f"sqlite:///{Path(folder) / 'bench.sqlite3'}", load)
    if postgresql:
        with _own_database(postgresql) as url:
            figures["postgresql"] = _measure(url, load)
    return {
        **figures,
        "goal": {"write_ratio": 0.65, "seal_to_write": 2.0, "verify_rows_per_s": 100_000},
        "load": {"writers": writers, "seconds": seconds, "rounds": rounds, "rows": rows},
    }


def _measure(url: str, load: Load) -> dict[str, Any]:
    database = _open(url)
    METADATA.create_all(database.engine, tables=_audit_tables())
    _BUSINESS.create(database.engine)
    try:
        writes = _measure_writes(url, load)
        reads = _measure_sealing(database, load.rows)
    finally:
        database.close()
    seal_to_write = round(reads["seal"]["rows_per_s"] / writes["audited"], 2)
    return {**writes, **reads, "seal_to_write": seal_to_write}


def _measure_writes(url: str, load: Load) -> dict[str, Any]:
    """Alternate runs with and without audit, so that a busy machine slows both alike."""
    context = multiprocessing.get_context("spawn")
    pairs: list[tuple[float, float]] = []
    with ProcessPoolExecutor(load.writers, mp_context=context) as pool:
        run = partial(_run, pool, url, load)
        run(audited=True)
        pairs = [(run(audited=False), run(audited=True)) for _ in range(load.rounds)]
    return {
        "raw": round(statistics.median(raw for raw, _ in pairs)),
        "audited": round(statistics.median(audited for _, audited in pairs)),
        "write_ratio": round(statistics.median(audited / raw for raw, audited in pairs), 2),
    }


def _run(pool: ProcessPoolExecutor, url: str, load: Load, *, audited: bool) -> float:
    """Return commits per second of all writers together."""
    begins = time.time() + 1.5  # every process is up by then
    futures = [
        pool.submit(_write, url, begins, load.seconds, audited=audited) for _ in range(load.writers)
    ]
    return sum(future.result() for future in futures) / load.seconds


def _write(url: str, begins: float, seconds: float, *, audited: bool) -> int:
    """Commit business rows until the time is over; return how many."""
    database = _open(url)
    commits = 0
    try:
        _commit(database, audited=audited)
        time.sleep(max(0.0, begins - time.time()))
        while time.time() < begins + seconds:
            _commit(database, audited=audited)
            commits += 1
    finally:
        database.close()
    return commits


def _commit(database: Database, *, audited: bool) -> None:
    with database.session() as session:
        session.connection().execute(_BUSINESS.insert(), {"name": "a business row"})
        if audited:
            record_event(
                session,
                "document.read",
                patient_id=_PATIENT,
                object_kind="document",
                object_id=_PATIENT,
                object_version=1,
                basis="presenter",
                details={"fields": ["title"]},
            )


_PATIENT = uuid4()


def _measure_sealing(database: Database, rows: int) -> dict[str, Any]:
    keys = audit_keys(_SECRET)
    with database.session() as session:
        present = session.connection().execute(_COUNT).scalar_one()
    _fill(database, keys, rows - min(rows, present))
    sealed = _timed(partial(_seal, database, keys))
    verified = _timed(partial(_verify, database, keys))
    return {"seal": sealed, "verify": verified}


_COUNT = text("SELECT COUNT(*) FROM core_audit")


def _seal(database: Database, keys: AuditKeys) -> int:
    entries = 0
    while True:
        with database.session() as session:
            seal = seal_entries(session, keys=keys, now=utc_now())
            if seal is None:
                return entries
            entries += seal.entries


def _verify(database: Database, keys: AuditKeys) -> int:
    with database.reading() as session:
        seen = verify_audit(session, keys=keys, now=utc_now())
        if not seen.is_intact:
            raise click.ClickException(f"the audit is not intact: {seen.first}")
        return seen.sealed + seen.unsealed


def _timed(work: Callable[[], int]) -> dict[str, int]:
    """Return rows per second on the wall, and per second of this process's CPU."""
    begun, used = time.perf_counter(), time.process_time()
    rows = work()
    return {
        "rows_per_s": round(rows / (time.perf_counter() - begun)),
        "rows_per_cpu_s": round(rows / (time.process_time() - used)),
    }


def _fill(database: Database, keys: AuditKeys, rows: int) -> None:
    """Write genuine rows in bulk: the time of writing is measured elsewhere."""
    for start in range(0, rows, _CHUNK):
        with database.session() as session:
            number = record_event(session, "patient.read", patient_id=_PATIENT)
            values = session.get_one(AuditEntry, number).model_dump()
            more = list(_copies(values, keys, min(_CHUNK, rows - start), database.is_sqlite))
            session.connection().execute(AUDIT_TABLE.insert(), more)


def _copies(
    values: dict[str, Any], keys: AuditKeys, count: int, in_chain: bool
) -> Iterator[dict[str, Any]]:
    body = body_of(line_of(values))
    number, mac = values["sequence"], values["mac"]
    for _ in range(count - 1):
        if not in_chain:
            yield {name: value for name, value in values.items() if name != "sequence"}
            continue
        number += 1
        mac = keys.mac(chained(mac, number, body))
        yield {**values, "sequence": number, "mac": mac}


def _audit_tables() -> list[Table]:
    return [table for name, table in METADATA.tables.items() if name.startswith("core_audit")]


def _open(url: str) -> Database:
    database = open_database(url)
    install_audit(database, audit_keys(_SECRET))
    return database


@contextmanager
def _own_database(server: str) -> Iterator[str]:
    """Create a database on the server for the block, and drop it after."""
    name = f"dcc_bench_{uuid4().hex[:8]}"
    address = make_url(server).set(drivername="postgresql+psycopg")
    admin = create_engine(address, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        yield address.set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        admin.dispose()
