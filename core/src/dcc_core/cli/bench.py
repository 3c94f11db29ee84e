"""``dcc bench``: measurements, as ratios to a floor or a peer taken in the same run.

A benchmark is a Click command named ``command`` in a module of ``dcc_core.bench`` (or added by a
plugin); it returns its figures as a dictionary, and the group prints them.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import click

from dcc_core import bench
from dcc_core.cli.output import print_json

_CORE = {module.name for module in iter_modules(bench.__path__) if not module.name.startswith("_")}
_JSON = "dcc.bench.json"


class BenchGroup(click.Group):
    """Benchmarks of the core by name; plugins add theirs to this group."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every benchmark by name."""
        return sorted({*_CORE, *self.commands})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the benchmark of this name, loaded now, with ``--json`` added."""
        found: click.Command | None
        if cmd_name in _CORE:
            found = import_module(f"{bench.__name__}.{cmd_name}").command
        else:
            found = super().get_command(ctx, cmd_name)
        if found is not None and not any(option.name == "as_json" for option in found.params):
            found.params.append(_json_flag())
        return found


def _json_flag() -> click.Option:
    def remember(ctx: click.Context, _option: click.Parameter, value: bool) -> None:
        ctx.meta[_JSON] = value

    return click.Option(
        ["as_json", "--json"],
        is_flag=True,
        expose_value=False,
        callback=remember,
        help="Print one JSON document.",
    )


@click.group("bench", cls=BenchGroup)
def command() -> None:
    """Measure, as ratios to a floor or a peer taken in the same run."""


@command.result_callback()
@click.pass_context
def _print(ctx: click.Context, figures: Mapping[str, Any]) -> None:
    if ctx.meta.get(_JSON):
        print_json(figures)
        return
    for name, value in _flatten(figures):
        click.echo(f"{name}: {value}")


def _flatten(figures: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
