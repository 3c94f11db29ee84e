"""Slow down guessing without letting anybody lock somebody else out.

Failures are counted per login *and* origin: the address of an unknown device, or the device itself
once it has signed in to this account (device cookie, after OWASP "Slow Down Online Guessing Attacks
with Device Cookies"). Guessing from elsewhere therefore never closes the door to the holder. Beyond
that, the second factor stands.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from dcc_core.config.keys import derive_key
from dcc_core.users.tables import SignInFailure

MAX_FAILURES = 5
WINDOW = timedelta(minutes=5)


class DeviceCookies:
    """Cookies that say a device has already signed in to an account; unforgeable, one per login."""

    def __init__(self, secret: bytes) -> None:
        self._key = derive_key(secret, "device-cookie")

    def issue(self, login: str, nonce: str) -> str:
        """Return the cookie to set after a successful sign-in."""
        return f"{nonce}.{self._mark(login, nonce)}"

    def device_of(self, login: str, cookie: str) -> str:
        """Return the device behind a cookie, empty when it is not one of ours for this login."""
        nonce, _, mark = cookie.partition(".")
        right = hmac.compare_digest(mark.encode(), self._mark(login, nonce).encode())
        return nonce if nonce and right else ""

    def _mark(self, login: str, nonce: str) -> str:
        message = f"{login.lower()}\n{nonce}".encode()
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()


def bucket_of(login: str, *, source_ip: str, device: str) -> str:
    """Return the counter that a try belongs to; a digest, so that no typed login is kept."""
    origin = f"device:{device}" if device else f"address:{source_ip}"
    return hashlib.sha256(f"{login.lower()}\n{origin}".encode()).hexdigest()


def is_throttled(session: Session, bucket: str, now: datetime) -> bool:
    """Tell whether this origin has failed too often on this login lately."""
    failures = session.exec(
        select(func.count())
        .select_from(SignInFailure)
        .where(SignInFailure.bucket == bucket, col(SignInFailure.at) > now - WINDOW)
    ).one()
    return failures >= MAX_FAILURES


def note_failure(session: Session, bucket: str, now: datetime) -> None:
    """Count a failed try, and forget those too old to matter."""
    session.exec(delete(SignInFailure).where(col(SignInFailure.at) <= now - WINDOW))
    session.add(SignInFailure(bucket=bucket, at=now))
    session.flush()


def forget_failures(session: Session, bucket: str) -> None:
    """Clear a counter after a success."""
    session.exec(delete(SignInFailure).where(col(SignInFailure.bucket) == bucket))
