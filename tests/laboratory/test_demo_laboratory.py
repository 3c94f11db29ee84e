"""The laboratory of the demonstration reaches the records of the demonstration, or a person."""

import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from dcc_core.api import Database, Environment, Settings
from dcc_core.testing.exchange import MovableClock, demo_workshop, work
from dcc_core.testing.patients import qualified_patient
from dcc_lab_connectors.plugin import LabConnectorsPlugin
from dcc_lab_connectors.settings import LabSettings
from dcc_sandbox.plugin import SandboxPlugin
from dcc_sandbox.settings import SandboxSettings

MESSAGES = 4


class DemoCore:
    """What both plugins are given when a demonstration starts."""

    def __init__(self, workshop, folder: Path) -> None:
        self.settings = Settings(env=Environment.DEMO, home=folder)
        self.region, self.clock = workshop.region, workshop.clock
        self.session = workshop.database.session
        self.reading = workshop.database.reading


def wait_for(condition: Callable[[], bool], timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.05)


def test_messages_are_filed_and_one_waits_for_a_person(database: Database, tmp_path: Path) -> None:
    lab = LabConnectorsPlugin(LabSettings())
    sandbox = SandboxPlugin(SandboxSettings(psc_port=0, lab_messages=MESSAGES, lab_pause_s=0.05))
    clock = MovableClock()
    workshop = demo_workshop(database, tmp_path, ("lab_connectors", lab), clock=clock)
    with database.session() as session:
        qualified_patient(session, 1)

    def rows(query: str) -> list[str]:
        with database.reading() as session:
            return [row[0] for row in session.execute(text(query))]

    core = DemoCore(workshop, tmp_path)
    lab.dcc_startup(core)
    sandbox.dcc_startup(core)
    try:
        wait_for(lambda: rows("SELECT count(*) FROM core_inbox") == [MESSAGES])
    finally:
        sandbox.dcc_shutdown(core)
        lab.dcc_shutdown(core)
    work(workshop)
    states = rows("SELECT state FROM core_inbox ORDER BY id")
    assert states == ["processed", "quarantined", "processed", "processed"]
    assert rows("SELECT count(*) FROM core_document") == [3]
    assert not (tmp_path / "mllp.port").exists()
