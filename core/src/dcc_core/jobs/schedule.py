"""When a job runs next: cron expressions in the time zone of the region."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from dcc_core.errors import Problem


def next_run(schedule: str, *, after: datetime, timezone: str) -> datetime:
    """Return the first instant after ``after`` that the schedule names, in UTC.

    A time that a change of clocks skips runs when the clock has moved on; one that occurs twice
    runs once.

    Args:
        schedule: Cron expression of five fields.
        timezone: IANA name of the zone in which it is read.
    """
    local = after.astimezone(ZoneInfo(timezone))
    return next(CronSim(schedule, local)).astimezone(UTC)


def schedule_problem(plugin: str, key: str, schedule: str) -> Problem | None:
    """Return what is wrong with a schedule, None when it can be followed."""
    try:
        next(CronSim(schedule, datetime(2026, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration):
        return Problem(
            "JOB-001",
            plugin,
            f"the job {key} has a schedule that never comes: {schedule!r}.",
            "Write a cron expression of five fields, for instance `15 3 * * *`.",
        )
    return None
