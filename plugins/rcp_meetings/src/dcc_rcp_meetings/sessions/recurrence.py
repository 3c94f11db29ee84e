"""When sessions of a rhythm take place: local days, then instants."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dcc_rcp_meetings.directory.models import Rhythm
from dcc_rcp_meetings.sessions.holidays import is_holiday


def session_days(rhythm: Rhythm, first: date, last: date) -> Iterator[date]:
    """Yield the days with a session between two days, both included."""
    day = first + timedelta(days=(rhythm.weekday - first.isoweekday()) % 7)
    while day <= last:
        if _is_in_rhythm(rhythm, day) and not _is_excepted(rhythm, day):
            yield day
        day += timedelta(days=7)


def local_instant(day: date, clock_time: str, timezone: str) -> datetime:
    """Return the instant of a local time; the clock on the wall rules when clocks change."""
    hour, minute = map(int, clock_time.split(":"))
    local = datetime.combine(day, time(hour, minute), ZoneInfo(timezone))
    return local.astimezone(UTC)


def _is_in_rhythm(rhythm: Rhythm, day: date) -> bool:
    if rhythm.weeks:
        is_last = (day + timedelta(days=7)).month != day.month
        return (day.day - 1) // 7 + 1 in rhythm.weeks or (5 in rhythm.weeks and is_last)
    if rhythm.anchor is None or rhythm.every == 1:
        return True
    monday = day - timedelta(days=day.weekday())
    origin = rhythm.anchor - timedelta(days=rhythm.anchor.weekday())
    return (monday - origin).days // 7 % rhythm.every == 0


def _is_excepted(rhythm: Rhythm, day: date) -> bool:
    return day in rhythm.except_days or (rhythm.skips_holidays and is_holiday(day))
