"""The provider's public keys: RSA signature keys of 2,048 bits or more, nothing else."""

from base64 import urlsafe_b64decode
from datetime import timedelta

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from dcc_sso_psc.oidc.config import SIGNATURE_ALGORITHM
from dcc_sso_psc.oidc.json_object import JsonObject
from dcc_sso_psc.oidc.refreshed import Refreshed
from dcc_sso_psc.refusals import Refusal, SignInRefused

MAX_KEYS = 50
MIN_KEY_BITS = 2048
# Same-kid rotation: a wrong signature under keys older than this is worth one new fetch.
SUSPECT_AGE = timedelta(minutes=5)

KeySet = dict[str | None, RSAKey]


def read_keys(document: JsonObject) -> KeySet:
    """Keep the usable keys of a JWK set, by ``kid``; refuse a set that has none."""
    entries = document.get("keys")
    if not isinstance(entries, list) or len(entries) > MAX_KEYS:
        raise SignInRefused(Refusal.KEYS)
    keys = {entry.get("kid"): key for entry in entries if (key := _usable_key(entry))}
    if not keys:
        raise SignInRefused(Refusal.KEYS)
    return keys


def _usable_key(entry: object) -> RSAKey | None:
    """Import a key; a set also holds encryption keys and other algorithms, which are left out."""
    if not isinstance(entry, dict) or entry.get("kty") != "RSA":
        return None
    is_ours = entry.get("use", "sig") == "sig" and entry.get("alg") in (None, SIGNATURE_ALGORITHM)
    if not is_ours or not isinstance(entry.get("kid"), str | None):
        return None
    modulus, exponent = entry.get("n"), entry.get("e")
    if not isinstance(modulus, str) or not isinstance(exponent, str):
        return None
    try:
        if int.from_bytes(urlsafe_b64decode(modulus + "==")).bit_length() < MIN_KEY_BITS:
            return None
        return RSAKey.import_key({"kty": "RSA", "n": modulus, "e": exponent})
    except (JoseError, ValueError):
        return None


class KeyRing:
    """Find the key of a token, with one fetch more when the provider seems to have rotated."""

    def __init__(self, source: Refreshed[KeySet]) -> None:
        self._source = source

    def find(self, kid: str | None) -> RSAKey:
        """Return the key; raise ``SignInRefused`` when the provider does not publish it."""
        key = _pick(self._source.get(), kid)
        if key is None:
            self._source.refresh()
            key = _pick(self._source.get(), kid)
        if key is None:
            raise SignInRefused(Refusal.KEY_UNKNOWN)
        return key

    def find_replacement(self, kid: str | None, suspect: RSAKey) -> RSAKey | None:
        """Return another key under the same ``kid``, if the provider has replaced it."""
        self._source.refresh(minimum_age=SUSPECT_AGE)
        key = _pick(self._source.get(), kid)
        return None if key is None or key.thumbprint() == suspect.thumbprint() else key


def _pick(keys: KeySet, kid: str | None) -> RSAKey | None:
    if kid is None and len(keys) == 1:
        return next(iter(keys.values()))
    return keys.get(kid)
