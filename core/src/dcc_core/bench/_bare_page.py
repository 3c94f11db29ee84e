"""The floor of the page benchmark: the same statements, drawn by Jinja, and nothing else.

No session, no decision, no audit chain, no shell, no object: plain SQL, one template, one route.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment
from litestar import Litestar, Response, get
from litestar.enums import MediaType
from sqlalchemy import event, text

from dcc_core.db import Database

_LINE = "bench_line"
_WRITTEN = "x" * 200
_PAGE = """<!doctype html><html lang="fr">
<head><meta charset="utf-8"><title>{{ title }}</title></head>
<body><h1>{{ title }}</h1>
{% for rows in found %}<table><tbody>
{% for row in rows %}<tr>{% for value in row %}<td>{{ value }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table>
{% endfor %}</body></html>"""
_NOT_QUERIES = re.compile(r"PRAGMA|BEGIN|SAVEPOINT|RELEASE|SET ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as the driver received it."""

    sql: str
    values: Sequence[Any] | Mapping[str, Any]

    @property
    def is_read(self) -> bool:
        """Tell whether it can be run again without changing anything."""
        return self.sql.lstrip().upper().startswith("SELECT")


def bare_app(database: Database, statements: Sequence[Statement]) -> Litestar:
    """Return an application whose only page runs these statements and shows every value read.

    What the page under measurement writes is replaced by as many insertions of one short line.
    """
    with database.session() as session:
        session.connection().execute(text(f"CREATE TABLE IF NOT EXISTS {_LINE} (note TEXT)"))
    template = Environment(autoescape=True).from_string(_PAGE)
    write = f"INSERT INTO {_LINE} (note) VALUES ('{_WRITTEN}')"  # noqa: S608 - our own words
    plain = [each if each.is_read else Statement(write, ()) for each in statements]

    @get("/", opt={"public": True}, sync_to_thread=True)
    def page() -> Response[str]:
        with database.engine.begin() as connection:
            ran = [connection.exec_driver_sql(each.sql, each.values or ()) for each in plain]
            found = [result.fetchall() for result in ran if result.returns_rows]
        return Response(template.render(title="Banc", found=found), media_type=MediaType.HTML)

    return Litestar([page], openapi_config=None, logging_config=None)


@contextmanager
def watched(database: Database) -> Iterator[list[Statement]]:
    """Yield the list that fills with every statement of the block."""
    seen: list[Statement] = []

    def note(*arguments: Any) -> None:
        _connection, _cursor, sql, values, _context, _many = arguments
        if not _NOT_QUERIES.match(sql):
            seen.append(Statement(sql, values))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
