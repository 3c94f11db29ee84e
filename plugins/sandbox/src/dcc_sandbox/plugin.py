"""The plugin: simulated partners beside a demonstration, and ``dcc sandbox serve``."""

import contextlib
import logging
import signal
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click

from dcc_core.api import Core, DccPlugin, Environment, Settings, hookimpl
from dcc_sandbox.acquaintance import PORT_FILE, known_patients, read_port
from dcc_sandbox.laboratory import Rounds, SandboxLaboratory
from dcc_sandbox.partners import PARTNERS, Partner
from dcc_sandbox.settings import SandboxSettings

logger = logging.getLogger(__name__)


class SandboxPlugin(DccPlugin):
    """Run the simulated partners; does nothing outside a demonstration."""

    name = "sandbox"
    label = "Bac à sable"
    settings_model = SandboxSettings
    settings: SandboxSettings
    _running: contextlib.ExitStack | None = None

    @hookimpl
    def dcc_startup(self, core: Core) -> None:
        """Start the partners of a demonstration."""
        if core.settings.env is Environment.DEMO:
            self._running = contextlib.ExitStack()
            for partner in PARTNERS:
                self._start(partner, self._running, _folder(core.settings))
            if self.settings.lab_messages:
                self._start_laboratory(core, self._running)

    @hookimpl
    def dcc_shutdown(self, core: Core) -> None:
        """Stop them."""
        if self._running is not None:
            self._running.close()

    @hookimpl
    def dcc_cli(self, group: click.Group) -> None:
        """Add ``dcc sandbox serve``."""
        group.add_command(_sandbox_group(self.settings))

    def _start_laboratory(self, core: Core, running: contextlib.ExitStack) -> None:
        rounds = Rounds(pause_s=self.settings.lab_pause_s, messages=self.settings.lab_messages)
        port = partial(read_port, core.settings.home / PORT_FILE)
        laboratory = SandboxLaboratory(port, partial(known_patients, core), core.clock, rounds)
        laboratory.start()
        running.callback(laboratory.stop)

    def _start(self, partner: Partner, running: contextlib.ExitStack, folder: Path) -> None:
        """Start one partner; a port already taken is most often an earlier demonstration."""
        try:
            address = running.enter_context(partner.run(self.settings, folder))
        except OSError as error:
            logger.warning("%s does not start: %s", partner.name, error.strerror)
        else:
            logger.info("%s listens at %s", partner.name, address)


def _folder(settings: Settings) -> Path:
    return settings.home / "sandbox"


def _sandbox_group(settings: SandboxSettings) -> click.Group:
    @click.group("sandbox")
    def sandbox() -> None:
        """Simulated partners, for a demonstration or tests. Loopback only."""

    @sandbox.command("serve")
    def serve() -> None:
        """Run the simulated partners until interrupted."""
        stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):  # a shell may have it ignore the first
            signal.signal(number, lambda *_: stopped.set())
        with _all_running(settings):
            stopped.wait()

    return sandbox


@contextlib.contextmanager
def _all_running(settings: SandboxSettings) -> Iterator[None]:
    folder = _folder(Settings())
    with contextlib.ExitStack() as running:
        for partner in PARTNERS:
            try:
                address = running.enter_context(partner.run(settings, folder))
            except OSError as error:
                raise click.ClickException(
                    f"{partner.name} does not start: {error.strerror}. Free its port or choose"
                    " another in the settings of the sandbox."
                ) from error
            click.echo(f"{partner.name}: {address}")
        yield
