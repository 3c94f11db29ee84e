"""What the plugin opens while the process lives: the listener and the drop server."""

from dcc_core.api import ConfigError, Core, Environment
from dcc_lab_connectors.inbox.admission import Admission, foreign_oids
from dcc_lab_connectors.inbox.receiver import InboxReceiver
from dcc_lab_connectors.mllp.server import MllpServer
from dcc_lab_connectors.mllp.service import ListenerThread
from dcc_lab_connectors.mllp.tls import listener_context
from dcc_lab_connectors.settings import LabSettings
from dcc_lab_connectors.sftp.server import DropAccount, DropServer, ensure_host_key


def open_listener(settings: LabSettings, core: Core) -> tuple[ListenerThread, int]:
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
    receiver = InboxReceiver(core.session, core.clock, _admission(settings, core))
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


def _admission(settings: LabSettings, core: Core) -> Admission:
    """Whom messages may be about: INS of this environment, numbers of the region's hospitals."""
    is_production = core.settings.is_production
    places = core.region.establishments
    oids = {place.patient_oid for place in places if place.patient_oid}
    authorities = frozenset(oids | {f"finess:{place.finess}" for place in places})
    foreign = foreign_oids(is_production=is_production, refuses_real_ins=settings.refuse_real_ins)
    environment = Environment(core.settings.env)
    return Admission(authorities, foreign, environment, settings.strict_peers)


def open_drop_server(settings: LabSettings, core: Core) -> tuple[DropServer, int]:
    """Start the SFTP drop server and return it with its port.

    Folders and host key stand in the data folder unless the settings say otherwise; a host key is
    made at the first start.

    Raises:
        ConfigError: `LAB-C03` the port is taken.
    """
    root = settings.drop_root(core.settings.home)
    host_key = settings.sftp_host_key or core.settings.home / "sftp_host_key"
    ensure_host_key(host_key)
    accounts = {
        account.key: DropAccount(
            account.key, account.public_keys, root / account.key, account.maximum_bytes
        )
        for account in settings.accounts
    }
    server = DropServer(accounts, host_key)
    host, port = settings.sftp_host, settings.sftp_port or 0
    try:
        return server, server.start(host, port)
    except OSError as error:
        raise ConfigError(
            "LAB-C03",
            f"the SFTP drop server cannot open {host}:{port} ({error.strerror}). Free the port or"
            " change DCC_PLUGINS__LAB_CONNECTORS__SFTP_PORT.",
        ) from error
