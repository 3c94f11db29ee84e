"""A worker works its lanes until told to stop, and survives what goes wrong in one of them."""

import threading
from pathlib import Path

from sqlmodel import Session

from dcc_core.db import Database
from dcc_core.hooks import hookimpl
from dcc_core.hooks.contracts.life import Event
from dcc_core.jobs import prepare_worker
from dcc_core.jobs.worker import Lane, Worker
from dcc_core.patients import create_patient
from dcc_core.testing.exchange import MovableClock, demo_workshop
from dcc_core.testing.patients import demo_traits


class Listener:
    def __init__(self) -> None:
        self.heard = threading.Event()

    @hookimpl
    def dcc_event(self, event: Event) -> None:
        self.heard.set()


def test_an_event_is_heard_by_a_running_worker(database: Database, tmp_path: Path) -> None:
    listener = Listener()
    workshop = demo_workshop(database, tmp_path, ("listener", listener), clock=MovableClock())
    worker = prepare_worker(workshop)
    worker.start()
    try:
        with database.session() as session:
            _create(session)
        assert listener.heard.wait(20)
    finally:
        worker.stop()


def _create(session: Session) -> None:
    create_patient(session, demo_traits())


def test_a_failing_lane_goes_on_and_stops_no_other() -> None:
    tries, others = threading.Semaphore(0), threading.Semaphore(0)

    def fail() -> bool:
        tries.release()
        raise RuntimeError

    def work() -> bool:
        others.release()
        return False

    worker = Worker(
        (
            Lane("failing", fail, rest_after_error_s=0.01),
            Lane("working", work, rest_s=0.01),
        )
    )
    worker.start()
    try:
        assert all(semaphore.acquire(timeout=20) for semaphore in (tries, others) for _ in range(3))
    finally:
        worker.stop()
