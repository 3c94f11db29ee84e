"""Rows as JSON: read one, compare two, write one back, whatever table they are in."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Column, ColumnElement, Connection, Table, TypeDecorator, and_, select

Image = dict[str, Any]
"""Values of a row by column name, in a form that JSON can hold."""


def read_image(connection: Connection, table: Table, key: Image) -> Image | None:
    """Return the row that a key designates, None when it is gone."""
    row = connection.execute(select(table).where(key_clause(table, key))).mappings().one_or_none()
    return None if row is None else image_of(row)


def image_of(row: Mapping[Any, Any]) -> Image:
    """Return the image of a row selected with all its columns."""
    return {str(name): encode(value) for name, value in row.items()}


def key_of(table: Table, values: Mapping[Any, Any]) -> Image:
    """Return the part of a row, or of its image, that designates it."""
    return {column.name: encode(values[column.name]) for column in table.primary_key.columns}


def key_clause(table: Table, key: Image) -> ColumnElement[bool]:
    """Return the condition that only this row fulfils."""
    values = decoded(table, key)
    return and_(*(column == values[column.name] for column in table.primary_key.columns))


def decoded(table: Table, image: Image) -> dict[str, Any]:
    """Return the values that an image stands for."""
    return {name: _decode(table.columns[name], value) for name, value in image.items()}


def encode(value: Any) -> Any:
    """Return a value as JSON holds it.

    Raises:
        TypeError: For a type that no column of a patient's row may have.
    """
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(f"a {type(value).__name__} cannot be journalled")


def python_type_of(column: Column[Any]) -> type[Any]:
    """Return the Python type of a column's values, also behind a type decorator."""
    stored = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    if isinstance(stored, JSON):
        return dict
    kind: type[Any] = getattr(stored, "python_type")  # noqa: B009 - typed as a descriptor
    return kind


def _decode(column: Column[Any], value: Any) -> Any:
    kind = python_type_of(column)
    if not isinstance(value, str) or kind in {str, dict}:
        return value
    if issubclass(kind, datetime | date | time):
        return kind.fromisoformat(value)
    if issubclass(kind, bytes):
        return b64decode(value)
    return kind(value)
