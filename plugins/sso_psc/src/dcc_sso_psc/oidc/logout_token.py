"""Back-channel logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4, §2.6).

Anybody can post to the logout address: a token must prove its origin before it ends a session.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from dcc_sso_psc.oidc.config import ProviderConfig
from dcc_sso_psc.oidc.id_token import (
    check_audience,
    check_issuer,
    optional_text,
    required_text,
    required_time,
)
from dcc_sso_psc.oidc.json_object import JsonObject
from dcc_sso_psc.oidc.jws import VerifiedToken
from dcc_sso_psc.refusals import Refusal, SignInRefused

EVENT = "http://schemas.openid.net/event/backchannel-logout"
MAX_AGE = timedelta(seconds=120)
# Keycloak may send "JWT" or nothing instead of the recommended "logout+jwt".
_TYPES = frozenset({"", "jwt", "logout+jwt"})


@dataclass(frozen=True)
class LogoutRequest:
    """Sessions to end: those of ``sid``, or all those of ``subject`` when it comes alone."""

    sid: str | None
    subject: str | None


class SpentTokens(Protocol):
    """Remember the identifiers of tokens that served; shared by all the workers."""

    def spend(self, jti: str, *, until: datetime) -> bool:
        """Record an identifier until it could no longer pass; return False if it is known."""


def check_logout_token(
    token: VerifiedToken, *, config: ProviderConfig, spent: SpentTokens, now: datetime
) -> LogoutRequest:
    """Return the sessions to end; raise ``SignInRefused`` with the first check that fails."""
    claims = token.claims
    if token.type not in _TYPES or not _has_event(claims):
        raise SignInRefused(Refusal.LOGOUT_EVENT)
    if "nonce" in claims:
        raise SignInRefused(Refusal.LOGOUT_NONCE)
    check_issuer(claims, config)
    check_audience(claims, config)
    end = _check_age(claims, config, now)
    request = LogoutRequest(optional_text(claims, "sid"), optional_text(claims, "sub"))
    if request.sid is None and request.subject is None:
        raise SignInRefused(Refusal.LOGOUT_TARGET)
    if not spent.spend(required_text(claims, "jti"), until=end):
        raise SignInRefused(Refusal.LOGOUT_REPLAY)
    return request


def _has_event(claims: JsonObject) -> bool:
    events = claims.get("events")
    return isinstance(events, dict) and isinstance(events.get(EVENT), dict)


def _check_age(claims: JsonObject, config: ProviderConfig, now: datetime) -> datetime:
    """Return the moment from which the token can no longer pass."""
    leeway = timedelta(seconds=config.leeway_s)
    issued = required_time(claims, "iat")
    if issued > now + leeway:
        raise SignInRefused(Refusal.FUTURE)
    if now - issued > MAX_AGE:
        raise SignInRefused(Refusal.LOGOUT_STALE)
    if "exp" in claims and now >= required_time(claims, "exp") + leeway:
        raise SignInRefused(Refusal.EXPIRED)
    return issued + MAX_AGE + leeway
