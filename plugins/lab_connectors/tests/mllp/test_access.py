"""Who may connect: networks, certificates, names in MSH-3 and MSH-4."""

import datetime as dt
import ssl
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dcc_lab_connectors.hl7.ack import Acknowledgement
from dcc_lab_connectors.mllp.limits import Limits
from dcc_lab_connectors.mllp.peers import Peer
from dcc_lab_connectors.mllp.server import MllpServer
from dcc_lab_connectors.mllp.service import ListenerThread
from dcc_lab_connectors.mllp.tls import TlsFiles, listener_context, sender_context
from dcc_lab_connectors.samples import oru


class Authority:
    """Issues certificates into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "DÉMO AC")])
        self.path = folder / "ca.pem"
        self.path.write_bytes(self._sign(self.name, self.key, is_authority=True))

    def _sign(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, is_authority: bool
    ) -> bytes:
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        certificate = builder.sign(self.key, hashes.SHA256())
        return certificate.public_bytes(serialization.Encoding.PEM)

    def issue(self, name: str) -> TlsFiles:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate_path, key_path = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        certificate_path.write_bytes(self._sign(subject, key, is_authority=False))
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        key_path.write_bytes(private)
        return TlsFiles(certificate_path, key_path, self.path)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def test_mutual_tls_tells_partners_apart(start_listener: Any, authority: Authority) -> None:
    peers = [Peer("labo", certificate_names=("labo-demo",))]
    listener = start_listener(peers=peers, tls=listener_context(authority.issue("dcc")))

    def connect(context: ssl.SSLContext) -> Any:
        context.check_hostname = False  # the listener is reached by address here
        return listener.client(tls=context)

    with connect(sender_context(authority.issue("labo-demo"))) as client:
        assert client.send(oru("1")).code == "AA"
    with (
        pytest.raises(OSError),
        connect(sender_context(authority.issue("intrus"))) as client,
    ):
        client.send(oru("2"))
    without = sender_context(TlsFiles(authorities=authority.path))
    with pytest.raises(OSError), connect(without) as client:
        client.send(oru("3"))
    assert [row[0] for row in listener.receiver.rows()] == ["1"]


def test_listener_without_certificate_does_not_start() -> None:
    with pytest.raises(ValueError, match="certificate"):
        listener_context(TlsFiles())


def test_unknown_network_is_cut_at_once(start_listener: Any) -> None:
    listener = start_listener(peers=[Peer("labo", networks=(ip_network("10.1.0.0/16"),))])
    with pytest.raises(OSError), listener.client() as client:
        client.send(oru("1"))
    assert listener.receiver.rows() == []


def test_undeclared_sender_is_refused_and_kept_for_support(start_listener: Any) -> None:
    peer = Peer("labo", (ip_network("127.0.0.0/8"),), senders=(("AUTRE", "LABO"),))
    listener = start_listener(peers=[peer])
    with listener.client() as client:
        assert client.send(oru("1")) == Acknowledgement("AE", "1", ("207",))
    assert listener.receiver.rows() == [("1", oru("1"), True)]


def test_one_partner_cannot_take_every_connection(start_listener: Any) -> None:
    listener = start_listener(limits=Limits(connections_per_peer=2))
    with listener.client() as first, listener.client() as second:
        assert first.send(oru("1")).code == "AA"
        assert second.send(oru("2")).code == "AA"
        with pytest.raises(OSError), listener.client() as third:
            third.send(oru("3"))


def test_taken_port_is_said(start_listener: Any) -> None:
    listener = start_listener()
    second = MllpServer(listener.receiver, clock=lambda: dt.datetime.now(dt.UTC))
    with pytest.raises(OSError, match="address already in use"):
        ListenerThread(second).start("127.0.0.1", listener.port)
