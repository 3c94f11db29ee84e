"""TLS contexts of the listener and of the sender."""

import ssl
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files.

    With `authorities` on a listener, each partner must show a certificate they signed.
    """

    certificate: Path | None = None
    key: Path | None = None
    authorities: Path | None = None


def listener_context(files: TlsFiles) -> ssl.SSLContext:
    """TLS 1.2 or later, with mutual authentication when authorities are given."""
    if files.certificate is None:
        raise ValueError("a TLS listener needs a certificate")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(files.certificate, files.key)
    if files.authorities:
        context.load_verify_locations(files.authorities)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def sender_context(files: TlsFiles) -> ssl.SSLContext:
    """Verify the partner's certificate and name; show ours when there is one."""
    context = ssl.create_default_context(cafile=files.authorities)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if files.certificate:
        context.load_cert_chain(files.certificate, files.key)
    return context
