"""``dcc region``: begin a region, see what one runs, compare two, follow the template."""

from collections.abc import Mapping
from difflib import HtmlDiff, unified_diff
from pathlib import Path
from typing import Any

import click

from dcc_core.cli.output import json_option, print_json
from dcc_core.cli.region_facts import region_facts
from dcc_core.cli.region_template import bake, nearby_template
from dcc_core.cli.region_upgrade import upgrade
from dcc_core.config import Environment, load_settings
from dcc_core.plugins import find_region, load_plugins


@click.group("region")
def group() -> None:
    """Begin a region, see what one runs, compare two, follow the template."""


@group.command("new")
@click.argument("name")
@click.option("--template", help="Folder, zip or repository of the template.")
@click.option("--into", type=click.Path(path_type=Path), default=Path(), help="Folder to write in.")
@click.option("--set", "answers", multiple=True, metavar="KEY=VALUE", help="Answer a question.")
@click.option("--ask", is_flag=True, help="Ask every question instead of taking the defaults.")
def new(name: str, template: str | None, into: Path, answers: tuple[str, ...], ask: bool) -> None:
    """Write a new region called NAME."""
    folder = bake(
        template or nearby_template(), into, {"region_name": name, **_pairs(answers)}, ask
    )
    click.echo(f"{folder} written. Next: cd {folder} && make test")


group.add_command(upgrade)


@group.command("show")
@click.argument("slug", required=False)
@json_option
def show(slug: str | None, as_json: bool) -> None:
    """Show what a region runs: plugins, settings, forms, establishments."""
    facts = _facts(slug)
    if as_json:
        print_json(facts)
        return
    for line in _lines(facts):
        click.echo(line)


@group.command("diff")
@click.argument("first")
@click.argument("second")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="HTML page to write."
)
@json_option
def diff(first: str, second: str, output: Path | None, as_json: bool) -> None:
    """Show in what two regions differ."""
    one, other = _facts(first), _facts(second)
    if output is not None:
        output.write_text(_page(first, second, _lines(one), _lines(other)), encoding="utf-8")
        click.echo(f"{output} written.")
        return
    if as_json:
        keys = sorted({*one, *other})
        found = {k: [one.get(k), other.get(k)] for k in keys if one.get(k) != other.get(k)}
        print_json(found)
        return
    lines = unified_diff(_lines(one), _lines(other), first, second, lineterm="", n=0)
    for line in lines:
        click.echo(line)


def _facts(slug: str | None) -> dict[str, Any]:
    settings = load_settings(region=slug, env=Environment.TEST)
    region = find_region(settings.region)
    return region_facts(region, load_plugins(region, settings))


def _lines(facts: Mapping[str, Any], prefix: str = "") -> list[str]:
    lines: list[str] = []
    for key, value in facts.items():
        if isinstance(value, Mapping):
            lines += _lines(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            lines += [f"{prefix}{key}: {item}" for item in value]
        else:
            lines.append(f"{prefix}{key}: {value}")
    return lines


def _page(first: str, second: str, one: list[str], other: list[str]) -> str:
    """Return the difference as one page that needs nothing else."""
    made = HtmlDiff(wrapcolumn=70).make_file(one, other, first, second, context=True, numlines=0)
    return made.replace("<html>", '<html lang="fr">')


def _pairs(answers: tuple[str, ...]) -> dict[str, str]:
    wrong = [answer for answer in answers if "=" not in answer]
    if wrong:
        raise click.UsageError(f"--set takes KEY=VALUE, not {wrong[0]!r}.")
    return dict(answer.split("=", 1) for answer in answers)
