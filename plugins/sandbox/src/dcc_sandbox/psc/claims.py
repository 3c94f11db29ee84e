"""Claims of the three kinds of tokens that the sandbox provider signs."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dcc_sandbox.psc.people import Person
from dcc_sandbox.psc.tokens import token_hash

ACCESS_LIFETIME = timedelta(minutes=2)
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True, kw_only=True)
class TokenSubject:
    """Whom a token is about; ``shift_s`` makes the provider's clock wrong on purpose."""

    issuer: str
    client_id: str
    person: Person
    sid: str
    opened_at: datetime
    now: datetime
    shift_s: int = 0

    def common(self) -> dict[str, Any]:
        """Return issuer, person, session and dates."""
        issued = int(self.now.timestamp()) + self.shift_s
        return {
            "iss": self.issuer,
            "sub": self.person.subject,
            "sid": self.sid,
            "iat": issued,
            "exp": issued + int(ACCESS_LIFETIME.total_seconds()),
        }


def access_claims(subject: TokenSubject) -> dict[str, Any]:
    """Return the claims of an access token."""
    return {
        **subject.common(),
        "azp": subject.client_id,
        "jti": secrets.token_urlsafe(16),
        "acr": subject.person.acr,
    }


def id_token_claims(
    subject: TokenSubject, *, nonce: str | None, access_token: str
) -> dict[str, Any]:
    """Return the claims of an id_token; ``azp`` is always there, as Keycloak does."""
    claims = {
        **subject.common(),
        "aud": subject.client_id,
        "azp": subject.client_id,
        "auth_time": int(subject.opened_at.timestamp()) + subject.shift_s,
        "at_hash": token_hash(access_token),
        "acr": subject.person.acr,
        "typ": "ID",
        "preferred_username": subject.person.national_id,
    }
    return claims if nonce is None else {**claims, "nonce": nonce}


def logout_claims(subject: TokenSubject) -> dict[str, Any]:
    """Return the claims of a logout token (OpenID Connect Back-Channel Logout 1.0 §2.4)."""
    return {
        **subject.common(),
        "aud": subject.client_id,
        "jti": secrets.token_urlsafe(16),
        "events": {LOGOUT_EVENT: {}},
    }
