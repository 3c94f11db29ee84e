"""Public holidays of France (Code du travail, art. L3133-1)."""

from datetime import date, timedelta
from functools import cache

_FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
_AFTER_EASTER = (1, 39, 50)


def is_holiday(day: date) -> bool:
    """Tell whether a day is a public holiday in the whole country."""
    return day in _holidays(day.year)


@cache
def _holidays(year: int) -> frozenset[date]:
    fixed = (date(year, month, number) for month, number in _FIXED)
    movable = (easter(year) + timedelta(days=days) for days in _AFTER_EASTER)
    return frozenset((*fixed, *movable))


def easter(year: int) -> date:
    """Return Easter Sunday of a Gregorian year (Meeus, Jones and Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, number = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, number + 1)
