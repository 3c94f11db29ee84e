"""The organisation's certificates (IGC Santé): ORG_AUTH_CLI for TLS, ORG_SIGN to sign."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dcc_core.api import ConfigError


@dataclass(frozen=True, slots=True)
class SigningCertificate:
    """A private key and its certificate, loaded once.

    Attributes:
        certificate: The X.509 certificate.
        key_pem: Private key, PEM.
        key: The two for XML Signature. A key remembers what its first signature worked out, which
            takes longer than signing.
    """

    certificate: x509.Certificate
    key_pem: bytes = field(repr=False)
    key: "xmlsec.Key" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        key = xmlsec.Key.from_memory(self.key_pem, xmlsec.constants.KeyDataFormatPem)
        key.load_cert_from_memory(self.pem, xmlsec.constants.KeyDataFormatPem)
        object.__setattr__(self, "key", key)

    @property
    def subject(self) -> str:
        """The distinguished name, as an issuer of assertions is named (RFC 4514)."""
        return self.certificate.subject.rfc4514_string()

    @property
    def pem(self) -> bytes:
        """The certificate, PEM."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def der(self) -> bytes:
        """The certificate, DER."""
        return self.certificate.public_bytes(Encoding.DER)

    def is_valid_at(self, now: datetime) -> bool:
        """Tell whether the certificate may be used now."""
        held = self.certificate
        return held.not_valid_before_utc <= now <= held.not_valid_after_utc


def load_signing_certificate(certificate: Path, key: Path) -> SigningCertificate:
    """Return the certificate and key of two PEM files.

    Raises:
        ConfigError: ``DCC-DMP-020``, a file is missing, unreadable, or the two do not go together.
    """
    try:
        held = x509.load_pem_x509_certificate(certificate.read_bytes())
        return SigningCertificate(held, key.read_bytes())
    except (OSError, ValueError, xmlsec.Error) as error:
        raise ConfigError(
            "DCC-DMP-020",
            f"The signing certificate {certificate.name} or its key {key.name} cannot be used. "
            "Give two readable PEM files that go together.",
        ) from error
