"""Which rows a seal speaks of, and the text that its signature covers."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain

from dcc_core.audit.canonical import canonical_json
from dcc_core.audit.tables import AuditSeal

MAX_ENTRIES = 5_000
"""Rows under one seal at most; a digest of 32 bytes is kept for each."""


def sequences_of(seal: AuditSeal) -> Iterator[int]:
    """Return the numbers of the rows under a seal, in order: latecomers first, then the span."""
    span: Iterator[int] = iter(range(seal.first_sequence, seal.last_sequence + 1))
    if seal.missing:
        missing = frozenset(seal.missing)
        span = (number for number in span if number not in missing)
    return chain(seal.late, span)


def statement_of(seal: AuditSeal) -> str:
    """Return what the signature of a seal covers.

    The digests are quoted as a whole beside their root: verification then need not build the tree
    again, which serves to prove one row to somebody who may not see the others.
    """
    return canonical_json(
        {
            "format": "dcc-audit-seal-1",
            "number": seal.number,
            "first": seal.first_sequence,
            "last": seal.last_sequence,
            "missing": seal.missing,
            "late": seal.late,
            "entries": seal.entries,
            "root": seal.root,
            "leaves": hashlib.sha256(seal.leaves).hexdigest(),
            "previous": seal.previous,
            "sealed_at": _instant(seal.sealed_at),
        }
    )


def digest_of(seal: AuditSeal) -> str:
    """Return what the next seal, and heads kept elsewhere, quote of this one."""
    return hashlib.sha256(f"{statement_of(seal)}\n{seal.signature}".encode()).hexdigest()


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")
