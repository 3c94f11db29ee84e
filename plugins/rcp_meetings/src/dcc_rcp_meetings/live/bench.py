"""``dcc bench session``: a session of 30 cases that 20 people follow, over real sockets.

The region is served by a process of its own. Twenty signed-in browsers hold their stream of
server-sent events; a secretary saves a field; each of the others, told by its stream, asks for the
answers. Measured from the moment the save is sent to the moment the new text is read. The page of
the session is then measured by ``dcc bench pages``, against a bare page that runs its statements.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dcc_core.api import Database
from dcc_rcp_meetings.live._bench_browser import Browser, Stream

if TYPE_CHECKING:
    from dcc_rcp_meetings.live._bench_world import BenchWorld

GOALS = {"visible_p95_ms": 500.0, "ratio_cpu": 3.0}
_FIELD = "avis_précision"
_STARTED_S = 60.0
_HEARD_S = 10.0


@click.command("session")
@click.option("--cases", default=30, show_default=True, help="Cases on the agenda.")
@click.option("--people", default=20, show_default=True, help="Connected participants.")
@click.option("--saves", default=40, show_default=True, help="Saves of a decision.")
@click.option("--requests", default=100, show_default=True, help="Requests of the page.")
@click.option("--database", "url", default="", help="Empty base to measure on; SQLite else.")
def command(cases: int, people: int, saves: int, requests: int, url: str) -> dict[str, Any]:
    """Measure how soon a saved field is visible to all, and what the page costs."""
    from dcc_rcp_meetings.live._bench_world import make_world, register_more

    with tempfile.TemporaryDirectory(prefix="dcc-bench-") as folder:
        address = url or f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        env = _environment(folder, address)
        _run(env, "migrate")
        with _opened(address) as database:
            world = make_world(database, cases=cases, people=people)
            with _served(env) as origin:
                seen = _follow(origin, world, saves)
            page = _page(env, database, world, cases, requests)
            register_more(database, world, cases)
            doubled = _page(env, database, world, 2 * cases, 10)
    return {
        "cases": cases,
        "people": people,
        "saves": saves,
        "engine": address.partition(":")[0],
        "visible_ms": seen,
        "page": page,
        "statements": {str(cases): page["statements"], str(2 * cases): doubled["statements"]},
        "load_average": round(os.getloadavg()[0], 1),
        "goals": GOALS,
    }


def _follow(origin: str, world: "BenchWorld", saves: int) -> dict[str, float]:
    """Let everybody follow, save again and again, and return the delays of all the others."""
    writer = Browser(origin, world.secretary)
    writer.get(world.screen)
    writer.post(world.screen, action="ouvrir")
    writer.post(f"{world.screen}/dossiers/{world.case}", action="montrer")
    followers = [_Follower(Browser(origin, one), world) for one in world.people]
    with ExitStack() as stack:
        for follower in followers:
            stack.callback(follower.leave)
            follower.begin()
        delays: list[float] = []
        for number in range(1, saves + 1):
            for follower in followers:
                follower.expect(number)
            begun = time.perf_counter()
            writer.save(f"{world.screen}/avis/{world.case}/champs", _FIELD, number)
            delays += [(follower.wait() - begun) * 1000 for follower in followers]
    delays.sort()
    return {
        "p50": round(statistics.median(delays), 1),
        "p95": round(delays[int(len(delays) * 0.95) - 1], 1),
        "max": round(delays[-1], 1),
        "readings": len(delays),
    }


class _Follower:
    """One participant: a stream that is heard, and the answers asked for when it tells."""

    def __init__(self, browser: Browser, world: "BenchWorld") -> None:
        self._browser = browser
        self._answers = f"{world.screen}/avis/{world.case}"
        topics = " ".join(f"rcp_meetings.{one}:{world.meeting}" for one in ("session", "answer"))
        self._stream = Stream(browser, topics)
        self._wanted, self._seen_at = 0, 0.0
        self._seen, self._ready = threading.Event(), threading.Event()

    def begin(self) -> None:
        """Open the stream and wait until it greets."""
        threading.Thread(target=self._listen, daemon=True).start()
        if not self._ready.wait(_HEARD_S):
            raise click.ClickException("a stream did not open.")

    def expect(self, number: int) -> None:
        """Name the text that comes next."""
        self._seen.clear()
        self._wanted = number

    def wait(self) -> float:
        """Return when the text was read."""
        if not self._seen.wait(_HEARD_S):
            raise click.ClickException("a participant never saw what was saved.")
        return self._seen_at

    def leave(self) -> None:
        """Close the stream."""
        self._stream.close()

    def _listen(self) -> None:
        for event in self._stream.events():
            if event == "bonjour":
                self._ready.set()
            elif event == "nouvelle" and not self._seen.is_set():
                found = json.loads(self._browser.get(self._answers))
                told = [one["words"] for one in found["fields"].values()]
                if any(words.endswith(f"n° {self._wanted}") for words in told):
                    self._seen_at = time.perf_counter()
                    self._seen.set()


def _page(
    env: dict[str, str], database: Database, world: "BenchWorld", cases: int, requests: int
) -> dict[str, Any]:
    """Return what ``dcc bench pages`` says of the page, seen by its own physician as a guest."""
    from dcc_rcp_meetings.live._bench_world import seat_physician

    common = ["bench", "pages", "--patients", str(cases), "--json"]
    plugins = ["--plugin", "rcp_forms", "--plugin", "rcp_meetings"]
    where = ["--database", env["DCC_DATABASE_URL"]]
    _run(env, *common, *plugins, *where, "--requests", "1")
    seat_physician(database, world)
    wanted = ["--requests", str(requests), "--sessions", world.screen]
    found = json.loads(_run(env, *common, *plugins, *where, *wanted))
    figures: dict[str, Any] = found["pages"]["sessions"]
    return figures


def _environment(folder: str, url: str) -> dict[str, str]:
    chosen = {"DCC_ENV": "test", "DCC_HOME": folder, "DCC_DATABASE_URL": url}
    return {**os.environ, **chosen, "DCC_EMBEDDED_WORKER": "off", "DCC_SECRET_KEY": "bench" * 8}


def _run(env: dict[str, str], *words: str) -> str:
    command = [sys.executable, "-m", "dcc_core", *words]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise click.ClickException(f"dcc {words[0]} failed: {done.stderr[-500:]}")
    return done.stdout


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    from dcc_core.testing.databases import open_database

    database = open_database(url)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _served(env: dict[str, str]) -> Iterator[str]:
    """Serve the region in a process of its own and yield its address."""
    from dcc_rcp_meetings.live._bench_browser import answers, free_port

    port = free_port()
    command = [sys.executable, "-m", "dcc_core", "serve", "--port", str(port)]
    with (Path(env["DCC_HOME"]) / "serve.log").open("wb") as log:
        server = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + _STARTED_S
        while not answers(port):
            if server.poll() is not None or time.monotonic() > deadline:
                raise click.ClickException("the region did not start.")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)
