"""A sink that sends copies of the audit to a syslog server.

Sources: RFC 5424 (message), RFC 5425 (TLS, octet counting), RFC 6587 §3.4.1 (TCP), RFC 5426 (UDP).
Facility 13 is the audit log. The message is one JSON object: ids and codes, no clinical content.
"""

import json
import socket
import ssl
import threading
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from dcc_core.errors import ConfigError, RetryableExchangeError
from dcc_core.hooks.contracts.ops import AuditCopy

_AUDIT_FACILITY = 13
_SEVERITY = {"success": 6, "denied": 4, "failure": 4}
_NOTICE = 5
_BOM = b"\xef\xbb\xbf"
_TIMEOUT_S = 10.0


class Transport(StrEnum):
    """How messages travel; production uses TLS."""

    TLS = "tls"
    TCP = "tcp"
    UDP = "udp"


_PORTS = {Transport.TLS: 6514, Transport.TCP: 601, Transport.UDP: 514}


@dataclass(frozen=True, slots=True)
class SyslogTarget:
    """Where copies go. ``ca_file`` names the authority of the server, the system's by default."""

    host: str
    port: int
    transport: Transport
    ca_file: Path | None = None


def parse_target(url: str, *, ca_file: Path | None = None) -> SyslogTarget:
    """Read a target written ``tls://host:port``.

    Raises:
        ConfigError: ``AUD-031``.
    """
    parts = urlsplit(url)
    try:
        transport = Transport(parts.scheme)
        port = parts.port or _PORTS[transport]
    except ValueError as error:
        raise ConfigError(
            "AUD-031", "the syslog address is not usable. Write tls://host:6514, tcp:// or udp://."
        ) from error
    if not parts.hostname:
        raise ConfigError("AUD-031", "the syslog address names no host. Write tls://host:6514.")
    return SyslogTarget(parts.hostname, port, transport, ca_file)


class SyslogSink:
    """Sends each copy as one message over a connection kept open."""

    order = 100

    def __init__(self, target: SyslogTarget, *, region: str, key: str = "core.syslog") -> None:
        self.key = key
        self._target = target
        self._region = region
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    def emit(self, copy: AuditCopy) -> None:
        """Send one copy.

        Raises:
            RetryableExchangeError: ``AUD-032`` the server cannot be reached.
        """
        message = format_message(copy, region=self._region)
        if self._target.transport is not Transport.UDP:
            message = b"%d %b" % (len(message), message)
        with self._lock:
            try:
                self._connection().sendall(message)
            except OSError as error:
                self._drop()
                raise RetryableExchangeError(
                    "AUD-032",
                    f"the syslog server {self._target.host}:{self._target.port} does not answer."
                    " Check the server and the firewall; copies wait and leave in order.",
                ) from error

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._drop()

    def _connection(self) -> socket.socket:
        if self._socket is None:
            self._socket = self._connect()
        return self._socket

    def _connect(self) -> socket.socket:
        address = (self._target.host, self._target.port)
        if self._target.transport is Transport.UDP:
            family, kind, proto, _, place = socket.getaddrinfo(*address, type=socket.SOCK_DGRAM)[0]
            datagrams = socket.socket(family, kind, proto)
            datagrams.connect(place)
            return datagrams
        plain = socket.create_connection(address, timeout=_TIMEOUT_S)
        if self._target.transport is Transport.TCP:
            return plain
        context = ssl.create_default_context(cafile=self._target.ca_file)
        return context.wrap_socket(plain, server_hostname=self._target.host)

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def format_message(copy: AuditCopy, *, region: str) -> bytes:
    """Return the RFC 5424 message of a copy."""
    priority = _AUDIT_FACILITY * 8 + _SEVERITY.get(copy.outcome, _NOTICE)
    moment = copy.at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    content = {
        "region": region,
        "sequence": copy.sequence,
        "event": copy.event,
        "outcome": copy.outcome,
        "actor": str(copy.actor_id or ""),
        "patient": str(copy.patient_id or ""),
        **copy.fields,
    }
    header = f"<{priority}>1 {moment} {_name(region)} dcc - {_name(copy.event)} - "
    return header.encode() + _BOM + json.dumps(content, ensure_ascii=False).encode()


def _name(text: str) -> str:
    """Header fields are visible ASCII without spaces, 32 characters at most for a message id."""
    plain = "".join(char for char in text if "!" <= char <= "~")
    return plain[:32] or "-"
