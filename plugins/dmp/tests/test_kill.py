"""Workers killed at any instant, a partner that misbehaves: nothing lost, nothing twice, in order.

The suite runs a small campaign; ``pytest -m campaign`` a hundred kills over five hundred
deliveries; ``KILL_CAMPAIGN=30,120`` another size, ``KILL_CAMPAIGN_SEED`` other chances.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select

from dcc_cda.plugin import CdaPlugin
from dcc_cda.specimen import frcp_specimen
from dcc_core.api import PluginSettings
from dcc_core.exchange.states import OutboxState
from dcc_core.exchange.tables import OutboxMessage
from dcc_core.records import file_document, new_oid
from dcc_core.testing.exchange import demo_workshop
from dcc_core.testing.patients import qualified_patient
from dcc_dmp.plugin import DmpPlugin
from dcc_sandbox.dmp import names
from dcc_sandbox.dmp.faults import Trouble, Troubles

from .killed_worker import dmp_settings, fast_clock

SMALL = (4, 12)
FULL = tuple(map(int, os.environ.get("KILL_CAMPAIGN", "100,500").split(",")))
SEED = int(os.environ.get("KILL_CAMPAIGN_SEED", "7"))
BETWEEN_KILLS_S = (0.05, 1.0)
WORKERS = 2
PER_PATIENT = 4
DEADLINE_S = 600
RATES = {
    Trouble.LOST_ANSWER: 0.03,
    Trouble.LOST_REQUEST: 0.03,
    Trouble.BUSY: 0.02,
    Trouble.RECEIVER_FAULT: 0.01,
    Trouble.HTML_PAGE: 0.01,
    Trouble.TRUNCATED: 0.01,
}
"""Per exchange; a delivery is two of them at least."""


def owe_documents(workshop, deliveries: int) -> dict[str, list[str]]:
    """File several documents per patient; return their identifiers by INS, in order."""
    owed: dict[str, list[str]] = defaultdict(list)
    for number in range(1, deliveries // PER_PATIENT + 1):
        with workshop.database.session() as session:
            patient = qualified_patient(session, number)
            ins = next(one for one in patient.traits.identifiers if one.kind == "INS").value
            for _ in range(PER_PATIENT):
                oid = new_oid()
                document = replace(frcp_specimen(), document_id=oid, set_id=oid)
                file_document(session, document, patient_id=patient.id)
                owed[ins].append(oid)
    return owed


def states(database) -> list[tuple[str, str]]:
    with database.reading() as session:
        rows = session.exec(select(OutboxMessage)).all()
        return [(row.state, row.error) for row in rows if row.destination == "dmp.feed"]


class Crew:
    """Workers, replaced as they are killed."""

    def __init__(self, *arguments: object) -> None:
        script = Path(__file__).with_name("killed_worker.py")
        self._forks = subprocess.Popen(
            [sys.executable, str(script), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._workers = [self._start() for _ in range(WORKERS)]

    def _start(self) -> int:
        assert self._forks.stdin is not None
        assert self._forks.stdout is not None
        self._forks.stdin.write("\n")
        self._forks.stdin.flush()
        return int(self._forks.stdout.readline())

    def kill_one(self, number: int, *, after_s: float) -> None:
        time.sleep(after_s)
        os.kill(self._workers[number % WORKERS], signal.SIGKILL)
        self._workers[number % WORKERS] = self._start()

    def dismiss(self) -> None:
        for worker in self._workers:
            os.kill(worker, signal.SIGKILL)
        with self._forks:  # closes its pipes
            self._forks.kill()


@pytest.mark.parametrize(
    ("kills", "deliveries"), [SMALL, pytest.param(*FULL, marks=pytest.mark.campaign)]
)
def test_killed_workers_lose_nothing_and_send_nothing_twice(
    kills, deliveries, database, dmp, address, organisation, tmp_path, capsys
):
    chance = random.Random(SEED)  # noqa: S311
    settings = dmp_settings(address, organisation.certificate, organisation.key)
    plugins = (("cda", CdaPlugin(PluginSettings())), ("dmp", DmpPlugin(settings)))
    workshop = demo_workshop(database, tmp_path, *plugins, clock=fast_clock())
    owed = owe_documents(workshop, deliveries)
    dmp.troubles = Troubles(RATES, seed=SEED)
    url = database.engine.url.render_as_string(hide_password=False)
    crew = Crew(tmp_path, url, address, organisation.certificate, organisation.key)
    try:
        for number in range(kills):
            crew.kill_one(number, after_s=chance.uniform(*BETWEEN_KILLS_S))
        left = sum(state != OutboxState.DELIVERED for state, _ in states(database))
        _wait_until_done(database, deliveries)
    finally:
        crew.dismiss()
    arrived: dict[str, list[str]] = defaultdict(list)
    for one in dmp.holdings.documents():
        arrived[one.patient_id.split("^")[0]].append(one.unique_id)
    assert dict(arrived) == dict(owed), "lost, twice, or out of order"
    outcomes = Counter(outcome for action, outcome in dmp.log if action == names.PROVIDE)
    assert outcomes["ok"] == deliveries
    assert left, "the kills came after the work: nothing was proved"
    told = (
        f"{kills} kills, {deliveries} deliveries ({left} left at the last kill), "
        f"{len(dmp.log)} exchanges, {outcomes['XDSDuplicateUniqueIdInRegistry']} recognised as "
        "sent before: 0 lost, 0 twice, order kept"
    )
    with capsys.disabled():
        print(f"\n{told}")  # noqa: T201


def _wait_until_done(database, deliveries: int) -> None:
    limit = time.monotonic() + DEADLINE_S
    while time.monotonic() < limit:
        found = states(database)
        assert not [one for one in found if one[0] == OutboxState.DEAD], found
        if len(found) == deliveries and all(one[0] == OutboxState.DELIVERED for one in found):
            return
        time.sleep(0.3)
    pytest.fail(f"not done in time: {states(database)}")
