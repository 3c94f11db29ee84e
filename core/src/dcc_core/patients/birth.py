"""Birth dates that are only partly known.

Source: RNIV 1 v2.0, rules for interpreted birth dates: unknown day → first of the month; unknown
day and month → 31 December of the year.
"""

import re
from dataclasses import dataclass
from datetime import date

from dcc_core.hooks.contracts.identity import DatePrecision

_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})(?:-(?P<day>\d{2}))?")
_FRENCH = re.compile(r"(?:(?:(?P<day>\d{1,2})[/. -])?(?P<month>\d{1,2})[/. -])?(?P<year>\d{4})")
_COMPACT = re.compile(r"(?P<day>\d{2})(?P<month>\d{2})(?P<year>\d{4})")
_SHAPES = (_ISO, _FRENCH, _COMPACT)


@dataclass(frozen=True, slots=True)
class BirthDate:
    """A full date, and how much of it is really known."""

    value: date
    precision: DatePrecision = DatePrecision.DAY

    @property
    def text(self) -> str:
        """Return what is known, as it is written in French: ``12/03/1957``, ``03/1957``,
        ``1957``.
        """
        day = self.value
        match self.precision:
            case DatePrecision.DAY:
                return f"{day.day:02}/{day.month:02}/{day.year:04}"
            case DatePrecision.MONTH:
                return f"{day.month:02}/{day.year:04}"
            case DatePrecision.YEAR:
                return f"{day.year:04}"


def parse_birth_date(text: str) -> BirthDate | None:
    """Read ``12/03/1957``, ``12031957``, ``03/1957``, ``1957`` or an ISO date; None when it is no
    date.
    """
    for shape in _SHAPES:
        found = shape.fullmatch(text.strip())
        if found:
            return _complete(found)
    return None


def _complete(found: re.Match[str]) -> BirthDate | None:
    year, month, day = int(found["year"]), found["month"], found["day"]
    try:
        if month is None:
            return BirthDate(date(year, 12, 31), DatePrecision.YEAR)
        if day is None:
            return BirthDate(date(year, int(month), 1), DatePrecision.MONTH)
        return BirthDate(date(year, int(month), int(day)))
    except ValueError:
        return None
