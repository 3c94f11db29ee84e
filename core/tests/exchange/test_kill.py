"""A worker killed at any instant loses nothing and applies nothing twice.

A real process works all lanes; it is killed with SIGKILL at random instants while reports arrive in
a drop folder and documents are signed. The far system is a database of its own that honours the
idempotency key, as every destination must, and counts how often it was asked.
"""

import json
import multiprocessing
import os
import random
import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from dcc_core.config import Settings, utc_now
from dcc_core.db import Database, open_database
from dcc_core.exchange.listing import count_states
from dcc_core.exchange.states import OutboxKind
from dcc_core.exchange.tables import OutboxMessage
from dcc_core.exchange.workshop import Workshop
from dcc_core.hooks import hookimpl
from dcc_core.hooks.contracts.labs import InboundOutcome, InboundSource, MessageParser, RawMessage
from dcc_core.hooks.contracts.life import Event, ResultReceived
from dcc_core.hooks.contracts.outbound import (
    DocumentNotice,
    DocumentRenderer,
    Envelope,
    OutboundFeed,
    Receipt,
)
from dcc_core.jobs.worker import Worker, lanes_of
from dcc_core.records import file_document
from dcc_core.records.tables import Document, DocumentVersion
from dcc_core.testing.documents import demo_document
from dcc_core.testing.exchange import demo_workshop
from dcc_core.testing.patients import qualified_patient

from .conftest import Laboratory, PlainRenderer, report

LEASE = timedelta(seconds=0.5)
DRAIN_TIMEOUT_S = 1800.0


class FarSystem:
    """A database that keeps each key once and counts every call, durable like ours."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._open() as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS taken (key TEXT PRIMARY KEY, calls INT)")

    def take(self, key: str) -> None:
        with self._open() as connection:
            connection.execute(
                "INSERT INTO taken VALUES (?, 1) ON CONFLICT DO UPDATE SET calls = calls + 1",
                (key,),
            )

    def keys(self, prefix: str) -> dict[str, int]:
        with closing(self._open()) as connection:
            rows = connection.execute(
                "SELECT key, calls FROM taken WHERE key LIKE ?", (prefix + "%",)
            )
            return dict(rows.fetchall())

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=30)


class DropFolder:
    """Files written by rename; one that is acknowledged is removed."""

    key = "lab.drop"
    order = 1

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def put(self, name: str, content: bytes) -> None:
        beside = self._folder / f"{name}.part"
        beside.write_bytes(content)
        beside.rename(self._folder / name)

    def poll(self) -> Iterable[RawMessage]:
        for path in sorted(self._folder.glob("*.json")):
            yield RawMessage(self.key, path.name, path.read_bytes())

    def ack(self, message_id: str, outcome: InboundOutcome) -> None:
        (self._folder / message_id).unlink(missing_ok=True)


class Feed:
    """A destination that writes to the far system."""

    key = "dmp.feed"
    label = "DMP"
    media_types = ("text/xml",)
    needs_qualified_identity = True
    order = 1

    def __init__(self, far: FarSystem) -> None:
        self._far = far

    def wants(self, notice: DocumentNotice) -> bool:
        return notice.origin == "local"

    def deliver(self, envelope: Envelope) -> Receipt:
        self._far.take(f"document/{envelope.key}")
        return Receipt(envelope.key, self.label)


class Plugin:
    """What the worker of this test runs."""

    def __init__(self, folder: Path) -> None:
        self.far = FarSystem(folder / "far.sqlite3")
        self.drop = DropFolder(folder / "drop")

    @hookimpl
    def dcc_message_parsers(self) -> list[MessageParser]:
        return [Laboratory()]

    @hookimpl
    def dcc_inbound_sources(self, settings: Settings) -> list[InboundSource]:
        return [self.drop]

    @hookimpl
    def dcc_outbound_feeds(self, settings: Settings) -> list[OutboundFeed]:
        return [Feed(self.far)]

    @hookimpl
    def dcc_document_renderers(self) -> list[DocumentRenderer]:
        return [PlainRenderer()]

    @hookimpl
    def dcc_event(self, event: Event) -> None:
        if isinstance(event, ResultReceived):
            self.far.take(f"event/{event.event_id}")


def open_here(url: str, folder: Path) -> tuple[Workshop, Plugin]:
    plugin = Plugin(folder)
    workshop = demo_workshop(open_database(url), folder, ("region", plugin), clock=utc_now)
    return replace(workshop, lease=LEASE), plugin


def work_until_killed(url: str, folder: Path) -> None:
    workshop, _ = open_here(url, folder)
    lanes = tuple(
        replace(lane, rest_s=0.01, rest_after_error_s=0.05) for lane in lanes_of(workshop)
    )
    worker = Worker(lanes)
    worker.start()
    worker.wait()


class Campaign:
    """Load from this process, work and death in another, then the account."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.url = database.engine.url.render_as_string(hide_password=False)
        self.folder = folder
        self.chance = random.Random(20260302)  # noqa: S311 - a repeatable campaign
        self.workshop, self.plugin = open_here(self.url, folder)
        with self.workshop.database.session() as session:
            self.patient: UUID = qualified_patient(session).id
        self.signed: set[str] = set()
        self.sent = 0

    def load(self) -> None:
        """Sign a document and drop two reports."""
        document = demo_document()
        with self.workshop.database.session() as session:
            file_document(session, document, patient_id=self.patient)
        self.signed.add(f"document/{document.document_id}/file")
        for _ in range(2):
            self.sent += 1
            content = report(id=f"ACP-{self.sent}", text=f"Compte rendu {self.sent}")
            self.plugin.drop.put(f"{self.sent:05}.json", content)

    def kill_once(self) -> None:
        """Run a worker for a moment, under load, and kill it."""
        self.workshop.database.engine.dispose()
        context = multiprocessing.get_context("spawn" if os.name == "nt" else "fork")
        child = context.Process(target=work_until_killed, args=(self.url, self.folder))
        child.start()
        self.load()
        time.sleep(self.chance.uniform(0.02, 0.4))
        child.kill()
        child.join()

    def drain(self) -> None:
        """Let a worker that nobody kills finish."""
        worker = Worker(lanes_of(self.workshop))
        worker.start()
        deadline = time.monotonic() + DRAIN_TIMEOUT_S
        try:
            while not self._is_idle():
                assert time.monotonic() < deadline, self._states()
                time.sleep(0.1)
        finally:
            worker.stop()

    def check(self) -> dict[str, int]:
        """Nothing lost, nothing applied twice; return the figures."""
        with self.workshop.database.reading() as session:
            reports = session.exec(
                select(func.count()).select_from(Document).where(Document.origin == "lab.drop")
            ).one()
            versions = session.exec(
                select(func.count())
                .select_from(DocumentVersion)
                .where(col(DocumentVersion.inbox_id).is_not(None))
            ).one()
            events = session.exec(
                select(OutboxMessage.payload).where(OutboxMessage.kind == OutboxKind.EVENT)
            ).all()
        results = [event for event in events if event["type"] == "ResultReceived"]
        delivered = self.plugin.far.keys("document/")
        heard = self.plugin.far.keys("event/")
        assert (reports, versions, len(results)) == (self.sent, self.sent, self.sent)
        assert set(delivered) == self.signed
        assert len(heard) == self.sent
        assert self._states()["inbox"] == {"processed": self.sent}
        assert set(self._states()["outbox"]) == {"delivered"}
        return {
            "reports": reports,
            "documents": len(delivered),
            "asked_again": sum(delivered.values())
            + sum(heard.values())
            - len(delivered)
            - len(heard),
        }

    def _is_idle(self) -> bool:
        inbox, outbox = self._states().values()
        waiting = inbox.get("received", 0) + outbox.get("pending", 0)
        return not waiting and not any((self.folder / "drop").glob("*.json"))

    def _states(self) -> dict[str, dict[str, int]]:
        with self.workshop.database.reading() as session:
            return count_states(session)


def run(database: Database, folder: Path, kills: int) -> dict[str, int]:
    campaign = Campaign(database, folder)
    for _ in range(kills):
        campaign.kill_once()
    campaign.drain()
    figures = campaign.check() | {"kills": kills}
    campaign.workshop.database.close()
    return figures


def test_kills_lose_nothing_and_apply_nothing_twice(database: Database, tmp_path: Path) -> None:
    assert run(database, tmp_path, 6)["reports"] == 12


@pytest.mark.campaign
def test_two_hundred_kills(database: Database, tmp_path: Path) -> None:
    figures = run(database, tmp_path, 200)
    print(json.dumps({"engine": database.engine.dialect.name} | figures))  # noqa: T201 - the record of the campaign
    assert figures["reports"] == 400
