"""Scheduled jobs, and the worker that runs them beside the queues of the exchange."""

from dcc_core.jobs.core_jobs import core_jobs
from dcc_core.jobs.opening import open_workshop
from dcc_core.jobs.scheduler import collect_jobs, list_jobs
from dcc_core.jobs.tables import ScheduledJob
from dcc_core.jobs.worker import Worker, prepare_worker

__all__ = [
    "ScheduledJob",
    "Worker",
    "collect_jobs",
    "core_jobs",
    "list_jobs",
    "open_workshop",
    "prepare_worker",
]
