"""What the plugin opens while the process lives: the listener and the drop server."""

import threading
from collections.abc import Sequence
from datetime import datetime

from dcc_core.api import Clock, ConfigError, Core
from dcc_lab_connectors.inbox.receiver import InboxReceiver
from dcc_lab_connectors.mllp.receiver import Arrival, Outcome, Receiver
from dcc_lab_connectors.mllp.server import MllpServer
from dcc_lab_connectors.mllp.service import ListenerThread
from dcc_lab_connectors.mllp.tls import listener_context
from dcc_lab_connectors.settings import LabSettings
from dcc_lab_connectors.sftp.server import DropAccount, DropServer


class Watch:
    """Last message of each partner; shared by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[str, datetime] = {}

    def note(self, peer: str, instant: datetime) -> None:
        """Remember that a partner has just sent something."""
        with self._lock:
            self._last[peer] = instant

    def last(self, peer: str) -> datetime | None:
        """Instant of the partner's last message since the start of the process."""
        with self._lock:
            return self._last.get(peer)


class WatchedReceiver:
    """A receiver that notes who sends."""

    def __init__(self, receiver: Receiver, watch: Watch) -> None:
        self._receiver = receiver
        self._watch = watch

    def store(self, arrivals: Sequence[Arrival]) -> Sequence[Outcome]:
        """Store, then note."""
        outcomes = self._receiver.store(arrivals)
        for arrival in arrivals:
            self._watch.note(arrival.peer.key, arrival.received_at)
        return outcomes


def open_listener(settings: LabSettings, core: Core, watch: Watch) -> tuple[ListenerThread, int]:
    """Start the MLLP listener and return it with its port.

    Raises:
        ConfigError: `LAB-C01` the port is taken, `LAB-C02` no partner is declared in production.
    """
    if core.settings.is_production and not settings.peers:
        raise ConfigError(
            "LAB-C02",
            "the MLLP listener has no declared partner. Declare them in"
            " DCC_PLUGINS__LAB_CONNECTORS__PEERS.",
        )
    receiver = WatchedReceiver(InboxReceiver(core.session, core.clock), watch)
    tls = listener_context(settings.tls) if settings.tls else None
    server = MllpServer(receiver, clock=core.clock, peers=settings.declared_peers, tls=tls)
    listener = ListenerThread(server)
    host, port = settings.mllp_host, settings.mllp_port or 0
    try:
        return listener, listener.start(host, port)
    except OSError as error:
        raise ConfigError(
            "LAB-C01",
            f"the MLLP listener cannot open {host}:{port} ({error.strerror}). Free the port or"
            " change DCC_PLUGINS__LAB_CONNECTORS__MLLP_PORT.",
        ) from error


def open_drop_server(settings: LabSettings) -> tuple[DropServer, int]:
    """Start the SFTP drop server and return it with its port.

    Raises:
        ConfigError: `LAB-C03` its folder or host key is missing, `LAB-C04` the port is taken.
    """
    if settings.sftp_root is None or settings.sftp_host_key is None:
        raise ConfigError(
            "LAB-C03",
            "the SFTP drop server needs SFTP_ROOT and SFTP_HOST_KEY under"
            " DCC_PLUGINS__LAB_CONNECTORS__.",
        )
    accounts = {
        account.key: DropAccount(
            account.key,
            account.public_keys,
            settings.sftp_root / account.key,
            account.maximum_bytes,
        )
        for account in settings.accounts
    }
    server = DropServer(accounts, settings.sftp_host_key)
    host, port = settings.sftp_host, settings.sftp_port or 0
    try:
        return server, server.start(host, port)
    except OSError as error:
        raise ConfigError(
            "LAB-C04",
            f"the SFTP drop server cannot open {host}:{port} ({error.strerror}). Free the port or"
            " change DCC_PLUGINS__LAB_CONNECTORS__SFTP_PORT.",
        ) from error


def silent_peers(settings: LabSettings, watch: Watch, since: datetime, clock: Clock) -> list[str]:
    """Partners that have said nothing for longer than they should; `since` is the start."""
    now = clock()
    return [
        peer.key
        for peer in settings.peers
        if peer.silent_after_s
        and (now - (watch.last(peer.key) or since)).total_seconds() > peer.silent_after_s
    ]
