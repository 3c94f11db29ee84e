"""HL7 version 3 data types, read back into neutral values."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from lxml import etree

from dcc_cda.standards.cda_r2 import NAMESPACE, XSI
from dcc_cda.standards.terminologies import NAMES
from dcc_cda.wording import PARIS
from dcc_core.api import Coded, Moment, NullFlavor, PartialDate, Period, Quantity, Value

E = TypeVar("E", bound=StrEnum)
Narratives = Mapping[str, str]
"""Text of the narrative by identifier."""

_TYPE = f"{{{XSI}}}type"
_TIMESTAMP = re.compile(
    r"(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(\d{2})(\d{2})?(?:\.\d+)?)?)?)?([+-]\d{4})?"
)


def tag(name: str) -> str:
    """Return a CDA element name with its namespace."""
    return f"{{{NAMESPACE}}}{name}"


def child(parent: etree._Element | None, *path: str) -> etree._Element | None:
    """Return the first element down a path of names, None as soon as one is missing."""
    for name in path:
        if parent is None:
            return None
        parent = parent.find(tag(name))
    return parent


def member(kind: type[E], value: str | None, otherwise: E) -> E:
    """Return the member of an enumeration with this value, ``otherwise`` when there is none."""
    return next((one for one in kind if one.value == value), otherwise)


def text_of(element: etree._Element | None) -> str:
    """Return the words inside an element, white space collapsed."""
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def read_moment(stamp: str | None) -> Moment | None:
    """Return a TS value; an instant without offset is French legal time. None when unreadable."""
    match = _TIMESTAMP.fullmatch((stamp or "").strip())
    if match is None:
        return None
    year, month, day, hour, minute, second, offset = match.groups()
    try:
        if day is None:
            return PartialDate(int(year), int(month) if month else None)
        if hour is None:
            return date(int(year), int(month), int(day))
        instant = datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=PARIS
        )
        return instant.replace(tzinfo=_zone(offset)) if offset else instant
    except ValueError:
        return None


def _zone(offset: str) -> timezone:
    minutes = int(offset[1:3]) * 60 + int(offset[3:5])
    return (
        timezone(timedelta(minutes=minutes if offset[0] == "+" else -minutes)) if minutes else UTC
    )


def read_time(element: etree._Element | None) -> Moment | None:
    """Return a TS element."""
    return read_moment(element.get("value")) if element is not None else None


def read_period(element: etree._Element | None) -> Period:
    """Return an IVL_TS element as an interval; a lone value is its beginning."""
    if element is None:
        return Period()
    low = read_time(child(element, "low")) or read_time(element)
    return Period(low, read_time(child(element, "high")))


def read_effective(element: etree._Element | None) -> Period | Moment | None:
    """Return when a statement holds."""
    if element is None or element.get("nullFlavor"):
        return None
    if element.get("value"):
        return read_time(element)
    return read_period(element)


def read_null_flavor(element: etree._Element) -> NullFlavor | None:
    """Return why an element has no value; a flavour we do not model is « no information »."""
    flavor = element.get("nullFlavor")
    return member(NullFlavor, flavor, NullFlavor.NO_INFORMATION) if flavor else None


def read_coded(element: etree._Element | None) -> Coded | None:
    """Return a CD or CE element, None when it has no code."""
    if element is None or not element.get("code"):
        return None
    system = element.get("codeSystem", "")
    name = element.get("codeSystemName", "")
    others = (read_coded(one) for one in element.findall(tag("translation")))
    return Coded(
        element.get("code", ""),
        system,
        element.get("displayName", ""),
        system_name="" if name == NAMES.get(system) else name,
        version=element.get("codeSystemVersion", ""),
        original_text=own_words(element),
        translations=tuple(one for one in others if one),
    )


def own_words(element: etree._Element) -> str:
    """Return the original text that an element itself holds, not the one it points at."""
    words = child(element, "originalText")
    return "" if words is None or child(words, "reference") is not None else text_of(words)


def pointed_words(element: etree._Element | None, narratives: Narratives) -> str:
    """Return the narrative that an element points at (``reference``), or the words it holds."""
    reference = child(element, "reference")
    if reference is None:
        return text_of(element)
    return narratives.get(reference.get("value", "").removeprefix("#"), "")


def read_value(element: etree._Element, narratives: Narratives) -> Value | None:
    """Return a typed ``value``, None for a type that the neutral document does not have."""
    flavor = read_null_flavor(element)
    if flavor is not None:
        return flavor
    kind = element.get(_TYPE, "CD").rpartition(":")[2]
    try:
        return _READERS[kind](element, narratives) if kind in _READERS else None
    except (ValueError, InvalidOperation):
        return None


def _read_concept(element: etree._Element, narratives: Narratives) -> Value | None:
    return read_coded(element) or pointed_words(child(element, "originalText"), narratives) or None


def _read_ordinal(element: etree._Element, narratives: Narratives) -> Value | None:
    if element.get("codeSystem"):
        return read_coded(element)
    return int(element.get("code", ""))


_READERS: dict[str, Callable[[etree._Element, Narratives], Value | None]] = {
    "CD": _read_concept,
    "CE": _read_concept,
    "CV": _read_concept,
    "CO": _read_ordinal,
    "BL": lambda element, _: element.get("value") == "true",
    "INT": lambda element, _: int(element.get("value", "")),
    "REAL": lambda element, _: Decimal(element.get("value", "")),
    "PQ": lambda element, _: Quantity(Decimal(element.get("value", "")), element.get("unit", "1")),
    "TS": lambda element, _: read_time(element),
    "ST": lambda element, _: text_of(element) or None,
    "ED": lambda element, narratives: pointed_words(element, narratives) or None,
}
