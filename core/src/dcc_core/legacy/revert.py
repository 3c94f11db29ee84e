"""Undo a batch: what nobody used since is taken out, the rest stays and is counted."""

from uuid import UUID

from sqlmodel import Session

from dcc_core.audit import record_event
from dcc_core.config import Clock, utc_now
from dcc_core.errors import Conflict
from dcc_core.legacy.model import Importer
from dcc_core.legacy.runner import CHUNK, BatchOut, created_ids, describe_batch, find_batch
from dcc_core.legacy.tables import BatchState


def revert_batch(
    session: Session, importer: Importer, batch_id: UUID, *, clock: Clock = utc_now
) -> BatchOut:
    """Take a batch out again in one transaction.

    Raises:
        NotFound: ``IMP-005`` no such batch.
        Conflict: ``IMP-006`` it is reverted already.
    """
    batch = find_batch(session, batch_id)
    if batch.state == BatchState.REVERTED:
        raise Conflict("IMP-006", "Ce lot est déjà annulé. Rien n'a été changé.")
    created = list(created_ids(session, batch_id))
    kept: set[UUID] = set()
    for start in range(0, len(created), CHUNK):
        kept |= importer.undo(session, created[start : start + CHUNK], batch_id)
    now = clock()
    batch.state, batch.kept, batch.reverted_at = BatchState.REVERTED, len(kept), now
    batch.finished_at = batch.finished_at or now
    session.add(batch)
    session.flush()
    record_event(
        session,
        "import.revert",
        object_kind="import",
        object_id=batch_id,
        details={"removed": len(created) - len(kept), "kept": len(kept)},
    )
    return describe_batch(session, importer, batch_id)
