"""Which keys of a published set may verify a token."""

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from dcc_sso_psc.oidc.keys import read_keys
from dcc_sso_psc.refusals import Refusal, SignInRefused

_GOOD = {**RSAKey.generate_key(2048).as_dict(private=False), "kid": "bon", "use": "sig"}
_SHORT = {**_GOOD, "kid": "court", "n": "1" * 171}
_EC = {**ECKey.generate_key("P-256").as_dict(private=False), "kid": "ec"}
_OCT = {**OctKey.generate_key(256).as_dict(), "kid": "oct"}


def test_only_rsa_signature_keys_of_2048_bits_are_kept() -> None:
    others = [
        _SHORT,
        _EC,
        _OCT,
        {**_GOOD, "kid": "chiffrement", "use": "enc"},
        {**_GOOD, "kid": "autre", "alg": "PS256"},
        {**_GOOD, "kid": ["liste"]},
        {"kty": "RSA", "kid": "vide"},
        {"kty": "RSA", "kid": "faux", "n": 3, "e": None},
        "texte",
        None,
    ]
    assert list(read_keys({"keys": [*others, _GOOD]})) == ["bon"]


@pytest.mark.parametrize(
    "document",
    [{}, {"keys": None}, {"keys": {}}, {"keys": []}, {"keys": [_OCT]}, {"keys": [_GOOD] * 51}],
)
def test_set_without_usable_key_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(SignInRefused) as refused:
        read_keys(document)
    assert refused.value.refusal is Refusal.KEYS


def test_private_parts_published_by_mistake_are_dropped() -> None:
    private = {**RSAKey.generate_key(2048).as_dict(private=True), "kid": "fuite"}
    assert not read_keys({"keys": [private]})["fuite"].is_private
