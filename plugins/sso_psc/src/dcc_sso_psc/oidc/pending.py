"""A sign-in under way: the secrets kept on our side until the browser returns."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dcc_sso_psc.refusals import Refusal, SignInRefused

LIFETIME = timedelta(minutes=10)
_SECRET_BYTES = 48  # 64 characters: the PKCE verifier needs 43 at least (RFC 7636 §4.1)


@dataclass(frozen=True)
class PendingLogin:
    """Kept in the server-side session of the browser that began; taken out before it is used."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    started_at: datetime

    @classmethod
    def begin(cls, now: datetime) -> "PendingLogin":
        """Draw the secrets of a new sign-in."""
        state, nonce, verifier = (secrets.token_urlsafe(_SECRET_BYTES) for _ in range(3))
        return cls(state, nonce, verifier, now)

    @classmethod
    def restore(cls, kept: Mapping[str, str], now: datetime) -> "PendingLogin":
        """Read what ``keep`` wrote; raise ``SignInRefused`` when it is absent or too old."""
        try:
            login = cls(
                kept["state"],
                kept["nonce"],
                kept["verifier"],
                datetime.fromisoformat(kept["started_at"]),
            )
        except (KeyError, ValueError) as error:
            raise SignInRefused(Refusal.STATE_UNKNOWN) from error
        if now - login.started_at >= LIFETIME:
            raise SignInRefused(Refusal.STATE_UNKNOWN)
        return login

    def keep(self) -> dict[str, str]:
        """Return the values to store in the session."""
        return {
            "state": self.state,
            "nonce": self.nonce,
            "verifier": self.verifier,
            "started_at": self.started_at.isoformat(),
        }
