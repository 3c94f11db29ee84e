import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlmodel import Session

from dcc_core.audit import AuditKeys
from dcc_core.audit.copies import HEAD_EVENT, forward_copies
from dcc_core.audit.sealer import last_seal, seal_entries
from dcc_core.audit.spans import digest_of
from dcc_core.audit.syslog import SyslogSink, Transport, format_message, parse_target
from dcc_core.db import Database
from dcc_core.errors import ConfigError, RetryableExchangeError
from dcc_core.hooks.contracts.ops import AuditCopy
from dcc_core.testing.clock import START

Writer = Callable[[Session, int], None]


class Shelf:
    """A sink that keeps what it receives, and fails when told to."""

    key, order = "tests.shelf", 1

    def __init__(self) -> None:
        self.kept: list[AuditCopy] = []
        self.fail_after = 10_000

    def emit(self, copy: AuditCopy) -> None:
        if len(self.kept) >= self.fail_after:
            raise RetryableExchangeError("TEST-1", "the shelf is full.")
        self.kept.append(copy)


@pytest.fixture
def sealed(database: Database, write: Writer, keys: AuditKeys) -> Database:
    with database.session() as session:
        write(session, 10)
    for _ in range(2):
        with database.session() as session:
            seal_entries(session, keys=keys, now=START, limit=5)
    return database


def _forward(database: Database, sink: Shelf, keys: AuditKeys) -> bool:
    with database.session() as session:
        return forward_copies(session, sink, keys=keys)


def test_copies_leave_in_order_each_seal_with_its_head(sealed: Database, keys: AuditKeys) -> None:
    shelf = Shelf()
    assert [_forward(sealed, shelf, keys) for _ in range(3)] == [True, True, False]
    rows = [copy.sequence for copy in shelf.kept if copy.event != HEAD_EVENT]
    assert rows == list(range(1, 11))
    with sealed.session() as session:
        seal = last_seal(session)
        assert seal is not None
        assert shelf.kept[-1].fields["digest"] == digest_of(seal)
    assert shelf.kept[0].fields["basis"] == "presenter"


def test_sink_that_fails_is_asked_again_from_the_same_seal(
    sealed: Database, keys: AuditKeys
) -> None:
    shelf = Shelf()
    shelf.fail_after = 8
    assert _forward(sealed, shelf, keys)
    with pytest.raises(RetryableExchangeError):
        _forward(sealed, shelf, keys)
    shelf.fail_after = 10_000
    while _forward(sealed, shelf, keys):
        continue
    rows = {copy.sequence for copy in shelf.kept if copy.event != HEAD_EVENT}
    assert rows == set(range(1, 11))


COPY = AuditCopy(
    sequence=7,
    at=datetime(2026, 3, 2, 9, 30, 0, 5, tzinfo=UTC),
    event="patient.read",
    outcome="denied",
    actor_id=None,
    patient_id=None,
    fields={"reason": "ACC-106", "details": '{"é":"\\n"}'},
)


def test_message_is_the_one_of_rfc_5424() -> None:
    message = format_message(COPY, region="occitanie")
    header, _, body = message.partition(b"\xef\xbb\xbf")
    assert header == b"<108>1 2026-03-02T09:30:00.000005Z occitanie dcc - patient.read - "
    content = json.loads(body)
    assert content["reason"] == "ACC-106"
    assert b"\n" not in body


@contextmanager
def _server(wrap: Callable[[socket.socket], socket.socket]) -> Iterator[tuple[int, list[bytes]]]:
    """Accept one connection on loopback and keep what it sends."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def serve() -> None:
            connection, _ = listener.accept()
            with suppress(OSError), wrap(connection) as stream:  # a client may hang up at will
                stream.settimeout(10)
                while chunk := stream.recv(65_536):
                    received.append(chunk)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1], received
        thread.join(10)


def _frames(raw: bytes) -> list[bytes]:
    frames = []
    while raw:
        length, _, raw = raw.partition(b" ")
        frames.append(raw[: int(length)])
        raw = raw[int(length) :]
    return frames


def test_copies_travel_over_tcp_counted_by_octets() -> None:
    with _server(lambda connection: connection) as (port, received):
        sink = SyslogSink(parse_target(f"tcp://127.0.0.1:{port}"), region="occitanie")
        for _ in range(3):
            sink.emit(COPY)
        sink.close()
    assert _frames(b"".join(received)) == [format_message(COPY, region="occitanie")] * 3


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "DEMO syslog")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "server.pem", folder / "server.key"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return public, private


def test_copies_travel_over_tls_to_a_known_server(tmp_path: Path) -> None:
    public, private = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    with _server(lambda plain: context.wrap_socket(plain, server_side=True)) as (port, received):
        target = parse_target(f"tls://127.0.0.1:{port}", ca_file=public)
        sink = SyslogSink(target, region="occitanie")
        sink.emit(COPY)
        sink.close()
    assert _frames(b"".join(received)) == [format_message(COPY, region="occitanie")]


def test_unknown_server_receives_nothing(tmp_path: Path) -> None:
    public, private = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)

    with _server(lambda plain: context.wrap_socket(plain, server_side=True)) as (port, received):
        sink = SyslogSink(parse_target(f"tls://127.0.0.1:{port}"), region="occitanie")
        with pytest.raises(RetryableExchangeError, match="AUD-032"):
            sink.emit(COPY)
    assert b"patient.read" not in b"".join(received)


def test_copies_travel_over_udp_one_by_datagram() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(10)
        target = parse_target(f"udp://127.0.0.1:{listener.getsockname()[1]}")
        sink = SyslogSink(target, region="occitanie")
        sink.emit(COPY)
        assert listener.recv(65_536) == format_message(COPY, region="occitanie")
        sink.close()


def test_server_that_is_away_can_be_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    sink = SyslogSink(parse_target(f"tcp://127.0.0.1:{port}"), region="occitanie")
    with pytest.raises(RetryableExchangeError, match="AUD-032"):
        sink.emit(COPY)


def test_address_has_a_usual_port() -> None:
    assert parse_target("tls://soc.example.invalid").port == 6514
    assert parse_target("udp://soc.example.invalid").transport is Transport.UDP


@pytest.mark.parametrize("url", ["", "soc.example.invalid", "http://soc", "tls://", "tcp://h:x"])
def test_unusable_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="AUD-031"):
        parse_target(url)
