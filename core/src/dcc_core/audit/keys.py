"""Keys of the audit: one authenticates rows as they are written, one signs seals.

Both derive from the secret of the deployment; neither is ever in the database. Whoever alters the
database without them is found out; whoever holds them is found out by the heads sent elsewhere.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from sqlmodel import Session

from dcc_core.config.keys import derive_key
from dcc_core.db import Database

if TYPE_CHECKING:  # OpenSSL is loaded by the process that seals or verifies, not at every start
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

_INFO = "dcc_audit_keys"


@dataclass(frozen=True, slots=True)
class AuditKeys:
    """The keys of one deployment."""

    mac_key: bytes = field(repr=False)
    signing_seed: bytes = field(repr=False)

    @property
    def public_key(self) -> "Ed25519PublicKey":
        """Return what verifies the seals; may be handed to an auditor."""
        return self._signing_key().public_key()

    def mac(self, text: str) -> str:
        """Return the authentication code of a text (HMAC-SHA256)."""
        return hmac.digest(self.mac_key, text.encode(), hashlib.sha256).hex()

    def sign(self, text: str) -> str:
        """Return the signature of a text (Ed25519)."""
        return self._signing_key().sign(text.encode()).hex()

    def _signing_key(self) -> "Ed25519PrivateKey":
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.signing_seed)


def is_signed(public_key: "Ed25519PublicKey", text: str, signature: str) -> bool:
    """Tell whether a signature is right."""
    from cryptography.exceptions import InvalidSignature

    try:
        public_key.verify(bytes.fromhex(signature), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def audit_keys(secret: bytes) -> AuditKeys:
    """Derive the keys from the secret of the deployment."""
    return AuditKeys(derive_key(secret, "audit-row"), derive_key(secret, "audit-seal"))


UNKEYED = audit_keys(b"no secret: tests and libraries that never open a region")
"""Keys of sessions that nobody gave any: rows are chained all the same, under a public key."""


def install_audit(database: Database, keys: AuditKeys) -> None:
    """Make every session of a database write the audit under these keys; done once, at opening."""
    info = database.sessions.kw.get("info") or {}
    database.sessions.configure(info={**info, _INFO: keys})


def keys_of(session: Session) -> AuditKeys:
    """Return the keys under which this session writes the audit."""
    return cast("AuditKeys", session.info.get(_INFO, UNKEYED))
