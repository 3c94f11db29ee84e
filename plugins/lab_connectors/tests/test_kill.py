"""C1: what was acknowledged is in the core's inbox, once, whenever the listener dies."""

import contextlib
import multiprocessing
import os
import random
import signal
import threading
import time
from datetime import UTC, datetime
from multiprocessing.connection import Connection

import pytest
from sqlalchemy import text

from dcc_core.api import Database
from dcc_lab_connectors.inbox.receiver import InboxReceiver
from dcc_lab_connectors.mllp.client import MllpClient
from dcc_lab_connectors.mllp.server import MllpServer
from dcc_lab_connectors.mllp.service import ListenerThread
from dcc_lab_connectors.samples import oru

SENDERS = 3


def now() -> datetime:
    return datetime.now(UTC)


def serve(database: Database, announce: Connection) -> None:
    """Body of the process to kill: a listener over the inherited database."""
    database.engine.dispose(close=False)
    listener = ListenerThread(MllpServer(InboxReceiver(database.session, now), clock=now))
    announce.send(listener.start("127.0.0.1", 0))
    threading.Event().wait()


def send_until_cut(port: int, prefix: str, acknowledged: list[str], first: threading.Event) -> None:
    with contextlib.suppress(OSError), MllpClient("127.0.0.1", port, timeout_s=20) as client:
        for n in range(100_000):
            control_id = f"{prefix}-{n}"
            if client.send(oru(control_id)).code == "AA":
                acknowledged.append(control_id)
                first.set()


def kill_in_mid_flow(database: Database, name: str, pause: float) -> list[str]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=serve, args=(database, theirs))
    process.start()
    assert process.pid is not None
    port, first = ours.recv(), threading.Event()
    acknowledged: list[list[str]] = [[] for _ in range(SENDERS)]
    senders = [
        threading.Thread(target=send_until_cut, args=(port, f"{name}-{n}", kept, first))
        for n, kept in enumerate(acknowledged)
    ]
    for sender in senders:
        sender.start()
    first.wait(timeout=20)
    time.sleep(pause)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    for sender in senders:
        sender.join()
    ours.close()
    theirs.close()
    return [control_id for kept in acknowledged for control_id in kept]


def run_campaign(database: Database, rounds: int) -> tuple[int, int]:
    chance = random.Random(2026)  # noqa: S311 - a repeatable campaign
    acknowledged: list[str] = []
    for turn in range(rounds):
        acknowledged += kill_in_mid_flow(database, str(turn), chance.uniform(0.0, 0.3))
    with database.reading() as session:
        rows = session.execute(text("SELECT message_id, content FROM core_inbox")).all()
    stored = {message_id: bytes(content) for message_id, content in rows}
    assert len(stored) == len(rows), "a message was stored twice"
    assert set(acknowledged) <= set(stored), "an acknowledged message was lost"
    assert all(content == oru(message_id) for message_id, content in stored.items()), "half a frame"
    return len(acknowledged), len(stored)


def test_c01_acknowledged_is_stored_when_killed(database: Database) -> None:
    acknowledged, _ = run_campaign(database, 3)
    assert acknowledged >= 3


@pytest.mark.campaign
def test_c01_two_hundred_kills(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    acknowledged, stored = run_campaign(database, 200)
    with capsys.disabled():
        print(f"200 kills: {acknowledged} acknowledged, {stored} stored, none lost or doubled")  # noqa: T201
    assert acknowledged >= 200
