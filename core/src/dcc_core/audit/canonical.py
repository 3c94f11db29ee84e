"""One text per audit row, the same on both engines, computed by the database or by Python alike.

What is sealed is this text. It is built in SQL when rows are sealed or verified, because a server
concatenates columns faster than Python reads them one by one, and in Python when a row is written
and when an archive is read. The separator cannot occur inside a field: text is cleaned at writing
and JSON escapes it, so that moving a character across a boundary changes the text.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Dialect, String, Text, TypeDecorator, literal_column

SEPARATOR = "\x1f"
FIELDS = (
    "sequence",
    "at",
    "event",
    "outcome",
    "actor_id",
    "actor",
    "purpose",
    "patient_id",
    "object_kind",
    "object_id",
    "object_version",
    "reason",
    "basis",
    "correlation_id",
    "via",
    "source_ip",
    "details",
    "mac",
)
"""Columns in the order of the text; the number comes first and the authentication code last."""

_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
_UUIDS = frozenset({"actor_id", "patient_id", "object_id"})


def canonical_json(value: Any) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, no escapes but the needed."""
    return _ENCODER.encode(value)


class CanonicalJson(TypeDecorator[Any]):
    """JSON kept as its canonical text, so that both engines hold the same bytes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        """Return the canonical text."""
        return canonical_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Return the value again."""
        return None if value is None else json.loads(value)


def clean(text: str, length: int) -> str:
    """Return text on one line without control characters, cut to its column."""
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " for char in text)
    return text[:length]


def line_of(row: Mapping[str, Any]) -> str:
    """Return the text of a row given as Python values."""
    return SEPARATOR.join(_text(row[name]) for name in FIELDS)


@cache
def line_expression(dialect: str) -> ColumnElement[str]:
    """Return the same text as an SQL expression over the columns of the audit table."""
    parts = (f"COALESCE({_sql_text(name, dialect)}, '')" for name in FIELDS)
    return literal_column(f" || '{SEPARATOR}' || ".join(parts), String())


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        instant = value.astimezone(UTC).replace(tzinfo=None)
        return instant.isoformat(sep=" ", timespec="microseconds")
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, dict):
        return canonical_json(value)
    return str(value)


def _sql_text(name: str, dialect: str) -> str:
    if dialect == "postgresql" and name == "at":
        return "TO_CHAR(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
    text = f"CAST({name} AS TEXT)"
    if dialect == "postgresql" and name in _UUIDS:
        return f"REPLACE({text}, '-', '')"
    return text
