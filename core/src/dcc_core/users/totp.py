"""One-time codes. Source: RFC 6238 (TOTP), RFC 4226 (HOTP), with the values every app supports."""

import base64
import hmac
import secrets
from datetime import datetime
from hashlib import sha1
from urllib.parse import quote

STEP_S = 30
DIGITS = 6
WINDOW = 1
"""Steps accepted before and after the present one: a phone may be half a minute off."""


def new_totp_secret() -> str:
    """Return a random secret of 160 bits in base 32, as authenticator apps take it."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def totp_uri(secret: str, *, issuer: str, login: str) -> str:
    """Return the address that a QR code carries to an authenticator app."""
    label = quote(f"{issuer}:{login}")
    return f"otpauth://totp/{label}?secret={secret}&issuer={quote(issuer)}"


def totp_code(secret: str, step: int) -> str:
    """Return the code of one time step."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), sha1)
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def time_step(now: datetime) -> int:
    """Return the time step of an instant."""
    return int(now.timestamp()) // STEP_S


def accepted_step(secret: str, code: str, *, now: datetime, last_step: int) -> int | None:
    """Return the step whose code this is, None when it is wrong, too old or already used."""
    typed = "".join(code.split())
    present = time_step(now)
    for step in range(present - WINDOW, present + WINDOW + 1):
        expected = totp_code(secret, step)
        if hmac.compare_digest(expected.encode(), typed.encode()) and step > last_step:
            return step
    return None
