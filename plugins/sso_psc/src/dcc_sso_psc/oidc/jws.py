"""Verify a signed token: RS256 under a published key, whatever the token says of itself."""

import base64
import binascii
from dataclasses import dataclass

from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import RSAKey

from dcc_sso_psc.oidc.config import SIGNATURE_ALGORITHM
from dcc_sso_psc.oidc.json_object import JsonObject, parse_object
from dcc_sso_psc.oidc.keys import KeyRing
from dcc_sso_psc.refusals import Refusal, SignInRefused

MAX_TOKEN_CHARS = 16 * 1024
# A token must not bring its key (CVE-2026-27962) nor conditions that we do not implement.
_FORBIDDEN_HEADERS = frozenset({"jwk", "jku", "x5u", "crit", "b64", "zip"})
_COMPACT_PARTS = 3


@dataclass(frozen=True)
class VerifiedToken:
    """Claims whose signature was verified; ``type`` is the lower-case ``typ`` header or ``""``."""

    type: str
    claims: JsonObject


def verify_token(token: str, keys: KeyRing) -> VerifiedToken:
    """Return the claims of a compact JWS; raise ``SignInRefused`` for any other string."""
    if len(token) > MAX_TOKEN_CHARS:
        raise SignInRefused(Refusal.TOKEN_OVERSIZED)
    header = _read_header(token)
    payload = _verify_signature(token, header, keys)
    try:
        return VerifiedToken(str(header.get("typ", "")).lower(), parse_object(payload))
    except ValueError as error:
        raise SignInRefused(Refusal.TOKEN_MALFORMED) from error


def _read_header(token: str) -> JsonObject:
    parts = token.split(".")
    if len(parts) != _COMPACT_PARTS:
        raise SignInRefused(Refusal.TOKEN_MALFORMED)
    try:
        header = parse_object(base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)))
    except (ValueError, binascii.Error) as error:
        raise SignInRefused(Refusal.TOKEN_MALFORMED) from error
    if header.get("alg") != SIGNATURE_ALGORITHM:
        raise SignInRefused(Refusal.ALGORITHM)
    if _FORBIDDEN_HEADERS & header.keys():
        raise SignInRefused(Refusal.HEADER)
    return header


def _verify_signature(token: str, header: JsonObject, keys: KeyRing) -> bytes:
    kid = header.get("kid")
    if not isinstance(kid, str | None):
        raise SignInRefused(Refusal.TOKEN_MALFORMED)
    key = keys.find(kid)
    payload = _payload_under(token, key)
    if payload is None:
        replacement = keys.find_replacement(kid, key)
        payload = _payload_under(token, replacement) if replacement else None
    if payload is None:
        raise SignInRefused(Refusal.SIGNATURE)
    return payload


def _payload_under(token: str, key: RSAKey) -> bytes | None:
    """Return the payload, or None when the signature is not by this key."""
    try:
        return jws.deserialize_compact(token, key, registry=_REGISTRY).payload
    except BadSignatureError:
        return None
    except (JoseError, ValueError) as error:
        raise SignInRefused(Refusal.TOKEN_MALFORMED) from error


class _Registry(jws.JWSRegistry):
    """Leave the size to ``MAX_TOKEN_CHARS``; real headers (x5t, x5c) exceed joserfc's 512 bytes."""

    max_header_length = MAX_TOKEN_CHARS
    max_payload_length = MAX_TOKEN_CHARS


_REGISTRY = _Registry(algorithms=[SIGNATURE_ALGORITHM], strict_check_header=False)
