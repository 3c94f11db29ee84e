"""The floor of the page benchmark: the same statements, drawn by Jinja, and nothing else.

No session, no decision, no audit chain, no token, no log: plain SQL, one route, a page in a layout
with a menu, one cell for each value read.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from jinja2 import DictLoader, Environment
from litestar import Litestar, Response, get
from litestar.enums import MediaType
from sqlalchemy import event, text

from dcc_core.db import Database

_LINE = "bench_line"
_WRITTEN = "x" * 200
_ENTRIES = tuple((f"/rubrique/{number}", f"Rubrique {number}") for number in range(14))
_LAYOUT = """<!doctype html><html lang="fr"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{% block title %}{% endblock %}</title>
{% for name in ("tokens", "app", "pages", "region") %}
<link rel="stylesheet" href="/static/{{ name }}.css">
{% endfor %}</head><body>
<header><a href="/">{{ title }}</a><form method="post" action="/recherche">
<label for="q">Rechercher</label><input id="q" name="q"></form><b>{{ person }}</b></header>
<nav>{% for href, label in entries %}
<a href="{{ href }}"{% if loop.first %} aria-current="page"{% endif %}>{{ label }}</a>
{% endfor %}</nav><main>{% block content %}{% endblock %}</main></body></html>"""
_PAGE = """{% extends "layout" %}{% block title %}{{ title }}{% endblock %}
{% block content %}<h1>{{ title }}</h1>
{% for rows in found %}<section class="card"><table><tbody>
{% for row in rows %}<tr>{% for value in row %}<td>{{ value }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table></section>
{% endfor %}{% endblock %}"""
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
    templates = DictLoader({"layout": _LAYOUT, "page": _PAGE})
    template = Environment(loader=templates, autoescape=True).get_template("page")
    write = f"INSERT INTO {_LINE} (note) VALUES ('{_WRITTEN}')"  # noqa: S608 - our own words
    plain = [each if each.is_read else Statement(write, ()) for each in statements]

    @get("/", opt={"public": True}, sync_to_thread=True)
    def page() -> Response[str]:
        with database.engine.begin() as connection:
            ran = [connection.exec_driver_sql(each.sql, each.values or ()) for each in plain]
            found = [result.fetchall() for result in ran if result.returns_rows]
        shown = template.render(title="Banc", person="DÉMO-BANC", entries=_ENTRIES, found=found)
        return Response(shown, media_type=MediaType.HTML)

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
