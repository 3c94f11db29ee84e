"""Keys of the deployment, each derived from the one secret so that none serves two ends."""

import hashlib
import hmac
import secrets
from pathlib import Path

from dcc_core.config.settings import Settings
from dcc_core.errors import ConfigError

SECRET_FILE = "secret.key"  # noqa: S105 - the name of a file
_NO_SALT = bytes(hashlib.sha256().digest_size)


def master_secret(settings: Settings) -> bytes:
    """Return the secret of this deployment.

    Outside production a missing ``DCC_SECRET_KEY`` is replaced by a random one kept in ``home``,
    readable by its owner alone: a demonstration starts without configuration and restarts with the
    same sessions.

    Raises:
        ConfigError: ``DCC-C006`` when production has none.
    """
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    if settings.is_production:
        raise ConfigError(
            "DCC-C006", "DCC_SECRET_KEY is missing. Name its file in DCC_SECRET_KEY_FILE."
        )
    return _kept_secret(settings.home / SECRET_FILE)


def derive_key(secret: bytes, purpose: str) -> bytes:
    """Return the 32-byte key of ``purpose``.

    HKDF-SHA256 without salt, whose output is one block (RFC 5869, sections 2.2 and 2.3).
    """
    extracted = hmac.digest(_NO_SALT, secret, hashlib.sha256)
    return hmac.digest(extracted, f"dcc/{purpose}".encode() + b"\x01", hashlib.sha256)


def _kept_secret(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        return path.read_bytes()
    secret = secrets.token_urlsafe(48).encode()
    path.write_bytes(secret)
    return secret
