"""Commands that the plugins of the region add to ``dcc``."""

import click

from dcc_core.cli.runtime import load_region
from dcc_core.config import Environment, load_settings
from dcc_core.errors import DccError


def add_plugin_commands(root: click.Group) -> None:
    """Let each plugin add its commands. A region that cannot be loaded keeps the core's, and says
    why.
    """
    try:
        settings = load_settings()
    except DccError:
        settings = load_settings(env=Environment.TEST)
    try:
        _, plugins = load_region(settings)
    except DccError as error:
        click.echo(f"dcc: commands of plugins are missing: {error}", err=True)
        return
    plugins.dispatcher.isolated("dcc_cli", group=root)
    for failure in plugins.dispatcher.failures.values():
        click.echo(f"dcc: plugin {failure.plugin} could not add its command", err=True)
