"""Encrypt the few secrets that the database must hold in a form it can give back."""

import base64
import secrets
from typing import TYPE_CHECKING

from dcc_core.config.keys import derive_key
from dcc_core.errors import ConfigError

if TYPE_CHECKING:  # OpenSSL is loaded by the process that opens a secret, not at every start
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class Vault:
    """AES-256-GCM under a key of its own; ``about`` binds a secret to the row that holds it."""

    def __init__(self, secret: bytes) -> None:
        self._key = derive_key(secret, "vault")

    def seal(self, text: str, *, about: str) -> str:
        """Encrypt ``text``; it can only be read back for the same ``about``."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher().encrypt(nonce, text.encode(), about.encode())
        return base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str, *, about: str) -> str:
        """Return the text again.

        Raises:
            ConfigError: ``ACC-601`` the key is not the one that sealed it, or the row was altered.
        """
        from cryptography.exceptions import InvalidTag

        raw = base64.b64decode(sealed)
        try:
            text = self._cipher().decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], about.encode())
        except InvalidTag as error:
            raise ConfigError(
                "ACC-601",
                "a stored secret cannot be read: DCC_SECRET_KEY has changed or the row was altered."
                " Restore the key, or invite the holder again.",
            ) from error
        return text.decode()

    def _cipher(self) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._key)
