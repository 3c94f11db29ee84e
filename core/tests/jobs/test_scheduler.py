"""Jobs run when due, once over all workers, within their time, and their outcome is known."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session, select

from dcc_core.audit import AuditEntry, record_event
from dcc_core.db import Database
from dcc_core.errors import StartRefused
from dcc_core.exchange.workshop import Workshop
from dcc_core.hooks import Dispatcher, hookimpl
from dcc_core.hooks.contracts.ops import Job
from dcc_core.jobs.schedule import next_run
from dcc_core.jobs.scheduler import collect_jobs, list_jobs, register_jobs, run_due_job
from dcc_core.jobs.tables import ScheduledJob
from dcc_core.testing.exchange import MovableClock, demo_workshop

EVERY_MINUTE = "* * * * *"
Run = Callable[[Session], None]


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def workshop(database: Database, tmp_path: Path, clock: MovableClock) -> Workshop:
    return demo_workshop(database, tmp_path, clock=clock)


def leave_a_mark(session: Session) -> None:
    record_event(session, "job.mark")


def marks(workshop: Workshop) -> int:
    with workshop.database.reading() as session:
        return len(session.exec(select(AuditEntry)).all())


def registered(
    workshop: Workshop, run: Run, *, schedule: str = EVERY_MINUTE, max_runtime_s: int = 5
) -> list[tuple[str, Job]]:
    jobs = [("region", Job("region.job", "Tâche", schedule, run, max_runtime_s=max_runtime_s))]
    with workshop.database.session() as session:
        register_jobs(session, jobs, now=workshop.clock(), timezone="Europe/Paris")
    return jobs


def state(workshop: Workshop) -> ScheduledJob:
    with workshop.database.reading() as session:
        return list_jobs(session)[0]


def test_a_job_runs_when_due_and_then_waits(workshop: Workshop, clock: MovableClock) -> None:
    jobs = registered(workshop, leave_a_mark)
    assert not run_due_job(workshop, jobs)
    clock.forward(minutes=1)
    assert run_due_job(workshop, jobs)
    assert not run_due_job(workshop, jobs)
    assert marks(workshop) == 1
    assert (state(workshop).last_error, state(workshop).lease_until) == ("", None)


def test_missed_times_run_once(workshop: Workshop, clock: MovableClock) -> None:
    jobs = registered(workshop, leave_a_mark)
    clock.forward(hours=3)
    assert run_due_job(workshop, jobs)
    assert not run_due_job(workshop, jobs)


def test_a_failing_job_leaves_nothing_and_is_counted(
    workshop: Workshop, clock: MovableClock
) -> None:
    def fail(session: Session) -> None:
        leave_a_mark(session)
        raise RuntimeError("DÉMO-SECRET")

    jobs = registered(workshop, fail)
    for _ in range(2):
        clock.forward(minutes=1)
        run_due_job(workshop, jobs)
    assert marks(workshop) == 0
    assert (state(workshop).last_error, state(workshop).failures) == ("RuntimeError", 2)


def test_two_workers_run_a_due_job_once(workshop: Workshop, clock: MovableClock) -> None:
    jobs = registered(workshop, leave_a_mark)
    clock.forward(minutes=1)
    threads = [threading.Thread(target=run_due_job, args=(workshop, jobs)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert marks(workshop) == 1


def test_what_a_job_does_beyond_its_time_is_undone(workshop: Workshop, clock: MovableClock) -> None:
    may_end, ended = threading.Event(), threading.Event()

    def be_late(session: Session) -> None:
        may_end.wait(20)
        leave_a_mark(session)
        ended.set()

    jobs = registered(workshop, be_late, max_runtime_s=1)
    clock.forward(minutes=1)
    run_due_job(workshop, jobs)
    assert state(workshop).last_error.startswith("DCC-P101")
    may_end.set()
    assert ended.wait(20)
    _join("dcc-region")
    assert marks(workshop) == 0


def _join(name: str) -> None:
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(20)


def test_a_changed_schedule_counts_and_a_job_gone_is_forgotten(
    workshop: Workshop, clock: MovableClock
) -> None:
    registered(workshop, leave_a_mark)
    registered(workshop, leave_a_mark, schedule="0 3 * * *")
    assert state(workshop).next_at == datetime(2026, 3, 3, 2, tzinfo=UTC)
    with workshop.database.session() as session:
        register_jobs(session, [], now=clock(), timezone="Europe/Paris")
    with workshop.database.reading() as session:
        assert list_jobs(session) == ()


def test_a_schedule_that_never_comes_refuses_the_start() -> None:
    class Plugin:
        @hookimpl
        def dcc_jobs(self) -> list[Job]:
            return [
                Job("a.wrong", "Tâche", "every day", leave_a_mark),
                Job("a.never", "Tâche", "0 0 31 2 *", leave_a_mark),
            ]

    dispatcher = Dispatcher()
    dispatcher.register(Plugin(), "a")
    with pytest.raises(StartRefused) as caught:
        collect_jobs(dispatcher)
    assert [problem.code for problem in caught.value.problems] == ["JOB-001", "JOB-001"]


@pytest.mark.parametrize(
    ("zone", "after", "expected"),
    [
        (
            "Europe/Paris",
            datetime(2026, 3, 28, 12, tzinfo=UTC),
            datetime(2026, 3, 29, 1, tzinfo=UTC),
        ),
        (
            "Europe/Paris",
            datetime(2026, 10, 24, 12, tzinfo=UTC),
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        ),
        (
            "America/Martinique",
            datetime(2026, 3, 2, tzinfo=UTC),
            datetime(2026, 3, 2, 6, 30, tzinfo=UTC),
        ),
    ],
)
def test_half_past_two_follows_the_clocks_of_the_region(
    zone: str, after: datetime, expected: datetime
) -> None:
    assert next_run("30 2 * * *", after=after, timezone=zone) == expected
