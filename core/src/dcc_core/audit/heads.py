"""Heads of the audit: one signed line per seal, kept where the database's operator cannot reach.

The line names the newest seal and its digest. Written to a file beside the database it shows an
attack on the database alone; sent to another host (syslog, a colleague's machine, a time stamp) it
shows any rewriting, also by somebody who holds the keys.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


from dcc_core.audit.canonical import canonical_json
from dcc_core.audit.keys import AuditKeys, is_signed
from dcc_core.audit.spans import digest_of
from dcc_core.audit.tables import AuditSeal
from dcc_core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Head:
    """The newest seal at some time: its number, its span, its digest, signed."""

    number: int
    first_sequence: int
    last_sequence: int
    digest: str
    sealed_at: str
    signature: str = ""

    @property
    def statement(self) -> str:
        """Return what the signature covers."""
        fields = asdict(self)
        del fields["signature"]
        return canonical_json({"format": "dcc-audit-head-1", **fields})


def head_of(seal: AuditSeal, keys: AuditKeys) -> Head:
    """Return the signed head that quotes a seal."""
    bare = Head(
        number=seal.number,
        first_sequence=seal.first_sequence,
        last_sequence=seal.last_sequence,
        digest=digest_of(seal),
        sealed_at=seal.sealed_at.isoformat(),
    )
    fields = asdict(bare) | {"signature": keys.sign(bare.statement)}
    return Head(**fields)


def append_head(path: Path, head: Head) -> None:
    """Add a head to a journal, on disk before returning."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as journal:
        journal.write(canonical_json(asdict(head)) + "\n")
        journal.flush()
        os.fsync(journal.fileno())


def read_heads(path: Path, public_key: "Ed25519PublicKey") -> Iterator[Head]:
    """Yield the heads of a journal; a last line cut by a power failure is ignored.

    Raises:
        InvalidInput: ``AUD-021`` a line is not a head, or its signature is wrong.
    """
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for place, line in enumerate(lines, start=1):
        if not line.endswith("\n") and place == len(lines):
            return
        head = _parse(line)
        if head is None or not is_signed(public_key, head.statement, head.signature):
            raise InvalidInput(
                "AUD-021",
                f"La ligne {place} de {path.name} n'est pas une tête signée par cette région."
                " Reprenez une copie conservée ailleurs.",
            )
        yield head


def _parse(line: str) -> Head | None:
    try:
        return Head(**json.loads(line))
    except (TypeError, ValueError):
        return None
