"""A sentence that follows a redirection: sealed in a short-lived cookie, shown once."""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from enum import StrEnum

from dcc_core.config.keys import derive_key

COOKIE = "dcc_notice"
MAX_AGE_S = 60


class Level(StrEnum):
    """How a notice looks; the icon and the words say it as well."""

    OK = "ok"
    INFO = "info"
    WARN = "warn"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence for the person; it names nobody."""

    text: str
    level: Level = Level.OK


class NoticeSeal:
    """Write notices to a cookie and read back only those written here."""

    def __init__(self, secret: bytes) -> None:
        self._key = derive_key(secret, "web.notice")

    def seal(self, notice: Notice) -> str:
        """Return the value of the cookie."""
        body = json.dumps([notice.level, notice.text]).encode()
        return base64.urlsafe_b64encode(self._mark(body) + body).decode().rstrip("=")

    def open(self, value: str) -> Notice | None:
        """Return the notice, None for a value that was not sealed here."""
        try:
            raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        except (ValueError, binascii.Error):
            return None
        mark, body = raw[:16], raw[16:]
        if not hmac.compare_digest(mark, self._mark(body)):
            return None
        level, text = json.loads(body)
        return Notice(text, Level(level))

    def _mark(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, hashlib.sha256)[:16]
