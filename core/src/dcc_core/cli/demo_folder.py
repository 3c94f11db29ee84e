"""The folder of a demonstration: its database, its documents, its own secret key."""

import secrets
import shutil
from pathlib import Path

from dcc_core.errors import InvalidInput

_MARKER = "demonstration-dcc"
_KEY = "secret-key"


def open_demo_folder(folder: Path, *, reset: bool) -> str:
    """Make the folder ready and return its secret key; ``reset`` empties it first.

    Raises:
        InvalidInput: ``DCC-E001`` when the folder holds something else: nothing is deleted there.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARKER).exists():
        raise InvalidInput(
            "DCC-E001", f"{folder} holds something else than a demonstration. Choose another --dir."
        )
    if reset and folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARKER).touch()
    key = folder / _KEY
    if not key.exists():
        key.touch(mode=0o600)
        key.write_text(secrets.token_urlsafe(48), encoding="utf-8")
    return key.read_text(encoding="utf-8")
