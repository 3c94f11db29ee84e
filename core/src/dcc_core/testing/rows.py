"""Rows for any table, made from its metadata: so that a test covers tables its author never saw."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import CheckConstraint, Column, Connection, Enum, Table, insert

from dcc_core.db.tables import PATIENT_TABLE
from dcc_core.patients.images import python_type_of

Given = Callable[[int], Mapping[str, Any]]
_SPACE = UUID("8f0f5d2e-5d0b-4d7b-9d57-0c6a3a4d2c11")


class RowFactory:
    """Inserts valid rows into any table; the same calls give the same rows.

    Args:
        given: By table name, values for what its constraints ask beyond its column types; the
            function receives a number that no other row has.
    """

    def __init__(self, connection: Connection, given: Mapping[str, Given] | None = None) -> None:
        self._connection = connection
        self._given = given or {}
        self._numbers = count(1)

    def add(self, table: Table, **values: Any) -> dict[str, Any]:
        """Insert a row with these values and invented ones for what else is required.

        Raises:
            IntegrityError: When a constraint of the table asks for more than its column types tell;
                give the values then.
        """
        row = dict(self._required(table)) | values
        if table.name in self._given:
            row |= self._given[table.name](next(self._numbers))
        result = self._connection.execute(insert(table).values(row))
        for column, value in zip(
            table.primary_key.columns, result.inserted_primary_key or (), strict=True
        ):
            row[column.name] = value
        return row

    def _required(self, table: Table) -> Iterator[tuple[str, Any]]:
        for column in table.columns:
            if column.foreign_keys:
                if not column.nullable and not _is_patient(column):
                    yield column.name, self._parent(column)
            elif not (column.nullable or _is_numbered(table, column)):
                number = next(self._numbers)
                yield column.name, _allowed(table, column) or _value(column, number)

    def _parent(self, column: Column[Any]) -> Any:
        target = next(iter(column.foreign_keys)).column
        return self.add(target.table)[target.name]


def _is_patient(column: Column[Any]) -> bool:
    return any(key.column.table.name == PATIENT_TABLE for key in column.foreign_keys)


def _is_numbered(table: Table, column: Column[Any]) -> bool:
    return column is table.autoincrement_column


def _allowed(table: Table, column: Column[Any]) -> str | None:
    """Return the first text that a check ``column IN ('…', …)`` of the table admits."""
    for constraint in table.constraints:
        if isinstance(constraint, CheckConstraint):
            found = re.search(rf"\b{column.name} IN \('([^']*)'", str(constraint.sqltext))
            if found:
                return found[1]
    return None


def _value(column: Column[Any], number: int) -> Any:
    if isinstance(column.type, Enum):
        kind = column.type.enum_class
        return next(iter(kind)) if kind else column.type.enums[0]
    length = getattr(column.type, "length", None) or 40
    values: dict[type, Any] = {
        str: f"{number}-{column.name}"[:length],
        int: number,
        float: float(number),
        bool: False,
        bytes: str(number).encode(),
        dict: {"n": number},
        date: date(2024, 1, 1) + timedelta(days=number),
        datetime: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=number),
        Decimal: Decimal(number),
        UUID: uuid5(_SPACE, str(number)),
    }
    return values[python_type_of(column)]
