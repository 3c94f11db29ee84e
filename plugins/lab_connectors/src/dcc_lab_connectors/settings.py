"""Settings of the plugin. Lists may be written as JSON in environment variables."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, IPvAnyNetwork, field_validator

from dcc_core.api import PluginSettings
from dcc_lab_connectors.mllp.peers import ANYONE, Peer
from dcc_lab_connectors.mllp.tls import TlsFiles
from dcc_lab_connectors.sftp.rules import Completion, DropRules

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


def _from_json(value: Any) -> Any:
    """Read a list written as JSON text; anything else is left to the model."""
    return json.loads(value) if isinstance(value, str) else value


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PeerSettings(_Declared):
    """A partner of the listener. What is left empty is not checked.

    Attributes:
        networks: Networks it connects from (`10.12.0.0/16`). certificate_names: Common names or DNS
        names of its client certificate. senders: Pairs MSH-3, MSH-4 that it may use. on_unmatched:
        Answer to a report that belongs to no known patient without doubt: `quarantine` accepts it
        for a person (laboratories rarely repeat), `error` refuses it (AE, 902-905) for platforms
        that handle these codes. silent_after_s: Seconds without a message after which its health is
        degraded; 0 for never.
    """

    key: Key
    networks: tuple[IPvAnyNetwork, ...] = ()
    certificate_names: tuple[str, ...] = ()
    senders: tuple[tuple[str, str], ...] = ()
    on_unmatched: Literal["quarantine", "error"] = "quarantine"
    silent_after_s: int = Field(default=0, ge=0)

    def as_peer(self) -> Peer:
        """The partner as the listener knows it."""
        return Peer(self.key, self.networks, self.certificate_names, self.senders)


class _DropSettings(_Declared):
    key: Key
    completion: Completion = Completion.STABLE
    maximum_bytes: int = Field(default=50_000_000, ge=1)

    @property
    def rules(self) -> DropRules:
        """Rules of the folder."""
        return DropRules(completion=self.completion, maximum_bytes=self.maximum_bytes)


class AccountSettings(_DropSettings):
    """A laboratory that pushes files to our drop server.

    Attributes:
        key: Its user name.
        public_keys: Its public keys in OpenSSH format, one a line.
    """

    public_keys: str


class RemoteSettings(_DropSettings):
    """A laboratory's SFTP server that we poll.

    Attributes:
        private_key: File of our key.
        host_key: The server's public key, in OpenSSH format; another one is refused.
    """

    host: str
    port: int = Field(default=22, ge=1, le=65535)
    user: str
    private_key: Path
    host_key: str
    root: str = "."


class LaboratorySettings(_Declared):
    """A laboratory that takes molecular prescriptions (OML^O21 over MLLP).

    Attributes:
        key: Its short name; prescriptions name it.
        label: Its name as prescribers read it.
        tls_authorities: PEM authorities: speak TLS and verify its certificate.
    """

    key: Key
    label: str = ""
    host: str
    port: int = Field(ge=1, le=65535)
    timeout_s: float = Field(default=30.0, gt=0, le=100)
    sending_application: str = "DCC"
    sending_facility: str = "DCC"
    receiving_application: str = ""
    receiving_facility: str = ""
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_authorities: Path | None = None


class LabSettings(PluginSettings):
    """Listener, drop server, polled servers and laboratories that take orders."""

    mllp_port: int | None = Field(
        default=None, ge=0, le=65535, description="Port of the MLLP listener; 0 takes a free one."
    )
    mllp_host: str = Field(default="127.0.0.1", description="Address of the MLLP listener.")
    tls_certificate: Path | None = Field(
        default=None, description="PEM certificate of the listener."
    )
    tls_key: Path | None = Field(default=None, description="PEM key of the listener.")
    tls_authorities: Path | None = Field(
        default=None,
        description="PEM authorities of client certificates; demands one of each partner.",
    )
    peers: Annotated[tuple[PeerSettings, ...], BeforeValidator(_from_json)] = Field(
        default=(),
        description="Partners of the listener; none declared accepts any (not in production).",
    )
    sftp_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="Port of the SFTP drop server; 0 takes a free one.",
    )
    sftp_host: str = Field(default="127.0.0.1", description="Address of the SFTP drop server.")
    sftp_host_key: Path | None = Field(
        default=None, description="Host key file of the drop server."
    )
    sftp_root: Path | None = Field(
        default=None, description="Folder of the laboratories' drop folders; one per account."
    )
    accounts: Annotated[tuple[AccountSettings, ...], BeforeValidator(_from_json)] = Field(
        default=(), description="Laboratories that push files to the drop server."
    )
    remotes: Annotated[tuple[RemoteSettings, ...], BeforeValidator(_from_json)] = Field(
        default=(), description="SFTP servers of laboratories that are polled."
    )
    laboratories: Annotated[tuple[LaboratorySettings, ...], BeforeValidator(_from_json)] = Field(
        default=(), description="Laboratories that take molecular prescriptions (OML^O21)."
    )
    keep_messages_days: int = Field(
        default=365,
        ge=0,
        description="Days after which the bytes of a settled message are erased; 0 keeps them.",
    )
    refuse_real_ins: bool = Field(
        default=False, description="Outside production, refuse messages that carry a real INS."
    )
    timezone: str = Field(
        default="Europe/Paris", description="Time zone of dates that carry no offset."
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("unknown time zone") from error
        return name

    @property
    def zone(self) -> ZoneInfo:
        """Time zone of dates without offset."""
        return ZoneInfo(self.timezone)

    @property
    def declared_peers(self) -> tuple[Peer, ...]:
        """Partners of the listener; anyone when none is declared."""
        return tuple(peer.as_peer() for peer in self.peers) or (ANYONE,)

    @property
    def strict_peers(self) -> frozenset[str]:
        """Partners that want an error instead of a quarantine."""
        return frozenset(peer.key for peer in self.peers if peer.on_unmatched == "error")

    def drop_root(self, home: Path) -> Path:
        """Folder that holds one drop folder per account."""
        return self.sftp_root or home / "sftp"

    @property
    def tls(self) -> TlsFiles | None:
        """Files of the listener's TLS, None for plain text."""
        if self.tls_certificate is None:
            return None
        return TlsFiles(self.tls_certificate, self.tls_key, self.tls_authorities)
