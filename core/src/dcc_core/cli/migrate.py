"""``dcc migrate``: bring the tables of the core and of each plugin up to date."""

import click

from dcc_core.cli.output import json_option, print_json
from dcc_core.cli.runtime import connect, load_region, manifests
from dcc_core.config import load_settings
from dcc_core.db.migrate import Step, migrate, migration_problems, plan_migrations
from dcc_core.errors import StartRefused


@click.command("migrate")
@click.option("--plan", is_flag=True, help="Show what would run, and change nothing.")
@json_option
def command(plan: bool, as_json: bool) -> None:
    """Bring the tables of the core and of each plugin up to date."""
    settings = load_settings()
    _, plugins = load_region(settings)
    database = connect(settings)
    wanted = manifests(plugins)
    ahead = [p for p in migration_problems(database, wanted) if p.code == "DCC-D003"]
    if ahead:
        raise StartRefused(ahead)
    if plan:
        steps = plan_migrations(database, wanted)
    else:
        steps = migrate(database, wanted, progress=None if as_json else _say)
    if as_json:
        print_json({"applied": not plan, "steps": [_as_dict(step) for step in steps]})
    elif not steps:
        click.echo("The database is up to date.")
    elif plan:
        for step in steps:
            _say(step)


def _say(step: Step) -> None:
    click.echo(f"{step.plugin}  {step.revision}  {step.message}")


def _as_dict(step: Step) -> dict[str, str]:
    return {"plugin": step.plugin, "revision": step.revision, "message": step.message}
