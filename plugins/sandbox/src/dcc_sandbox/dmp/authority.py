"""A fictitious certification authority in the manner of IGC Santé, for a demonstration or tests."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Identity:
    """A key and its certificate, as PEM files."""

    certificate: Path
    key: Path

    @property
    def pem(self) -> bytes:
        """The certificate, PEM."""
        return self.certificate.read_bytes()


class Authority:
    """Issues certificates for tests; nobody else trusts it."""

    def __init__(self, folder: Path) -> None:
        """Make a new authority whose files go to ``folder``."""
        self._folder = folder
        self._key = rsa.generate_private_key(65537, 2048)
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "AC DÉMO")])
        self.certificate = folder / "ca.pem"
        now = datetime.now(UTC)
        held = self._builder(self._name, now - timedelta(days=1), now + timedelta(days=30))
        held = held.public_key(self._key.public_key()).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self._write(self.certificate, held.sign(self._key, SHA256()))

    def issue(self, name: str, *, days: int = 30, since: int = -1) -> Identity:
        """Return a key and certificate; ``since`` and ``days`` bound its validity around now."""
        now = datetime.now(UTC)
        key = rsa.generate_private_key(65537, 2048)
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Centre hospitalier DÉMO"),
                x509.NameAttribute(NameOID.COMMON_NAME, name),
            ]
        )
        builder = self._builder(subject, now + timedelta(days=since), now + timedelta(days=days))
        names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        builder = builder.public_key(key.public_key()).add_extension(
            x509.SubjectAlternativeName(names), critical=False
        )
        identity = Identity(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        self._write(identity.certificate, builder.sign(self._key, SHA256()))
        identity.key.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        return identity

    def _builder(
        self, subject: x509.Name, since: datetime, until: datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .serial_number(x509.random_serial_number())
            .not_valid_before(since)
            .not_valid_after(until)
        )

    @staticmethod
    def _write(file: Path, certificate: x509.Certificate) -> None:
        file.write_bytes(certificate.public_bytes(Encoding.PEM))


def server_tls(identity: Identity, authority: Path) -> ssl.SSLContext:
    """Return a context that shows an identity and demands a client certificate that the authority,
    a PEM file, has signed.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.certificate, identity.key)
    context.load_verify_locations(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    return context
