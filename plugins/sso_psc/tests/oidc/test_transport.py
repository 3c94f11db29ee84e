"""The network floor: one deadline, one size limit, only allowed addresses."""

import socket
import ssl
import struct
import threading
import time

import httpx2
import pytest

from dcc_sso_psc.oidc.config import Reach
from dcc_sso_psc.oidc.transport import GuardedTransport, is_allowed

from .socket_server import Behaviour, raw_server

_OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


def _get(port: int, *, timeout_s: float = 0.5, host: str = "127.0.0.1") -> httpx2.Response:
    transport = GuardedTransport(
        ssl.create_default_context(), reach=Reach.LOOPBACK, timeout_s=timeout_s
    )
    with httpx2.Client(transport=transport) as client:
        return client.get(f"http://{host}:{port}/")


def _drip(first: bytes, drop: bytes) -> Behaviour:
    def behave(stream: socket.socket) -> None:
        stream.sendall(first)
        for _ in range(100):
            stream.sendall(drop)
            time.sleep(0.05)

    return behave


def _send(data: bytes) -> Behaviour:
    return lambda stream: stream.sendall(data)


def _reset(stream: socket.socket) -> None:
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_plain_answer_passes() -> None:
    with raw_server(_send(_OK + b"content-length: 2\r\n\r\n{}")) as port:
        assert _get(port).json() == {}


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(lambda _: time.sleep(2), id="silent"),
        pytest.param(_drip(b"", b"H"), id="dripping status line"),
        pytest.param(_drip(_OK, b"x-a: b\r\n"), id="dripping headers"),
        pytest.param(_drip(_OK + b"content-length: 5000\r\n\r\n", b" "), id="dripping body"),
    ],
)
def test_deadline_covers_the_whole_exchange(behaviour: Behaviour) -> None:
    with raw_server(behaviour) as port:
        started = time.monotonic()
        with pytest.raises(httpx2.TransportError):
            _get(port)
        assert time.monotonic() - started < 2.5


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(_reset, id="reset"),
        pytest.param(_send(b""), id="closed"),
        pytest.param(_send(b"SSH-2.0-x\r\n"), id="another protocol"),
        pytest.param(_send(_OK + b"content-length: 500\r\n\r\n{"), id="cut body"),
        pytest.param(_send(_OK + b"\r\n" + b" " * 300_000), id="endless body"),
        pytest.param(_send(_OK + b"a: " + b"b" * 300_000), id="endless header"),
        pytest.param(
            _send(_OK + b"content-encoding: gzip\r\ncontent-length: 0\r\n\r\n"), id="compressed"
        ),
        pytest.param(_send(b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"), id="bad length"),
    ],
)
def test_broken_answers_are_transport_errors(behaviour: Behaviour) -> None:
    with raw_server(behaviour) as port, pytest.raises(httpx2.TransportError):
        _get(port)


def test_megabyte_is_refused_in_a_tenth_of_a_second() -> None:
    """The best of five: other work on the machine is not what is measured."""
    with raw_server(_send(_OK + b"\r\n" + b" " * 1_000_000)) as port:
        assert min(_refusal_time_s(port) for _ in range(5)) < 0.1


def _refusal_time_s(port: int) -> float:
    started = time.monotonic()
    with pytest.raises(httpx2.TransportError):
        _get(port, timeout_s=5)
    return time.monotonic() - started


def test_nobody_listening_is_a_transport_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(httpx2.TransportError):
        _get(port)


def test_unknown_name_is_a_transport_error() -> None:
    with pytest.raises(httpx2.TransportError):
        _get(80, host="fournisseur.invalid")


def test_loopback_is_not_reached_unless_allowed() -> None:
    """A public name that resolves to an inner address (DNS rebinding) is not connected to."""
    reached = threading.Event()
    with raw_server(lambda _: reached.set()) as port:
        for reach in (Reach.PUBLIC, Reach.PRIVATE):
            transport = GuardedTransport(ssl.create_default_context(), reach=reach, timeout_s=0.5)
            client = httpx2.Client(transport=transport)
            with client, pytest.raises(httpx2.TransportError):
                client.get(f"http://localhost:{port}/")
    assert not reached.is_set()


@pytest.mark.parametrize(
    ("address", "reaches"),
    [
        ("185.24.184.1", {Reach.PUBLIC, Reach.PRIVATE, Reach.LOOPBACK}),
        ("2a01:cb00::1", {Reach.PUBLIC, Reach.PRIVATE, Reach.LOOPBACK}),
        ("10.1.2.3", {Reach.PRIVATE}),
        ("192.168.1.1", {Reach.PRIVATE}),
        ("fd00::1", {Reach.PRIVATE}),
        ("127.0.0.1", {Reach.LOOPBACK}),
        ("::1", {Reach.LOOPBACK}),
        ("::ffff:127.0.0.1", {Reach.LOOPBACK}),
        ("::ffff:10.0.0.1", {Reach.PRIVATE}),
        ("169.254.169.254", set()),
        ("fe80::1%eth0", set()),
        ("::ffff:169.254.169.254", set()),
        ("224.0.0.1", set()),
        ("0.0.0.0", set()),  # noqa: S104 - an address to refuse
        ("::", set()),
    ],
)
def test_reach_decides_which_addresses_are_called(address: str, reaches: set[Reach]) -> None:
    assert {reach for reach in Reach if is_allowed(address, reach)} == reaches
