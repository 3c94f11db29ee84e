"""Anti-forgery tokens, bound to the session and different in every page.

A token is a random salt and the HMAC of the salt with the session's key: another session's token,
a planted cookie pair and a guessed value all fail, and compression of the page reveals nothing
because the salt changes (BREACH).
"""

import hashlib
import hmac
import secrets

from dcc_core.config.keys import derive_key

FIELD = "_csrf"
HEADER = "x-csrf-token"
_SALT_BYTES = 9


class ForgeryTokens:
    """Issue and check tokens with the key of this deployment."""

    def __init__(self, secret: bytes) -> None:
        self._key = derive_key(secret, "web.forgery")

    def issue(self, session_key: str) -> str:
        """Return a fresh token for the forms of one page."""
        salt = secrets.token_urlsafe(_SALT_BYTES)
        return f"{salt}.{self._seal(session_key, salt)}"

    def accepts(self, token: str, session_key: str) -> bool:
        """Tell whether a token was issued for this session."""
        salt, _, seal = token.partition(".")
        expected = self._seal(session_key, salt)
        return bool(session_key) and hmac.compare_digest(seal.encode(), expected.encode())

    def _seal(self, session_key: str, salt: str) -> str:
        text = f"{session_key}|{salt}".encode()
        return hmac.new(self._key, text, hashlib.sha256).hexdigest()
