"""How values look on a page: dates, times, ages, matricules; UTC in storage, local here."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from dcc_core.config import Clock
from dcc_core.web.i18n import current_locale

_BROWSERS = (
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_TITLES = frozenset({"Dr", "Pr", "M.", "Mme"})
ABSENT = "–"
_INS_GROUPS = (1, 2, 2, 2, 3, 3, 2)


def filters(timezone: str, clock: Clock) -> Mapping[str, Callable[..., Any]]:
    """Return the template filters of a region."""
    zone = ZoneInfo(timezone)

    def local(value: datetime) -> datetime:
        return value.astimezone(zone)

    return {
        "day": lambda value: short_date(local(value) if isinstance(value, datetime) else value),
        "moment": lambda value: f"{local(value):%d/%m/%Y %H:%M}" if value else ABSENT,
        "clock_time": lambda value: f"{local(value):%H:%M}",
        "long_day": lambda value: long_date(
            local(value).date() if isinstance(value, datetime) else value
        ),
        "age": lambda born: age_in_years(born, local(clock()).date()),
        "ins": spaced_matricule,
        "number": number,
        "device": device_name,
        "initials": initials,
        "coded": coded_text,
    }


def short_date(value: date | None) -> str:
    """Return ``24/11/2026``, or a dash when there is no date."""
    return f"{value:%d/%m/%Y}" if value else ABSENT


def long_date(value: date) -> str:
    """Return ``mardi 24 novembre 2026`` in the language of the page."""
    from babel.dates import format_date

    return format_date(value, "full", locale=current_locale())


def age_in_years(born: date, today: date) -> int:
    """Return completed years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def spaced_matricule(value: str) -> str:
    """Return a matricule INS in the groups in which people read it: ``2 68 03 99 999 001 56``."""
    groups, rest = [], value
    for length in _INS_GROUPS:
        groups.append(rest[:length])
        rest = rest[length:]
    return " ".join(group for group in (*groups, rest) if group)


def number(value: float) -> str:
    """Return a number with a decimal comma and thin-spaced thousands."""
    text = f"{value:,.1f}" if value % 1 else f"{value:,.0f}"
    return text.replace(",", "\N{NARROW NO-BREAK SPACE}").replace(".", ",")


def device_name(user_agent: str) -> str:
    """Return a browser and a system that a person recognises in a list of devices."""
    browser = next((shown for mark, shown in _BROWSERS if mark in user_agent), "Navigateur")
    system = next((shown for mark, shown in _SYSTEMS if mark in user_agent), "")
    return f"{browser}, {system}" if system else browser


def initials(name: str) -> str:
    """Return up to two initials of a name."""
    words = [word for word in name.split() if word[:1].isalpha() and word not in _TITLES]
    return "".join(word[0] for word in (*words[:1], *words[1:][-1:])).upper()


def coded_text(value: object) -> str:
    """Return how a value of a document reads: the label of a code, a date, a decimal comma."""
    label = getattr(value, "label", None)
    if label is not None:
        return str(label)
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, Decimal | float | int):
        return str(value).replace(".", ",")
    quantity = getattr(value, "value", None)
    if isinstance(quantity, Decimal):
        return f"{quantity} {getattr(value, 'unit', '')}".replace(".", ",").strip()
    return short_date(value) if isinstance(value, date) else ABSENT if value is None else str(value)
