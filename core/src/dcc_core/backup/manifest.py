"""What a backup says of itself: what it holds, of which versions, with the digest of each part."""

from dataclasses import asdict, dataclass, field
from typing import Any

FORMAT = "dcc-backup-1"


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the backup: its length and its SHA-256, hexadecimal."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Contents:
    """The documents of the backup, which bear their own digests as names.

    Attributes:
        sha256: Of the digests in the order in which they stand, so that none can be taken out.
        damaged: Contents that were no longer what their name says when they were read.
    """

    count: int = 0
    size: int = 0
    sha256: str = ""
    damaged: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """The last file of a backup. A file without it was interrupted.

    Attributes:
        engine: ``sqlite`` or ``postgresql``; a backup returns to the engine it came from.
        audit_key: Public key of the audit's seals, hexadecimal: tells whether the secret is the
            same without holding it.
        revisions: Alembic revision per plugin.
        rows: Rows per table, in the same instant as the copy.
        missing: Contents that the database refers to and the store no longer has.
    """

    region: str
    made_at: str
    core: str
    engine: str
    audit_key: str
    plugins: dict[str, str]
    revisions: dict[str, str]
    rows: dict[str, int]
    parts: dict[str, Part]
    contents: Contents
    missing: int = 0
    format: str = field(default=FORMAT)

    def as_dict(self) -> dict[str, Any]:
        """Return the manifest as it is written."""
        return asdict(self)


def read_manifest(values: dict[str, Any]) -> Manifest:
    """Return the manifest of a backup.

    Raises:
        ValueError: It is of another format.
    """
    if values.get("format") != FORMAT:
        raise ValueError("another format")
    parts = {name: Part(**part) for name, part in values["parts"].items()}
    contents = Contents(**values["contents"])
    return Manifest(**{**values, "parts": parts, "contents": contents})
