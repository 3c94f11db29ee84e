"""`dcc bench ingest`: from the socket to the acknowledgement, as ratios taken in the same run.

Floors: the rate at which the same database commits one small row, and the rate at which hl7apy
parses the same message. The senders are processes of their own; each message is read into traits
and observations before it is committed, so that the figure covers the projection as well.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from sqlalchemy import text

from dcc_core.api import Database
from dcc_lab_connectors.inbox.receiver import InboxReceiver, to_raw_message
from dcc_lab_connectors.mllp.client import MllpClient
from dcc_lab_connectors.mllp.receiver import Arrival, Outcome
from dcc_lab_connectors.mllp.server import MllpServer
from dcc_lab_connectors.mllp.service import ListenerThread
from dcc_lab_connectors.profiles.parser import Hl7Parser
from dcc_lab_connectors.samples import oru
from dcc_lab_connectors.settings import LabSettings

GOALS = {"ratio_to_commit": 0.5, "ratio_to_hl7apy": 10.0, "pdf_1mb_ms": 60.0, "rss_mb": 150.0}
_PDF_BYTES = 1_000_000
_LARGE_ROUNDS = 15


@click.command("ingest")
@click.option("--messages", default=400, show_default=True, help="Messages per measurement.")
@click.option(
    "--engine",
    "engines",
    multiple=True,
    type=click.Choice(["sqlite", "postgres"]),
    default=("sqlite",),
    show_default=True,
    help="Database, may be given twice.",
)
def ingest(messages: int, engines: Sequence[str]) -> dict[str, Any]:
    """Measure what the listener takes in durably, one and eight connections."""
    hl7apy = _hl7apy_rate()
    figures: dict[str, Any] = {"hl7apy_parse_per_s": round(hl7apy, 1)}
    for engine in engines:
        with _database(engine) as database:
            figures[engine] = _measure(database, messages, hl7apy)
    figures["rss_mb"] = round(_resident_megabytes(), 1)
    figures["goals"] = GOALS
    return figures


class _ProjectingReceiver:
    """Reads each arrival, then stores it, so that the answer stands for both."""

    def __init__(self, database: Database) -> None:
        self._parser = Hl7Parser(LabSettings().zone)
        self._inbox = InboxReceiver(database.session, _now)

    def store(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        for arrival in arrivals:
            self._parser.parse(to_raw_message(arrival))
        return self._inbox.store(arrivals)


def _measure(database: Database, messages: int, hl7apy: float) -> dict[str, Any]:
    commit = _commit_rate(database, messages)
    server = MllpServer(_ProjectingReceiver(database), clock=_now)
    listener = ListenerThread(server)
    port = listener.start("127.0.0.1", 0)
    try:
        _run_senders(port, "warm", connections=1, messages=20)
        one = _run_senders(port, "one", connections=1, messages=messages)
        eight = _run_senders(port, "eight", connections=8, messages=messages)
        large = _large_message_ms(port)
    finally:
        listener.stop()
    return {
        "commit_per_s": round(commit, 1),
        "one_connection": _ratios(one, commit, hl7apy),
        "eight_connections": _ratios(eight, commit, hl7apy),
        "pdf_1mb_ms": round(large, 1),
    }


def _ratios(rate: float, commit: float, hl7apy: float) -> dict[str, float]:
    return {
        "per_s": round(rate, 1),
        "ratio_to_commit": round(rate / commit, 2),
        "ratio_to_hl7apy": round(rate / hl7apy, 1),
    }


def _run_senders(port: int, name: str, *, connections: int, messages: int) -> float:
    """Messages per second over all connections."""
    share = messages // connections
    commands = [
        [
            sys.executable,
            "-m",
            "dcc_lab_connectors.bench.sender",
            str(port),
            f"{name}{n}-",
            str(share),
        ]
        for n in range(connections)
    ]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    seconds = [float(process.communicate()[0]) for process in running]
    return share * connections / max(seconds)


def _large_message_ms(port: int) -> float:
    """Median time of a message with a PDF of one megabyte."""
    pdf = "QUJD" * (_PDF_BYTES // 3)
    times = []
    with MllpClient("127.0.0.1", port) as client:
        for n in range(_LARGE_ROUNDS):
            report = f"OBX|99|ED|60567-5^CR ACP^LN||^AP^PDF^Base64^{pdf}||||||F\r".encode()
            message = oru(f"large{n}", observations=1) + report
            begun = time.perf_counter()
            client.send(message)
            times.append((time.perf_counter() - begun) * 1000)
    return sorted(times)[len(times) // 2]


def _commit_rate(database: Database, count: int) -> float:
    """Commits per second of one small row, the floor of anything durable."""
    with database.session() as session:
        session.execute(text("CREATE TABLE lab_bench_floor (id INTEGER, payload VARCHAR(2000))"))
    insert, payload = text("INSERT INTO lab_bench_floor VALUES (:n, :payload)"), "x" * 2000
    with database.engine.connect() as connection:

        def one(n: int) -> None:
            connection.execute(insert, {"n": n, "payload": payload})
            connection.commit()

        return _rate(one, count)


def _hl7apy_rate() -> float:
    from hl7apy.parser import parse_message

    message = oru("1").decode()
    return _rate(lambda _: parse_message(message), 20)


def _rate(call: Callable[[int], object], count: int) -> float:
    begun = time.perf_counter()
    for n in range(count):
        call(n)
    return count / (time.perf_counter() - begun)


@contextmanager
def _database(engine: str) -> Iterator[Database]:
    """A fresh database of the core, as tests get one."""
    from dcc_core.testing.databases import PostgresLane, SqliteLane
    from dcc_core.testing.postgres import postgres_server

    if engine == "sqlite":
        with TemporaryDirectory() as folder, SqliteLane(Path(folder)).fresh() as database:
            yield database
        return
    with postgres_server(durable=True) as url:
        lane = PostgresLane(url, f"dcc_bench_{os.getpid()}")
        try:
            with lane.fresh() as database:
                yield database
        finally:
            lane.close()


def _resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _now() -> datetime:
    return datetime.now(UTC)
