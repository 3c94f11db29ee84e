"""C1 with the whole product: `dcc worker` killed while three laboratories send into its inbox."""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dcc_lab_connectors.mllp.client import MllpClient
from dcc_lab_connectors.samples import oru

ROUNDS = int(os.environ.get("LAB_KILL_ROUNDS", "200"))
PATIENCE_S = 120


def send_until_cut(port: int, prefix: str, acknowledged: list[str]) -> None:
    with contextlib.suppress(OSError), MllpClient("127.0.0.1", port, timeout_s=10) as client:
        for n in range(100_000):
            control_id = f"{prefix}-{n}"
            if client.send(oru(control_id)).code == "AA":
                acknowledged.append(control_id)


def environment(home: Path) -> dict[str, str]:
    own = {
        "DCC_ENV": "test",
        "DCC_HOME": str(home),
        "DCC_PLUGINS__LAB_CONNECTORS__MLLP_PORT": "0",
    }
    return {name: value for name, value in os.environ.items() if not name.startswith("DCC_")} | own


def start_worker(home: Path) -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "dcc_core", "worker"],
        env=environment(home),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        line = process.stderr.readline()
        if line.startswith("MLLP: "):
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return process, int(line.rpartition(":")[2])
    raise AssertionError("dcc worker did not start")


def kill_in_mid_flow(home: Path, name: str, pause: float) -> list[str]:
    process, port = start_worker(home)
    acknowledged: list[list[str]] = [[], [], []]
    senders = [
        threading.Thread(target=send_until_cut, args=(port, f"{name}-{n}", kept))
        for n, kept in enumerate(acknowledged)
    ]
    for sender in senders:
        sender.start()
    time.sleep(pause)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    for sender in senders:
        sender.join()
    return [control_id for kept in acknowledged for control_id in kept]


@pytest.mark.campaign
def test_c01_killed_worker_keeps_what_it_acknowledged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(
        [sys.executable, "-m", "dcc_core", "migrate"],
        env=environment(tmp_path),
        check=True,
        capture_output=True,
    )
    chance = random.Random(2026)  # noqa: S311 - a repeatable campaign
    acknowledged: list[str] = []
    for turn in range(ROUNDS):
        acknowledged += kill_in_mid_flow(tmp_path, f"{turn}", chance.uniform(0.1, 1.0))
    with contextlib.closing(sqlite3.connect(tmp_path / "dcc.sqlite3")) as connection:
        rows = connection.execute("SELECT message_id, content FROM core_inbox").fetchall()
    stored = dict(rows)
    with capsys.disabled():
        print(f"{ROUNDS} kills: {len(acknowledged)} acknowledged, {len(rows)} stored")  # noqa: T201
    assert len(stored) == len(rows), "a message was stored twice"
    assert set(acknowledged) <= set(stored), "an acknowledged message was lost"
    assert all(content == oru(message_id) for message_id, content in stored.items())
    assert acknowledged
