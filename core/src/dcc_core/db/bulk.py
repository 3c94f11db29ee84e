"""Insert many rows through the driver: the values are converted here, once per column.

SQLAlchemy compiles each row's parameters anew, which costs more than the insertion itself.
PostgreSQL receives them as one ``COPY``.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Enum, Table
from sqlalchemy.types import TypeEngine

from dcc_core.db.types import UtcDateTime

_CACHE_KIB = 262_144  # a bulk load touches every page of every index; the default holds 2 MB


class BulkInsert:
    """An insertion of some columns of a table, for rows given as tuples in their order."""

    def __init__(self, connection: Connection, table: Table, columns: Sequence[str]) -> None:
        self._connection = connection
        dialect = connection.dialect
        mark = "?" if dialect.paramstyle == "qmark" else "%s"
        names, marks = ", ".join(columns), ", ".join(mark for _ in columns)
        self._copy = f"COPY {table.name} ({names}) FROM STDIN"
        self._statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608 - names of our own metadata
        types = [table.columns[name].type for name in columns]
        self._converters = [_converter(kind, dialect) for kind in types]

    def insert(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Write the rows, if any."""
        converters = self._converters
        converted = [
            tuple([convert(value) for convert, value in zip(converters, row, strict=True)])
            for row in rows
        ]
        if not converted:
            return
        if self._connection.dialect.name != "postgresql":
            self._connection.exec_driver_sql(self._statement, converted)
            return
        cursor: Any = self._connection.connection.cursor()
        with cursor, cursor.copy(self._copy) as copy:
            for row in converted:
                copy.write_row(row)


def _converter(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any]:
    convert = kind.dialect_impl(dialect).bind_processor(dialect)
    if convert is None:
        return _unchanged
    if isinstance(kind, Enum | UtcDateTime):  # few values, each many times
        return lru_cache(maxsize=64)(convert)
    return convert


def _unchanged(value: Any) -> Any:
    return value


def widen_cache(connection: Connection) -> None:
    """Let SQLite keep its indexes in memory while it is filled; PostgreSQL has its own setting."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size=-{_CACHE_KIB}")
