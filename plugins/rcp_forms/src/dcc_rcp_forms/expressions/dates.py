"""Imprecise dates: a day, a month or a year, held as the first and last day they can mean."""

import re
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

_EPOCH = date(1970, 1, 1).toordinal()
FIRST_YEAR, LAST_YEAR = 1800, 2199
_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_FRENCH = re.compile(r"(?:(?:(\d{1,2})/)?(\d{1,2})/)?(\d{4})", re.ASCII)


class DateSpan(NamedTuple):
    """Days counted from 1970-01-01; both ends equal when the day is known."""

    first: int
    last: int


def parse_date(text: str) -> DateSpan | None:
    """Read `2024-03-15`, `2024-03`, `2024`, `15/03/2024`, `03/2024`; None when it is no date."""
    if match := _ISO.fullmatch(text):
        year, month, day = match.groups()
    elif match := _FRENCH.fullmatch(text):
        day, month, year = match.groups()
    else:
        return None
    try:
        return _span(int(year), int(month) if month else None, int(day) if day else None)
    except ValueError:
        return None


def precision_of(span: DateSpan) -> str:
    """Return `jour`, `mois` or `année`."""
    width = span.last - span.first
    return "jour" if width == 0 else "mois" if width < 31 else "année"


def iso_text(text: str) -> str | None:
    """Rewrite a date as stored (`2024-03-15`, `2024-03`, `2024`); None when it is no date."""
    span = parse_date(text)
    if span is None:
        return None
    length = {"jour": 10, "mois": 7, "année": 4}[precision_of(span)]
    return date.fromordinal(span.first + _EPOCH).isoformat()[:length]


def french_text(text: str) -> str:
    """Write a stored date the French way; text that is no date comes back unchanged."""
    return "/".join(reversed(text.split("-"))) if _ISO.fullmatch(text) else text


def _span(year: int, month: int | None, day: int | None) -> DateSpan:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(year)
    first = date(year, month or 1, day or 1).toordinal() - _EPOCH
    if day is not None:
        return DateSpan(first, first)
    after = date(year + 1, 1, 1) if month in {None, 12} else date(year, (month or 0) + 1, 1)
    return DateSpan(first, after.toordinal() - _EPOCH - 1)


def is_before(left: DateSpan, right: DateSpan) -> bool | None:
    """Tell whether `left` is strictly before `right`; unknown when the spans overlap."""
    if left.last < right.first:
        return True
    return False if left.first >= right.last else None


def is_same(left: DateSpan, right: DateSpan) -> bool | None:
    """Tell whether both are the same day; unknown while an imprecise date leaves it open."""
    if left.last < right.first or right.last < left.first:
        return False
    return True if left.first == left.last == right.first == right.last else None


def _elapsed(measure: Callable[[int, int], int], start: DateSpan, end: DateSpan) -> float | None:
    shortest, longest = measure(start.last, end.first), measure(start.first, end.last)
    return float(shortest) if shortest == longest else None


def days_between(start: DateSpan, end: DateSpan) -> float | None:
    """Count days from start to end; unknown unless both days are known."""
    return _elapsed(lambda first, last: last - first, start, end)


def months_between(start: DateSpan, end: DateSpan) -> float | None:
    """Count whole months elapsed, negative backwards; unknown if imprecision changes the count."""
    return _elapsed(_months, start, end)


def years_between(start: DateSpan, end: DateSpan) -> float | None:
    """Count whole years elapsed, as an age; unknown if imprecision changes the count."""
    return _elapsed(lambda first, last: _whole_years(_months(first, last)), start, end)


def _whole_years(months: int) -> int:
    return months // 12 if months >= 0 else -(-months // 12)


def _months(start: int, end: int) -> int:
    if end < start:
        return -_months(end, start)
    first, last = date.fromordinal(start + _EPOCH), date.fromordinal(end + _EPOCH)
    months = (last.year - first.year) * 12 + last.month - first.month
    return months - (last.day < first.day)
