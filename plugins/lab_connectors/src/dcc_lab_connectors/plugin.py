"""The plugin: sources, parsers, listener, drop server, commands."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial

import click

from dcc_core.api import (
    Clock,
    Core,
    DccPlugin,
    HealthCheck,
    HealthReport,
    HealthState,
    InboundSource,
    MessageParser,
    PluginSettings,
    Settings,
    hookimpl,
)
from dcc_lab_connectors.hprim.parser import HprimMedecinParser
from dcc_lab_connectors.links import Watch, open_drop_server, open_listener, silent_peers
from dcc_lab_connectors.mllp.service import ListenerThread
from dcc_lab_connectors.profiles.parser import Hl7Parser
from dcc_lab_connectors.settings import LabSettings, RemoteSettings
from dcc_lab_connectors.sftp.folders import LocalFolder
from dcc_lab_connectors.sftp.remote import RemoteAccess, RemoteFolder
from dcc_lab_connectors.sftp.rules import DropRules
from dcc_lab_connectors.sftp.server import DropServer
from dcc_lab_connectors.sftp.source import DropSource

_WORKER = "dcc"


class LabConnectorsPlugin(DccPlugin):
    """Receive identities, reports and results from hospitals and laboratories."""

    name = "lab_connectors"
    label = "Laboratoires et identités"
    settings_model = LabSettings
    settings: LabSettings

    def __init__(self, settings: PluginSettings) -> None:
        super().__init__(settings)
        self._clock: Clock = partial(datetime.now, UTC)
        self._started_at = self._clock()
        self._watch = Watch()
        self._listener: ListenerThread | None = None
        self._drop_server: DropServer | None = None
        self._remotes = {remote.key: _remote_folder(remote) for remote in self.settings.remotes}

    @hookimpl
    def dcc_inbound_sources(self, settings: Settings) -> Iterable[InboundSource]:
        """Offer the drop folders: those of our server, then those of partners' servers."""
        root = self.settings.sftp_root
        drops = self.settings.accounts if root is not None else ()
        for account in drops:
            folder = LocalFolder((root or settings.home) / account.key)
            yield self._source(account.key, folder, account.rules)
        for remote in self.settings.remotes:
            yield self._source(remote.key, self._remotes[remote.key], remote.rules)

    @hookimpl
    def dcc_message_parsers(self) -> Iterable[MessageParser]:
        """Read HL7 v2 and HPRIM Médecin."""
        return [Hl7Parser(self.settings.zone), HprimMedecinParser(self.settings.zone)]

    @hookimpl
    def dcc_health_checks(self) -> Iterable[HealthCheck]:
        """Tell which declared partner has fallen silent."""
        yield HealthCheck(
            key="lab_connectors.silence", label="Flux des laboratoires", check=self._check_silence
        )

    @hookimpl
    def dcc_startup(self, core: Core) -> None:
        """Open the listener and the drop server that the settings ask for."""
        self._clock = core.clock
        self._started_at = core.clock()
        if self.settings.mllp_port is not None:
            self._listener, port = open_listener(self.settings, core, self._watch)
            click.echo(f"MLLP: {self.settings.mllp_host}:{port}", err=True)
        if self.settings.sftp_port is not None:
            self._drop_server, port = open_drop_server(self.settings)
            click.echo(f"SFTP: {self.settings.sftp_host}:{port}", err=True)

    @hookimpl
    def dcc_shutdown(self, core: Core) -> None:
        """Answer what is complete, then close."""
        if self._listener is not None:
            self._listener.stop()
        if self._drop_server is not None:
            self._drop_server.stop()
        for folder in self._remotes.values():
            folder.close()

    @hookimpl
    def dcc_cli(self, group: click.Group) -> None:
        """Add `dcc lab`."""
        from dcc_lab_connectors.cli import lab

        group.add_command(lab)

    def _source(self, key: str, folder: LocalFolder | RemoteFolder, rules: DropRules) -> DropSource:
        return DropSource(
            f"lab_connectors.sftp.{key}",
            folder,
            worker=_WORKER,
            clock=self._now,
            rules=rules,
        )

    def _now(self) -> datetime:
        """Instant on the clock of the process, which is known only once it has started."""
        return self._clock()

    def _check_silence(self) -> HealthReport:
        silent = silent_peers(self.settings, self._watch, self._started_at, self._clock)
        if not silent:
            return HealthReport(HealthState.OK)
        return HealthReport(HealthState.DEGRADED, f"sans message : {', '.join(silent)}")


def _remote_folder(remote: RemoteSettings) -> RemoteFolder:
    access = RemoteAccess(
        host=remote.host,
        port=remote.port,
        user=remote.user,
        private_key=remote.private_key,
        host_key=remote.host_key,
        root=remote.root,
    )
    return RemoteFolder(access)
