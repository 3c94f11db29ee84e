"""`dcc bench ingest`: from the socket to the acknowledgement, as ratios taken in the same run.

Floors: the rate at which the same database, opened with the same durability, commits one small row
of a table without index, and the rate at which hl7apy parses the same message. Listener, senders
and hl7apy are processes of their own. Each message is read into traits and observations before it
is committed with its audit line, so that the figure covers the projection as well.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import IO, Any

import click
from sqlalchemy import text

from dcc_core.api import Database
from dcc_lab_connectors.mllp.client import MllpClient
from dcc_lab_connectors.samples import oru

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
@click.option("--rounds", default=3, show_default=True, help="Rounds; the median is told.")
def ingest(messages: int, engines: Sequence[str], rounds: int) -> dict[str, Any]:
    """Measure what the listener takes in durably, one and eight connections."""
    hl7apy = _hl7apy_rate()
    figures: dict[str, Any] = {"hl7apy_parse_per_s": round(hl7apy, 1)}
    for engine in engines:
        with _database(engine) as database:
            figures[engine] = _measure(database, messages, rounds, hl7apy)
    figures["load_average"] = round(os.getloadavg()[0], 1)
    figures["goals"] = GOALS
    return figures


class _Listener:
    """The listener's process: its port, and what it has used so far."""

    def __init__(self, url: str) -> None:
        command = [sys.executable, "-m", "dcc_lab_connectors.bench.listener", url]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.port: int = self._answer()

    def usage(self) -> dict[str, float]:
        """Seconds of CPU (`cpu_s`) and resident megabytes (`rss_mb`)."""
        pipe: IO[str] = self._process.stdin  # type: ignore[assignment]
        pipe.write("usage\n")
        pipe.flush()
        found: dict[str, float] = self._answer()
        return found

    def close(self) -> None:
        """Stop it."""
        self._process.communicate()

    def _answer(self) -> Any:
        pipe: IO[str] = self._process.stdout  # type: ignore[assignment]
        return json.loads(pipe.readline())


def _measure(database: Database, messages: int, rounds: int, hl7apy: float) -> dict[str, Any]:
    _create_floor(database)
    url = database.engine.url.render_as_string(hide_password=False)
    listener = _Listener(url)
    try:
        _run_senders(listener.port, "warm", connections=1, messages=50)
        measured = [_round(database, listener, f"r{n}", messages, hl7apy) for n in range(rounds)]
        large = _large_message_ms(listener.port)
        resident = listener.usage()["rss_mb"]
    finally:
        listener.close()
    return {
        **_medians(measured),
        "pdf_1mb_ms": round(large, 1),
        "rss_mb": round(resident, 1),
    }


def _round(
    database: Database, listener: _Listener, name: str, messages: int, hl7apy: float
) -> dict[str, dict[str, float]]:
    """The floor, then one and eight connections, close enough in time to be compared."""
    begun = time.process_time()
    commit = _commit_rate(database, messages)
    floor_cpu = (time.process_time() - begun) / messages
    found = {"commit": {"per_s": commit, "cpu_us": floor_cpu * 1e6}}
    for label, connections in (("one_connection", 1), ("eight_connections", 8)):
        before = listener.usage()["cpu_s"]
        rate = _run_senders(
            listener.port, f"{name}{label}", connections=connections, messages=messages
        )
        cpu = (listener.usage()["cpu_s"] - before) / messages
        found[label] = {
            "per_s": rate,
            "ratio_to_commit": rate / commit,
            "ratio_to_hl7apy": rate / hl7apy,
            "cpu_us": cpu * 1e6,
        }
    return found


def _medians(rounds: Sequence[dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    return {
        part: {
            name: round(median(each[part][name] for each in rounds), 2) for name in rounds[0][part]
        }
        for part in rounds[0]
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


def _create_floor(database: Database) -> None:
    with database.session() as session:
        session.execute(text("CREATE TABLE lab_bench_floor (id INTEGER, payload VARCHAR(2000))"))


def _commit_rate(database: Database, count: int) -> float:
    """Commits per second of one small row, the floor of anything durable."""
    insert, payload = text("INSERT INTO lab_bench_floor VALUES (:n, :payload)"), "x" * 2000
    with database.engine.connect() as connection:

        def one(n: int) -> None:
            connection.execute(insert, {"n": n, "payload": payload})
            connection.commit()

        return _rate(one, count)


def _hl7apy_rate() -> float:
    command = [sys.executable, "-m", "dcc_lab_connectors.bench.peer", "20"]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


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
