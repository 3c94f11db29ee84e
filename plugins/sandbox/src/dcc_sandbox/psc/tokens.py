"""Signed tokens of the sandbox, honest or tampered with.

Written on the primitives, not on a JOSE library: a library refuses to produce what an attacker
would send, and the application under test should not be judged by its own library.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dcc_sandbox.psc.tampering import Tampering, changed

_RSA_BITS = 2048
_RSA_EXPONENT = 65537
_PSS = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)


@dataclass(frozen=True)
class SigningKey:
    """An RSA key and its name."""

    kid: str
    private: rsa.RSAPrivateKey

    @classmethod
    def generate(cls, kid: str) -> "SigningKey":
        """Draw a key."""
        return cls(kid, rsa.generate_private_key(_RSA_EXPONENT, _RSA_BITS))

    def public_jwk(self) -> dict[str, str]:
        """Return the public part (RFC 7517)."""
        numbers = self.private.public_key().public_numbers()
        parts = {"n": _encode(_octets(numbers.n)), "e": _encode(_octets(numbers.e))}
        return {"kty": "RSA", "kid": self.kid, "use": "sig", "alg": "RS256", **parts}

    def public_pem(self) -> bytes:
        """Return the public part as everybody can write it down."""
        public = self.private.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


class SigningKeys:
    """The published keys of the provider; the last one signs. Another one is never published."""

    def __init__(self) -> None:
        self._serial = 1
        self._published = [SigningKey.generate("demo-1")]
        self._unpublished = SigningKey.generate("demo-0")

    def rotate(self, *, keep_old: bool = True, same_kid: bool = False) -> None:
        """Sign with a new key from now on."""
        self._serial += 1
        kid = self._published[-1].kid if same_kid else f"demo-{self._serial}"
        kept = self._published if keep_old and not same_kid else []
        self._published = [*kept, SigningKey.generate(kid)]

    def jwks(self) -> dict[str, Any]:
        """Return the public key set."""
        return {"keys": [key.public_jwk() for key in self._published]}

    def sign(
        self,
        claims: Mapping[str, Any],
        *,
        tampering: Tampering,
        typ: str = "JWT",
        client_secret: str = "",
    ) -> str:
        """Return a compact JWS, signed as the tampering says."""
        current = self._published[-1]
        key = current if tampering.key == "current" else self._unpublished
        kid = key.kid if tampering.key == "unknown" else current.kid
        algorithm = tampering.algorithm.partition("-")[0]
        header = changed({"alg": algorithm, "typ": typ, "kid": kid}, tampering.header)
        signed = f"{_encode(_json(header))}.{_encode(_json(claims))}".encode()
        secrets = {"HS256-secret": client_secret.encode(), "HS256-public-key": current.public_pem()}
        secret = secrets.get(tampering.algorithm, b"")
        return f"{signed.decode()}.{_encode(_signature(algorithm, signed, key.private, secret))}"


def token_hash(token: str) -> str:
    """Return ``at_hash`` of an access token (OpenID Connect Core 1.0 §3.1.3.6)."""
    return _encode(hashlib.sha256(token.encode()).digest()[:16])


def _signature(algorithm: str, signed: bytes, key: rsa.RSAPrivateKey, secret: bytes) -> bytes:
    if algorithm == "RS256":
        return key.sign(signed, padding.PKCS1v15(), SHA256())
    if algorithm == "PS256":
        return key.sign(signed, _PSS, SHA256())
    if algorithm == "HS256":
        return hmac.digest(secret, signed, "sha256")
    return b""


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value).encode()


def _octets(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
