"""Client authentication by certificate, over real TLS."""

import json
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from dcc_sso_psc.oidc.channel import BackChannel
from dcc_sso_psc.oidc.config import ClientCertificate, ClientSecret, ProviderConfig, Reach
from dcc_sso_psc.oidc.metadata import load_metadata
from dcc_sso_psc.refusals import Refusal, SignInRefused

from .socket_server import raw_server


class Authority:
    """A throw-away certification authority in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "AC DÉMO")])
        self.file = folder / "ac.pem"
        self.file.write_bytes(self._build(self._name, self._key, ca=True))

    def issue(self, name: str) -> ClientCertificate:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate, secret = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        certificate.write_bytes(self._build(subject, key, ca=False))
        secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return ClientCertificate(certificate, secret)

    def _build(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, ca: bool) -> bytes:
        now = datetime.now(UTC)
        names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        builder = (
            x509.CertificateBuilder(subject_name=subject, issuer_name=self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
        )
        return builder.sign(self._key, SHA256()).public_bytes(Encoding.PEM)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ac"))


class TokenEndpoint:
    """Demands a certificate, keeps what it received, answers a token response."""

    def __init__(self, authority: Authority) -> None:
        own = authority.issue("serveur")
        self.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.file)
        self.tls.load_cert_chain(own.certificate, own.key)
        self.tls.verify_mode = ssl.CERT_REQUIRED
        self.peers: list[object] = []

    def answer(self, stream: socket.socket) -> None:
        assert isinstance(stream, ssl.SSLSocket)
        self.peers.append(stream.getpeercert())
        body = json.dumps({"access_token": "a", "token_type": "Bearer"}).encode()
        stream.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)


@pytest.fixture
def endpoint(authority: Authority) -> TokenEndpoint:
    return TokenEndpoint(authority)


@pytest.fixture
def port(endpoint: TokenEndpoint) -> Iterator[int]:
    with raw_server(endpoint.answer, tls=endpoint.tls) as port:
        yield port


def _config(
    port: int, client_auth: ClientSecret | ClientCertificate, authority: Path | None
) -> ProviderConfig:
    return ProviderConfig(
        issuer=f"https://localhost:{port}",
        discovery_url=f"https://localhost:{port}/.well-known/x",
        client_id="dcc",
        client_auth=client_auth,
        acr_accepted=frozenset({"eidas1"}),
        reach=Reach.LOOPBACK,
        authority=authority,
        timeout_s=20,
    )


def _exchange(config: ProviderConfig) -> dict[str, object]:
    return BackChannel(config).exchange_code(
        f"{config.issuer}/token", code="c", verifier="v" * 43, redirect_uri="https://dcc.invalid/"
    )


def test_certificate_is_presented(authority: Authority, endpoint: TokenEndpoint, port: int) -> None:
    config = _config(port, authority.issue("client"), authority.file)
    assert _exchange(config)["access_token"] == "a"
    assert "client" in str(endpoint.peers)


def test_without_certificate_nothing_is_obtained(
    authority: Authority, endpoint: TokenEndpoint, port: int
) -> None:
    with pytest.raises(SignInRefused) as refused:
        _exchange(_config(port, ClientSecret("s"), authority.file))
    assert refused.value.refusal is Refusal.UNREACHABLE
    assert endpoint.peers == []


def test_server_of_an_unknown_authority_is_refused(
    authority: Authority, endpoint: TokenEndpoint, port: int
) -> None:
    with pytest.raises(SignInRefused) as refused:
        _exchange(_config(port, authority.issue("client"), None))
    assert refused.value.refusal is Refusal.UNREACHABLE
    assert endpoint.peers == []


def test_certificate_clients_use_the_mutual_tls_endpoints(authority: Authority) -> None:
    own = authority.issue("serveur-description")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(own.certificate, own.key)
    ports: list[int] = []

    def describe(stream: socket.socket) -> None:
        base = f"https://localhost:{ports[0]}"
        names = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
        document: dict[str, object] = {name: f"{base}/{name}" for name in names}
        document |= {"issuer": base, "mtls_endpoint_aliases": {"token_endpoint": f"{base}/mtls"}}
        body = json.dumps(document).encode()
        stream.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)

    with raw_server(describe, tls=tls) as port:
        ports.append(port)
        found = []
        for auth in (authority.issue("client"), ClientSecret("s")):
            config = _config(port, auth, authority.file)
            found.append(load_metadata(config, BackChannel(config)).token_endpoint)
    assert found == [f"https://localhost:{port}/mtls", f"https://localhost:{port}/token_endpoint"]
