"""The claims of an id_token, checked one by one (OpenID Connect Core 1.0 §3.1.3.7)."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dcc_sso_psc.oidc.config import ProviderConfig
from dcc_sso_psc.oidc.json_object import JsonObject
from dcc_sso_psc.oidc.jws import VerifiedToken
from dcc_sso_psc.refusals import Refusal, SignInRefused

_TYPES = frozenset({"", "jwt"})
_YEAR_9999 = 253_402_300_799


@dataclass(frozen=True)
class IdToken:
    """Who signed in, how and when; ``sid`` is the provider's session, if it names one."""

    subject: str
    acr: str
    sid: str | None
    authenticated_at: datetime


def check_id_token(
    token: VerifiedToken, *, config: ProviderConfig, nonce: str, access_token: str, now: datetime
) -> IdToken:
    """Return what the id_token proves; raise ``SignInRefused`` with the first check that fails."""
    claims = token.claims
    if token.type not in _TYPES:
        raise SignInRefused(Refusal.TOKEN_MALFORMED)
    check_issuer(claims, config)
    check_audience(claims, config)
    check_times(claims, leeway=timedelta(seconds=config.leeway_s), now=now)
    _check_nonce(claims, nonce)
    _check_access_token_hash(claims, access_token)
    return IdToken(
        subject=required_text(claims, "sub"),
        acr=_checked_acr(claims, config),
        sid=optional_text(claims, "sid"),
        authenticated_at=_checked_authentication_time(claims, config, now),
    )


def check_issuer(claims: JsonObject, config: ProviderConfig) -> None:
    """Refuse a token of another issuer."""
    if claims.get("iss") != config.issuer:
        raise SignInRefused(Refusal.ISSUER)


def check_audience(claims: JsonObject, config: ProviderConfig) -> None:
    """Refuse a token meant for others, even when ``azp`` is ours (Keycloak always sends azp)."""
    audience = claims.get("aud")
    named = {audience} if isinstance(audience, str) else _texts(audience)
    others = named - {config.client_id} - config.trusted_audiences
    if config.client_id not in named or others:
        raise SignInRefused(Refusal.AUDIENCE)
    if claims.get("azp", config.client_id) != config.client_id:
        raise SignInRefused(Refusal.AUTHORIZED_PARTY)


def _texts(value: object) -> set[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise SignInRefused(Refusal.AUDIENCE)
    return set(value)


def check_times(claims: JsonObject, *, leeway: timedelta, now: datetime) -> datetime:
    """Refuse an expired or future token; return ``iat``."""
    issued = required_time(claims, "iat")
    not_before = required_time(claims, "nbf") if "nbf" in claims else issued
    if now >= required_time(claims, "exp") + leeway:
        raise SignInRefused(Refusal.EXPIRED)
    if max(issued, not_before) > now + leeway:
        raise SignInRefused(Refusal.FUTURE)
    return issued


def required_time(claims: JsonObject, name: str) -> datetime:
    """Read a NumericDate; refuse anything that is not a plain number of seconds."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SignInRefused(Refusal.CLAIM)
    if not 0 <= value <= _YEAR_9999:
        raise SignInRefused(Refusal.CLAIM)
    return datetime.fromtimestamp(value, UTC)


def required_text(claims: JsonObject, name: str) -> str:
    """Read a non-empty text of at most 255 characters (the limit of ``sub`` in the standard)."""
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 255:
        raise SignInRefused(Refusal.CLAIM)
    return value


def optional_text(claims: JsonObject, name: str) -> str | None:
    """Read a text that may be absent, but not of another type."""
    return required_text(claims, name) if claims.get(name) is not None else None


def _check_nonce(claims: JsonObject, expected: str) -> None:
    received = claims.get("nonce")
    if not isinstance(received, str) or not hmac.compare_digest(
        received.encode(), expected.encode()
    ):
        raise SignInRefused(Refusal.NONCE)


def _check_access_token_hash(claims: JsonObject, access_token: str) -> None:
    digest = hashlib.sha256(access_token.encode()).digest()[:16]
    expected = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if claims.get("at_hash", expected) != expected:
        raise SignInRefused(Refusal.ACCESS_TOKEN)


def _checked_acr(claims: JsonObject, config: ProviderConfig) -> str:
    acr = claims.get("acr")
    if not isinstance(acr, str) or acr not in config.acr_accepted:
        raise SignInRefused(Refusal.ASSURANCE)
    return acr


def _checked_authentication_time(
    claims: JsonObject, config: ProviderConfig, now: datetime
) -> datetime:
    """Return when the person proved who they are; our session must not outlive theirs."""
    moment = required_time(claims, "auth_time") if "auth_time" in claims else now
    if now >= moment + config.max_session:
        raise SignInRefused(Refusal.STALE_SESSION)
    return min(moment, now)
