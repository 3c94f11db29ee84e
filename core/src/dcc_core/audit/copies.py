"""Send copies of the audit elsewhere. The log in the database remains the primary one.

Copies leave seal by seal, after sealing, so that every sink sees the same order; each seal ends
with its head, which lets the other side prove later what this side held. A sink that fails is asked
again from the same seal: it may receive a row twice, never miss one.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dcc_core.audit.canonical import FIELDS, SEPARATOR
from dcc_core.audit.heads import head_of
from dcc_core.audit.keys import AuditKeys
from dcc_core.audit.sealer import read_lines, rows_within
from dcc_core.audit.tables import AuditCursor, AuditSeal
from dcc_core.hooks.contracts.ops import AuditCopy, AuditSink

HEAD_EVENT = "audit.seal"
_OWN_FIELDS = frozenset({"sequence", "at", "event", "outcome", "actor_id", "patient_id"})


def forward_copies(session: Session, sink: AuditSink, *, keys: AuditKeys) -> bool:
    """Send one seal to a sink; return False when it has received them all.

    Raises:
        Exception: Whatever the sink raised; the cursor then stays where it was.
    """
    cursor = session.get(AuditCursor, sink.key) or AuditCursor(sink=sink.key)
    seal = session.exec(
        select(AuditSeal)
        .where(AuditSeal.number > cursor.last_seal)
        .order_by(col(AuditSeal.number))
        .limit(1)
    ).first()
    if seal is None:
        return False
    for copy in copies_of(session, seal):
        sink.emit(copy)
    sink.emit(_head_copy(seal, keys))
    cursor.last_seal = seal.number
    session.add(cursor)
    session.flush()
    return True


def copies_of(session: Session, seal: AuditSeal) -> Iterator[AuditCopy]:
    """Yield the rows under a seal as sinks receive them."""
    for line in read_lines(session, rows_within(seal)):
        yield copy_of(dict(zip(FIELDS, line.split(SEPARATOR), strict=True)))


def copy_of(row: dict[str, str]) -> AuditCopy:
    """Return the copy of a row given as the text of its fields."""
    return AuditCopy(
        sequence=int(row["sequence"]),
        at=datetime.fromisoformat(row["at"]).replace(tzinfo=UTC),
        event=row["event"],
        outcome=row["outcome"],
        actor_id=UUID(row["actor_id"]) if row["actor_id"] else None,
        patient_id=UUID(row["patient_id"]) if row["patient_id"] else None,
        fields={name: text for name, text in row.items() if name not in _OWN_FIELDS},
    )


def _head_copy(seal: AuditSeal, keys: AuditKeys) -> AuditCopy:
    head = head_of(seal, keys)
    return AuditCopy(
        sequence=seal.last_sequence,
        at=seal.sealed_at,
        event=HEAD_EVENT,
        outcome="success",
        actor_id=None,
        patient_id=None,
        fields={
            "number": str(head.number),
            "first_sequence": str(head.first_sequence),
            "digest": head.digest,
            "signature": head.signature,
        },
    )
