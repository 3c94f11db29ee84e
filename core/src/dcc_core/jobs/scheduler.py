"""Run scheduled jobs: each due time once over all workers, within its time, recorded.

A job runs in one transaction. When it exceeds its time the claim is taken back, and the transaction
of the late run is rolled back because it no longer holds the claim.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlmodel import Session, col, or_, select

from dcc_core.audit import AuditContext, audit_context
from dcc_core.errors import Conflict, StartRefused
from dcc_core.exchange.outbox import describe
from dcc_core.exchange.workshop import Workshop
from dcc_core.hooks import Dispatcher
from dcc_core.hooks.contracts.ops import Job
from dcc_core.jobs.schedule import next_run, schedule_problem
from dcc_core.jobs.tables import ScheduledJob

MARGIN = timedelta(seconds=30)
"""Time between the end of a run's time and the end of its claim."""

Jobs = Sequence[tuple[str, Job]]
"""Jobs beside the name of the plugin that brings each."""


def collect_jobs(dispatcher: Dispatcher) -> Jobs:
    """Return the jobs of the plugins.

    Raises:
        StartRefused: A plugin fails, or a schedule can never be followed.
    """
    jobs = dispatcher.collect("dcc_jobs")
    problems = [schedule_problem(plugin, job.key, job.schedule) for plugin, job in jobs]
    if any(problems):
        raise StartRefused(problem for problem in problems if problem)
    return jobs


def register_jobs(session: Session, jobs: Jobs, *, now: datetime, timezone: str) -> None:
    """Note when each job runs next; a changed schedule counts from now, a job gone is forgotten."""
    known = {row.key: row for row in session.exec(select(ScheduledJob).with_for_update())}
    for _, job in jobs:
        row = known.pop(job.key, None)
        if row is not None and row.schedule == job.schedule:
            continue
        row = row or ScheduledJob(key=job.key, schedule=job.schedule, next_at=now)
        row.schedule = job.schedule
        row.next_at = next_run(job.schedule, after=now, timezone=timezone)
        session.add(row)
    for gone in known.values():
        session.delete(gone)


def run_due_job(workshop: Workshop, jobs: Jobs) -> bool:
    """Run the next job that is due; return False when none is."""
    by_key = {job.key: (plugin, job) for plugin, job in jobs}
    with workshop.database.reading() as session:
        key = _first_due(session, jobs, workshop.clock())
    if key is None:
        return False
    plugin, job = by_key[key]
    token = _claim(workshop, job)
    if token is not None:
        _run(workshop, plugin, job, token)
    return True


def list_jobs(session: Session) -> tuple[ScheduledJob, ...]:
    """Return how each job stands, for the administration."""
    return tuple(session.exec(select(ScheduledJob).order_by(ScheduledJob.key)))


def _claim(workshop: Workshop, job: Job) -> UUID | None:
    now = workshop.clock()
    with workshop.database.session() as session:
        row = session.exec(
            select(ScheduledJob)
            .where(ScheduledJob.key == job.key, ScheduledJob.next_at <= now)
            .with_for_update(skip_locked=True)
        ).one_or_none()
        if row is None or (job.singleton and row.lease_until and row.lease_until > now):
            return None
        row.next_at = next_run(row.schedule, after=now, timezone=workshop.region.timezone)
        row.lease_token = uuid4()
        row.lease_until = now + timedelta(seconds=job.max_runtime_s) + MARGIN
        row.last_started_at = now
        return row.lease_token


def _run(workshop: Workshop, plugin: str, job: Job, token: UUID) -> None:
    error: Exception | None = None
    with audit_context(AuditContext(via="job", correlation_id=job.key[:40])):
        try:
            workshop.ask(
                plugin,
                lambda: _run_in_transaction(workshop, job, token),
                timeout_s=job.max_runtime_s,
            )
        except Exception as raised:  # noqa: BLE001 - a job is code of a plugin
            error = raised
            workshop.dispatcher.record_failure(plugin, job.key, raised)
    with workshop.database.session() as session:
        row = _claimed(session, job.key, token)
        if row is not None:
            _record(row, error, workshop.clock())


def _run_in_transaction(workshop: Workshop, job: Job, token: UUID) -> None:
    with workshop.database.session() as session:
        job.run(session)
        if job.singleton and _claimed(session, job.key, token) is None:
            raise Conflict(
                "JOB-002", "La tâche a dépassé son temps : ce qu'elle a fait est annulé."
            )


def _record(row: ScheduledJob, error: Exception | None, now: datetime) -> None:
    row.lease_token = None
    row.lease_until = None
    row.last_finished_at = now
    row.last_error = describe(error) if error else ""
    row.failures = row.failures + 1 if error else 0


def _claimed(session: Session, key: str, token: UUID) -> ScheduledJob | None:
    return session.exec(
        select(ScheduledJob)
        .where(ScheduledJob.key == key, ScheduledJob.lease_token == token)
        .with_for_update()
    ).one_or_none()


def _first_due(session: Session, jobs: Jobs, now: datetime) -> str | None:
    may_overlap = [job.key for _, job in jobs if not job.singleton]
    return session.exec(
        select(ScheduledJob.key)
        .where(
            col(ScheduledJob.key).in_([job.key for _, job in jobs]),
            ScheduledJob.next_at <= now,
            or_(
                col(ScheduledJob.lease_until).is_(None),
                col(ScheduledJob.lease_until) <= now,
                col(ScheduledJob.key).in_(may_overlap),
            ),
        )
        .order_by(col(ScheduledJob.next_at))
        .limit(1)
    ).first()
