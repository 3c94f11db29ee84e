"""``dcc bench``: measurements, as ratios to a floor or a peer taken in the same run."""

from importlib import import_module
from pkgutil import iter_modules

import click

from dcc_core import bench

_CORE = {module.name for module in iter_modules(bench.__path__)}


class BenchGroup(click.Group):
    """Benchmarks of the core by name; plugins add theirs to this group."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every benchmark by name."""
        return sorted({*_CORE, *self.commands})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the benchmark of this name, loaded now."""
        if cmd_name in _CORE:
            command: click.Command = import_module(f"{bench.__name__}.{cmd_name}").command
            return command
        return super().get_command(ctx, cmd_name)


@click.group("bench", cls=BenchGroup)
def command() -> None:
    """Measure, as ratios to a floor or a peer taken in the same run."""
