"""What commands print: one JSON document with ``--json``, else lines for a person."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click

from dcc_core.errors import Problem

F = TypeVar("F", bound=Callable[..., Any])


def json_option(command: F) -> F:
    """Add ``--json``: print one JSON document on standard output and nothing else there."""
    return click.option("as_json", "--json", is_flag=True, help="Print one JSON document.")(command)


def print_json(document: object) -> None:
    """Print a JSON document, dates and ids as text."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows in columns, each as wide as its longest cell."""
    lines = [tuple(map(str, headings)), *(tuple(map(str, row)) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def print_problems(problems: Sequence[Problem], *, as_json: bool) -> None:
    """Print the problems found, grouped by plugin for a person."""
    if as_json:
        print_json({"ok": not problems, "problems": [_as_dict(problem) for problem in problems]})
        return
    for plugin in dict.fromkeys(problem.plugin for problem in problems):
        click.secho(plugin or "region", bold=True)
        for problem in (found for found in problems if found.plugin == plugin):
            click.echo(f"  {problem.code}  {problem.text}")
            click.echo(f"             {problem.remedy}")
    click.echo(f"{len(problems)} problem(s)" if problems else "No problem found.")


def _as_dict(problem: Problem) -> dict[str, str]:
    return {
        "code": problem.code,
        "plugin": problem.plugin,
        "text": problem.text,
        "remedy": problem.remedy,
    }
