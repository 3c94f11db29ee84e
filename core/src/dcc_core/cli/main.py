"""The ``dcc`` command: core commands loaded when called, then those that plugins add."""

import gc
import sys
from importlib import import_module

import click

from dcc_core.cli.garbage import keep_what_is_loaded
from dcc_core.errors import DccError

_COMMANDS = {
    "audit": "dcc_core.cli.audit:group",
    "backup": "dcc_core.cli.backup:backup",
    "bench": "dcc_core.cli.bench:command",
    "check": "dcc_core.cli.check:command",
    "demo": "dcc_core.cli.demo:command",
    "doctor": "dcc_core.cli.doctor:command",
    "documents": "dcc_core.cli.documents:group",
    "import": "dcc_core.cli.imports:group",
    "inbox": "dcc_core.cli.inbox:group",
    "migrate": "dcc_core.cli.migrate:command",
    "outbox": "dcc_core.cli.outbox:group",
    "patients": "dcc_core.cli.patients:group",
    "plugins": "dcc_core.cli.plugins:group",
    "region": "dcc_core.cli.region:group",
    "restore": "dcc_core.cli.backup:restore",
    "serve": "dcc_core.cli.serve:command",
    "synth": "dcc_core.cli.synth:command",
    "user": "dcc_core.cli.user:group",
    "worker": "dcc_core.cli.worker:command",
}
"""Where each command of the core stands; a module is imported only when its command is used."""
_EXTENDED = frozenset({"bench", "documents", "import"})
"""Groups of the core to which plugins add commands: plugins are asked before one is used."""


class DccGroup(click.Group):
    """The root command. A plugin can add commands, never replace one of the core's."""

    _asked_plugins = False

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every command by name, the plugins' included."""
        self.ask_plugins()
        return sorted({*_COMMANDS, *self.commands})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the core's command of this name, else a plugin's."""
        if cmd_name in _EXTENDED:
            self.ask_plugins()
        if cmd_name in _COMMANDS:
            module, attribute = _COMMANDS[cmd_name].split(":")
            command: click.Command = getattr(import_module(module), attribute)
            return command
        self.ask_plugins()
        return super().get_command(ctx, cmd_name)

    def ask_plugins(self) -> None:
        """Let the plugins of the region add their commands, once."""
        if self._asked_plugins:
            return
        self._asked_plugins = True
        from dcc_core.cli.plugin_commands import add_plugin_commands

        add_plugin_commands(self)


@click.group(cls=DccGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dcc-core", prog_name="dcc")
def root() -> None:
    """Assemble and run a regional Dossier Communicant de Cancérologie."""
    keep_what_is_loaded()


def main() -> None:
    """Run the command line: exit 0 when done, 1 when something failed, 2 for wrong usage."""
    gc.disable()  # a start allocates a million objects that all stay: nothing to look for
    try:
        root.main(standalone_mode=True, prog_name="dcc")
    except DccError as error:
        click.echo(f"dcc: {error}", err=True)
        sys.exit(1)
