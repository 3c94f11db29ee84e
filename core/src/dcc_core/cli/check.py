"""``dcc check``: everything that can be known to be wrong before a region starts."""

import sys

import click

from dcc_core.checks.run import check_plugin, check_region
from dcc_core.cli.output import json_option, print_problems


@click.command("check")
@click.option("--region", "slug", help="Region to check; the one of DCC_REGION by default.")
@click.option("--plugin", "name", help="Check one plugin alone, with what it depends on.")
@click.option("--strict", is_flag=True, help="Also hold documentation, settings and style rules.")
@json_option
def command(slug: str | None, name: str | None, strict: bool, as_json: bool) -> None:
    """Check a region or a plugin against its contract; exit 1 when something is wrong."""
    if slug and name:
        raise click.UsageError("Give --region or --plugin, not both.")
    problems = check_plugin(name, strict=strict) if name else check_region(slug, strict=strict)
    print_problems(problems, as_json=as_json)
    sys.exit(1 if problems else 0)
