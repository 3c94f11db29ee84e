"""HL7 dates: YYYY[MM[DD[HH[MM[SS[.S+]]]]]][±ZZZZ] (HL7 v2.5 §2.A.22)."""

import re
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache

_DATE = re.compile(
    r"(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:\.\d{1,6})?(?:([+-]\d{2})(\d{2}))?"
)


def read_date(text: str) -> date | None:
    """Calendar day of a value of 8 digits or more; None when it names no day."""
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def read_instant(text: str, zone: tzinfo) -> datetime | None:
    """Instant in UTC; a value without offset is local to `zone`. None when it cannot be read.

    The lines of one report mostly carry the same instant, hence the cache.
    """
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second, offset_hours, offset_minutes = match.groups()
    try:
        local = datetime(
            int(year),
            int(month or 1),
            int(day or 1),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            tzinfo=zone,
        )
        if offset_hours:
            local = datetime.strptime(
                f"{local:%Y%m%d%H%M%S}{offset_hours}{offset_minutes}", "%Y%m%d%H%M%S%z"
            )
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
