"""The plugin: sources, parsers, listener, drop server, commands.

What needs a heavy library (asyncssh, lxml) is imported where it is used, so that every other `dcc`
command starts without it.
"""

from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from litestar.types import ControllerRouterHandler
from sqlmodel import Session

from dcc_core.api import (
    Clock,
    Core,
    DccPlugin,
    Environment,
    HealthCheck,
    HealthReport,
    HealthState,
    InboundSource,
    Job,
    MenuItem,
    MenuPlace,
    MessageParser,
    OutboundFeed,
    PluginSettings,
    Settings,
    hookimpl,
    prune_messages,
)
from dcc_lab_connectors.feeds import READ, declared_feeds, feed_states
from dcc_lab_connectors.settings import LabSettings, RemoteSettings

if TYPE_CHECKING:
    from dcc_lab_connectors.sftp.folders import DropFolder
    from dcc_lab_connectors.sftp.rules import DropRules

_WORKER = "dcc"
DEMO_PORT_FILE = "mllp.port"
"""File of the data folder in which a demonstration tells the port of its listener."""

_PORTIONS = 50


class LabConnectorsPlugin(DccPlugin):
    """Receive identities, reports and results from hospitals and laboratories."""

    name = "lab_connectors"
    label = "Laboratoires et identités"
    settings_model = LabSettings
    templates = "dcc_lab_connectors:templates"
    settings: LabSettings

    def __init__(self, settings: PluginSettings) -> None:
        super().__init__(settings)
        self._clock: Clock = partial(datetime.now, UTC)
        self._core: Core | None = None
        self._closing = ExitStack()

    @hookimpl
    def dcc_inbound_sources(self, settings: Settings) -> Iterable[InboundSource]:
        """Offer the drop folders: those of our server, then those of partners' servers."""
        if not self.settings.accounts and not self.settings.remotes:
            return
        from dcc_lab_connectors.sftp.folders import LocalFolder

        root = self.settings.drop_root(settings.home)
        for account in self.settings.accounts:
            yield self._source(account.key, LocalFolder(root / account.key), account.rules)
        for remote in self.settings.remotes:
            yield self._source(remote.key, self._connect(remote), remote.rules)

    @hookimpl
    def dcc_message_parsers(self) -> Iterable[MessageParser]:
        """Read HL7 v2 and HPRIM Médecin."""
        from dcc_lab_connectors.hprim.parser import HprimMedecinParser
        from dcc_lab_connectors.profiles.parser import Hl7Parser

        return [Hl7Parser(self.settings.zone), HprimMedecinParser(self.settings.zone)]

    @hookimpl
    def dcc_outbound_feeds(self, settings: Settings) -> Iterable[OutboundFeed]:
        """Offer the laboratories that take molecular prescriptions."""
        if not self.settings.laboratories:
            return []
        from dcc_lab_connectors.orders.feed import OrderFeed

        return [OrderFeed(laboratory, self._now) for laboratory in self.settings.laboratories]

    @hookimpl
    def dcc_jobs(self) -> Iterable[Job]:
        """Erase the bytes of messages settled long ago."""
        if self.settings.keep_messages_days:
            yield Job(
                key="lab_connectors.prune",
                label="Effacer le contenu des messages anciens des laboratoires",
                schedule="35 3 * * *",
                run=self._prune,
            )

    @hookimpl
    def dcc_health_checks(self) -> Iterable[HealthCheck]:
        """Tell which declared partner has fallen silent."""
        yield HealthCheck(
            key="lab_connectors.silence", label="Flux des laboratoires", check=self._check_silence
        )

    @hookimpl
    def dcc_routes(self) -> Iterable[ControllerRouterHandler]:
        """Show the feeds and their messages."""
        from dcc_lab_connectors.pages import lab_routes

        return lab_routes(self.settings, self._now)

    @hookimpl
    def dcc_menu_items(self) -> Iterable[MenuItem]:
        """Lead operators to the feeds."""
        yield MenuItem(
            "lab_connectors.feeds",
            "Flux des laboratoires",
            "lab_connectors.feeds",
            READ,
            place=MenuPlace.ADMIN,
            icon="microscope",
        )

    @hookimpl
    def dcc_startup(self, core: Core) -> None:
        """Open the listener and the drop server that the settings ask for."""
        self._clock, self._core = core.clock, core
        is_demo = core.settings.env is Environment.DEMO
        if self.settings.mllp_port is not None or is_demo:
            from dcc_lab_connectors.links import open_listener

            listener, port = open_listener(self.settings, core)
            self._closing.callback(listener.stop)
            click.echo(f"MLLP: {self.settings.mllp_host}:{port}", err=True)
            if is_demo:
                self._tell_port(core.settings.home / DEMO_PORT_FILE, port)
        if self.settings.sftp_port is not None:
            from dcc_lab_connectors.links import open_drop_server

            drop_server, port = open_drop_server(self.settings, core)
            self._closing.callback(drop_server.stop)
            click.echo(f"SFTP: {self.settings.sftp_host}:{port}", err=True)

    @hookimpl
    def dcc_shutdown(self, core: Core) -> None:
        """Answer what is complete, then close."""
        self._closing.close()

    @hookimpl
    def dcc_cli(self, group: click.Group) -> None:
        """Add `dcc lab` and `dcc bench ingest`."""
        from dcc_lab_connectors.cli import lab

        group.add_command(lab)
        bench = group.get_command(click.Context(group), "bench")
        if isinstance(bench, click.Group):
            from dcc_lab_connectors.bench.ingest import ingest

            bench.add_command(ingest)

    def _tell_port(self, file: Path, port: int) -> None:
        """Tell the sandbox laboratory of the demonstration where to send."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(str(port), encoding="ascii")
        self._closing.callback(file.unlink, missing_ok=True)

    def _source(self, key: str, folder: "DropFolder", rules: "DropRules") -> InboundSource:
        from dcc_lab_connectors.sftp.source import DropSource

        return DropSource(
            f"lab_connectors.sftp.{key}", folder, worker=_WORKER, clock=self._now, rules=rules
        )

    def _connect(self, remote: RemoteSettings) -> "DropFolder":
        """Folder on a partner's server; the connection is opened at the first poll."""
        from dcc_lab_connectors.sftp.remote import RemoteAccess, RemoteFolder

        access = RemoteAccess(
            host=remote.host,
            port=remote.port,
            user=remote.user,
            private_key=remote.private_key,
            host_key=remote.host_key,
            root=remote.root,
        )
        folder = RemoteFolder(access)
        self._closing.callback(folder.close)
        return folder

    def _now(self) -> datetime:
        """Instant on the clock of the process, which is known only once it has started."""
        return self._clock()

    def _prune(self, session: Session) -> None:
        """Erase in portions; what one run leaves, the next night takes."""
        before = self._now() - timedelta(days=self.settings.keep_messages_days)
        for _ in range(_PORTIONS):
            if not prune_messages(session, source_prefix="lab_connectors.", before=before):
                break

    def _check_silence(self) -> HealthReport:
        """Degraded while a partner that should speak has not, whichever process received it."""
        watched = [feed for feed in declared_feeds(self.settings) if feed.silent_after_s]
        if self._core is None or not watched:
            return HealthReport(HealthState.OK)
        with self._core.reading() as session:
            states = feed_states(session, watched, now=self._now())
        silent = [state.feed.label for state in states if state.is_silent]
        if not silent:
            return HealthReport(HealthState.OK)
        return HealthReport(HealthState.DEGRADED, f"sans message : {', '.join(silent)}")
