"""Tokens that no provider sends: every one is refused before or at the signature."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jws
from joserfc.jwk import RSAKey

from dcc_sso_psc.oidc.jws import verify_token
from dcc_sso_psc.oidc.keys import KeyRing, KeySet
from dcc_sso_psc.oidc.refreshed import Refreshed
from dcc_sso_psc.refusals import Refusal, SignInRefused

_KEY = RSAKey.generate_key(2048)
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _ring(keys: KeySet) -> KeyRing:
    return KeyRing(Refreshed(lambda: keys, clock=lambda: _NOW, max_age=timedelta(hours=1)))


def _sign(payload: bytes, **header: object) -> str:
    return jws.serialize_compact({"alg": "RS256", **header}, payload, _KEY)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


_ONE = _ring({None: _KEY})
_TWO = _ring({"a": _KEY, "b": RSAKey.generate_key(2048)})


def test_token_without_kid_is_read_when_there_is_one_key() -> None:
    assert verify_token(_sign(b'{"a": 1}', typ="JWT"), _ONE).claims == {"a": 1}


def test_token_without_kid_is_refused_when_there_are_several() -> None:
    with pytest.raises(SignInRefused) as refused:
        verify_token(_sign(b"{}"), _TWO)
    assert refused.value.refusal is Refusal.KEY_UNKNOWN


@pytest.mark.parametrize(
    ("token", "refusal"),
    [
        (_sign(b"[1]"), Refusal.TOKEN_MALFORMED),
        (_sign(b"texte"), Refusal.TOKEN_MALFORMED),
        (_sign(b"{}")[:-4], Refusal.SIGNATURE),
        (_sign(b"{}") + "%", Refusal.SIGNATURE),
        (f"{_encode(b'[]')}.e30.x", Refusal.TOKEN_MALFORMED),
        (f"{_encode(b'{}')}.e30.x", Refusal.ALGORITHM),
        (f"{_encode(bytes([255]))}.e30.x", Refusal.TOKEN_MALFORMED),
        ("é.é.é", Refusal.TOKEN_MALFORMED),
        ("a.b", Refusal.TOKEN_MALFORMED),
    ],
)
def test_damaged_tokens_are_refused(token: str, refusal: Refusal) -> None:
    with pytest.raises(SignInRefused) as refused:
        verify_token(token, _ONE)
    assert refused.value.refusal is refusal
