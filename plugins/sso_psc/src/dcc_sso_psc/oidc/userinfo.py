"""Identity attributes: userinfo as JSON or as a signed token, about the person of the id_token."""

from dcc_sso_psc.oidc.channel import BackChannel
from dcc_sso_psc.oidc.config import ProviderConfig
from dcc_sso_psc.oidc.id_token import check_audience, check_issuer
from dcc_sso_psc.oidc.json_object import JsonObject, parse_object
from dcc_sso_psc.oidc.jws import verify_token
from dcc_sso_psc.oidc.keys import KeyRing
from dcc_sso_psc.refusals import Refusal, SignInRefused

_JWT = "application/jwt"


def fetch_userinfo(
    url: str,
    *,
    access_token: str,
    subject: str,
    config: ProviderConfig,
    channel: BackChannel,
    keys: KeyRing,
) -> JsonObject:
    """Return the claims; refuse those of another subject (OpenID Connect Core 1.0 §5.3)."""
    response = channel.get(url, bearer=access_token)
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == _JWT:
        claims = _verified_claims(response.text.strip(), config, keys)
    else:
        claims = _plain_claims(response.content)
    if claims.get("sub") != subject:
        raise SignInRefused(Refusal.SUBJECT)
    return claims


def _verified_claims(token: str, config: ProviderConfig, keys: KeyRing) -> JsonObject:
    claims = verify_token(token, keys).claims
    if "iss" in claims:
        check_issuer(claims, config)
    if "aud" in claims:
        check_audience(claims, config)
    return claims


def _plain_claims(content: bytes) -> JsonObject:
    try:
        return parse_object(content)
    except ValueError as error:
        raise SignInRefused(Refusal.USERINFO) from error
