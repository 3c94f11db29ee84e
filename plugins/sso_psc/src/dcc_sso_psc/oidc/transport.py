"""A network floor under the back channel: one deadline, one size limit, only allowed addresses.

``timeout`` of an HTTP client bounds each read, not the exchange: a provider that sends one byte
every four seconds would hold a worker for ever. Here the deadline covers connection, TLS, headers
and body together, and the limit counts every byte that comes in.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import httpcore2
import httpx2

from dcc_sso_psc.oidc.config import Reach

MAX_ANSWER_BYTES = 256 * 1024


@dataclass
class Budget:
    """What is left of the time and of the bytes granted to one exchange."""

    seconds: float
    bytes_left: int = MAX_ANSWER_BYTES
    _end: float = field(init=False)

    def __post_init__(self) -> None:
        self._end = time.monotonic() + self.seconds

    def time_left(self) -> float:
        """Return the seconds left; raise ``ReadTimeout`` when none is."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("budget spent")
        return left

    def spend(self, data: bytes) -> bytes:
        """Count incoming bytes; raise ``ReadError`` past the limit."""
        self.bytes_left -= len(data)
        if self.bytes_left < 0:
            raise httpcore2.ReadError("answer too large")
        return data


class _BudgetedStream(httpcore2.NetworkStream):
    def __init__(self, stream: httpcore2.NetworkStream, budget: Budget) -> None:
        self._stream = stream
        self._budget = budget

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._budget.spend(self._stream.read(max_bytes, self._budget.time_left()))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._budget.time_left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._budget.time_left())
        return _BudgetedStream(secured, self._budget)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


class _GuardedBackend(httpcore2.NetworkBackend):
    """Resolve once, check the address, connect to that very address (no DNS rebinding)."""

    def __init__(self, reach: Reach, budget: Budget) -> None:
        self._reach = reach
        self._budget = budget
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        failure = httpcore2.ConnectError("no allowed address")
        for address in self._allowed_addresses(host, port):
            try:
                stream = self._sockets.connect_tcp(
                    address, port, self._budget.time_left(), local_address, socket_options
                )
            except httpcore2.ConnectError as error:
                failure = error
            else:
                return _BudgetedStream(stream, self._budget)
        raise failure

    def _allowed_addresses(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore2.ConnectError("name not resolved") from error
        addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
        return [address for address in addresses if is_allowed(address, self._reach)]


def is_allowed(address: str, reach: Reach) -> bool:
    """Tell whether an IP address may be connected to under this reach."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if ip.is_loopback:
        return reach is Reach.LOOPBACK
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return False
    return ip.is_global or reach is Reach.PRIVATE


class GuardedTransport(httpx2.BaseTransport):
    """Send each request on its own connection, within its own budget."""

    def __init__(self, tls: ssl.SSLContext, *, reach: Reach, timeout_s: float) -> None:
        self._tls = tls
        self._reach = reach
        self._timeout_s = timeout_s

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the whole answer, or raise ``httpx2.TransportError``."""
        budget = Budget(self._timeout_s)
        with httpcore2.ConnectionPool(
            ssl_context=self._tls, network_backend=_GuardedBackend(self._reach, budget)
        ) as pool:
            try:
                answer = pool.request(
                    request.method,
                    str(request.url),
                    headers=request.headers.raw,
                    content=request.read(),
                )
            except (OSError, *_NETWORK_ERRORS) as error:
                raise httpx2.TransportError(type(error).__name__, request=request) from error
        if any(name.lower() == b"content-encoding" for name, _ in answer.headers):
            raise httpx2.TransportError("compressed answer", request=request)  # zip bomb
        return httpx2.Response(answer.status, headers=answer.headers, content=answer.content)


_NETWORK_ERRORS = (
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.UnsupportedProtocol,
)
