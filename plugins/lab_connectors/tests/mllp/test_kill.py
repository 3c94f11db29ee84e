"""C1: what was acknowledged is stored, whenever the listener dies."""

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

SCRIPT = Path(__file__).parents[1] / "sqlite_receiver.py"


def send_until_cut(port: int, prefix: str, acknowledged: list[str]) -> None:
    with contextlib.suppress(OSError), MllpClient("127.0.0.1", port, timeout_s=10) as client:
        for n in range(100_000):
            control_id = f"{prefix}-{n}"
            if client.send(oru(control_id)).code == "AA":
                acknowledged.append(control_id)


def kill_in_mid_flow(database: Path, round_number: int, pause: float) -> list[str]:
    command = [sys.executable, str(SCRIPT), str(database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        acknowledged: list[list[str]] = [[], [], []]
        senders = [
            threading.Thread(target=send_until_cut, args=(port, f"{round_number}-{n}", kept))
            for n, kept in enumerate(acknowledged)
        ]
        for sender in senders:
            sender.start()
        time.sleep(pause)
        os.kill(process.pid, signal.SIGKILL)
    for sender in senders:
        sender.join()
    return [control_id for kept in acknowledged for control_id in kept]


def campaign(database: Path, rounds: int) -> tuple[int, int]:
    chance = random.Random(2026)  # noqa: S311 - a repeatable campaign
    acknowledged: list[str] = []
    for round_number in range(rounds):
        acknowledged += kill_in_mid_flow(database, round_number, chance.uniform(0.05, 0.4))
    with contextlib.closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT control_id, raw FROM inbox").fetchall()
    stored = dict(rows)
    assert len(stored) == len(rows), "a message was stored twice"
    assert set(acknowledged) <= set(stored), "an acknowledged message was lost"
    assert all(raw == oru(control_id) for control_id, raw in stored.items()), "half a frame stored"
    return len(acknowledged), len(stored)


def test_c01_acknowledged_is_stored_when_killed(tmp_path: Path) -> None:
    acknowledged, _ = campaign(tmp_path / "inbox.sqlite", 4)
    assert acknowledged > 0


@pytest.mark.campaign
def test_c01_two_hundred_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    acknowledged, stored = campaign(tmp_path / "inbox.sqlite", 200)
    with capsys.disabled():
        print(f"200 kills: {acknowledged} acknowledged, {stored} stored, 0 lost")  # noqa: T201
    assert acknowledged > 200
