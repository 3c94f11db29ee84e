"""The simulated DMP as an HTTP server on the loopback."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from lxml import etree

from dcc_sandbox.dmp import names, transactions
from dcc_sandbox.dmp.faults import Trouble, Troubles
from dcc_sandbox.dmp.holdings import Holdings
from dcc_sandbox.dmp.refusals import Fault, Refused
from dcc_sandbox.dmp.transactions import CdaJudge
from dcc_sandbox.dmp.vihf import judge_vihf
from dcc_sandbox.dmp.wire import Request, answer, fault, read_request, registry_response

_SOAP_TYPE = "application/soap+xml; charset=UTF-8"
_LIMIT = 80 * 1024 * 1024


@dataclass
class SimulatedDmp:
    """A DMP: what it holds, whom it trusts, what goes wrong.

    Attributes:
        trusted: Certificate of the establishment, PEM.
        structure: The structure that the certificate belongs to.
        judge: Checks CDA documents when given.
        slow_s: How long a slow answer takes.
        log: One line per exchange, action and outcome, for tests.
    """

    trusted: bytes
    structure: str
    holdings: Holdings = field(default_factory=Holdings)
    troubles: Troubles = field(default_factory=Troubles)
    judge: CdaJudge | None = None
    slow_s: float = 2.0
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    log: list[tuple[str, str]] = field(default_factory=list)

    def carry_out(self, request: Request, *, stale: bool = False) -> etree._Element:
        """Return the body of the answer to a request. Raise ``Fault`` or ``Refused``."""
        if stale:
            raise Fault("Sender", "the VIHF has expired")
        patient = judge_vihf(
            request.assertion, trusted=self.trusted, structure=self.structure, now=self.clock()
        )
        match request.action:
            case names.PROVIDE:
                return transactions.provide(
                    request, self.holdings, patient=patient, trusted=self.trusted, judge=self.judge
                )
            case names.UPDATE:
                return transactions.update(request, self.holdings, patient=patient)
            case names.STORED_QUERY:
                return transactions.query(request, self.holdings, patient=patient)
            case names.EXISTENCE:
                return transactions.existence(request, self.holdings, patient=patient)
            case _:
                raise Fault("Sender", "unknown action")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    dmp: SimulatedDmp

    def do_POST(self) -> None:
        """Answer one exchange, or let it go wrong as planned."""
        length = int(self.headers.get("Content-Length", "0"))
        content = self.rfile.read(min(length, _LIMIT))
        trouble = self.dmp.troubles.next()
        if trouble is Trouble.LOST_REQUEST:
            self._break()
            return
        if trouble is Trouble.SLOW:
            time.sleep(self.dmp.slow_s)
        if trouble is Trouble.HTML_PAGE:
            self._send(200, "text/html", b"<html><body>Maintenance</body></html>")
            return
        status, body = self._answer(content, trouble)
        if trouble is Trouble.LOST_ANSWER:
            self._break()
        else:
            self._send(status, _SOAP_TYPE, body[:200] if trouble is Trouble.TRUNCATED else body)

    def _answer(self, content: bytes, trouble: Trouble | None) -> tuple[int, bytes]:
        request = None
        try:
            request = read_request(self.headers.get("Content-Type", ""), content)
            body = self._carried_out(request, trouble)
            outcome, status = "ok", 200
        except Refused as refused:
            body, outcome, status = registry_response(refused), refused.code, 200
        except Fault as refused:
            body, outcome, status = fault(refused), refused.reason, 500
        self.dmp.log.append((request.action if request else "", outcome))
        return status, answer(request, body)

    def _carried_out(self, request: Request, trouble: Trouble | None) -> etree._Element:
        if trouble is Trouble.BUSY:
            raise Refused("XDSRepositoryBusy", "come back later")
        if trouble is Trouble.RECEIVER_FAULT:
            raise Fault("Receiver", "out of order")
        return self.dmp.carry_out(request, stale=trouble is Trouble.STALE_VIHF)

    def _send(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def _break(self) -> None:
        """Cut the connection as a dead network does: no answer, no goodbye."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - inherited name
        """Say nothing: ``SimulatedDmp.log`` keeps what tests need."""


@contextlib.contextmanager
def running_dmp(
    dmp: SimulatedDmp, *, port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """Serve a simulated DMP while the block runs; yield its address."""
    handler = type("Handler", (_Handler,), {"dmp": dmp})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        scheme = "https" if tls else "http"
        yield f"{scheme}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
