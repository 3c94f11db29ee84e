"""Run an import: in chunks, each one transaction with its verdicts, resumed where it stopped."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID, uuid4

from sqlalchemy import func
from sqlmodel import Session, col, select

from dcc_core.audit import record_event
from dcc_core.config import Clock, utc_now
from dcc_core.db import Database
from dcc_core.db.bulk import BulkInsert
from dcc_core.db.events import drain
from dcc_core.db.tables import METADATA
from dcc_core.errors import NotFound
from dcc_core.legacy.model import Importer, Judged, SourceRow, Verdict
from dcc_core.legacy.source import Source
from dcc_core.legacy.tables import BatchState, ImportBatch, ImportRow

CHUNK = 2_500
"""Rows of one transaction; SQLite takes some thirty thousand parameters in a statement."""

_COLUMNS = (
    "batch_id",
    "number",
    "line",
    "verdict",
    "code",
    "field",
    "object_id",
    "candidates",
    "content",
)
_KEPT = frozenset({Verdict.AMBIGUOUS, Verdict.REFUSED})


@dataclass(frozen=True, slots=True)
class BatchOut:
    """A batch as its report tells it.

    Attributes:
        verdicts: Rows per verdict; they add up to ``rows`` when the batch is done.
        reasons: Rows per code of refusal or doubt.
        present: Created objects that the database holds now.
    """

    id: UUID | None
    kind: str
    file_name: str
    digest: str
    state: str
    rows: int
    rows_done: int
    verdicts: Mapping[str, int]
    reasons: Mapping[str, int]
    present: int
    kept: int
    started_at: datetime
    finished_at: datetime | None

    @property
    def is_reconciled(self) -> bool:
        """Tell whether every row has a verdict and every creation is in the database."""
        created = self.verdicts.get(Verdict.CREATED, 0)
        expected = self.kept if self.state == BatchState.REVERTED else created
        return sum(self.verdicts.values()) == self.rows and self.present == expected


def run_import(
    database: Database,
    importer: Importer,
    source: Source,
    *,
    dry_run: bool = False,
    progress: Callable[[int], None] | None = None,
    clock: Clock = utc_now,
) -> BatchOut:
    """Import a file, or go on with an import of it that was interrupted.

    A file that was imported under the same map is not imported again: its batch is returned.

    Args:
        dry_run: Judge every row and write nothing.
        progress: Called with the number of records of each chunk.
    """
    if dry_run:
        return _rehearse(database, importer, source, progress, clock)
    with database.session() as session:
        batch = _find(session, source) or _begin(session, importer, source, clock)
        batch_id, done, state = batch.id, batch.rows_done, batch.state
    if state == BatchState.RUNNING:
        for chunk in _chunks(islice(source.records(), done, None)):
            with database.session() as session:
                _take(session, importer, batch_id, chunk)
            if progress:
                progress(len(chunk))
        with database.session() as session:
            batch = session.get_one(ImportBatch, batch_id)
            batch.state, batch.finished_at = BatchState.DONE, clock()
    with database.reading() as session:
        return describe_batch(session, importer, batch_id)


def list_batches(session: Session) -> Sequence[ImportBatch]:
    """Return every batch, newest first."""
    return session.exec(select(ImportBatch).order_by(col(ImportBatch.started_at).desc())).all()


def list_rows(
    session: Session, batch_id: UUID, *, verdict: Verdict | None = None, limit: int = 1000
) -> Sequence[ImportRow]:
    """Return rows of a batch in the order of the file."""
    statement = select(ImportRow).where(ImportRow.batch_id == batch_id)
    if verdict is not None:
        statement = statement.where(ImportRow.verdict == verdict.value)
    return session.exec(statement.order_by(col(ImportRow.number)).limit(limit)).all()


def find_batch(session: Session, batch_id: UUID) -> ImportBatch:
    """Return a batch.

    Raises:
        NotFound: ``IMP-005``.
    """
    batch = session.get(ImportBatch, batch_id)
    if batch is None:
        raise NotFound("IMP-005", "Ce lot n'existe pas. `dcc import list` donne les lots.")
    return batch


def describe_batch(session: Session, importer: Importer, batch_id: UUID) -> BatchOut:
    """Return a batch with its counts, the objects counted again in the database."""
    batch = find_batch(session, batch_id)
    created = list(created_ids(session, batch_id))
    present = sum(
        importer.still_there(session, created[start : start + CHUNK])
        for start in range(0, len(created), CHUNK)
    )
    return _view(
        batch,
        _count(session, batch_id, "verdict"),
        _count(session, batch_id, "code"),
        present,
    )


def created_ids(session: Session, batch_id: UUID) -> Iterator[UUID]:
    """Yield what a batch created, in the order of the file."""
    statement = select(ImportRow.object_id).where(
        ImportRow.batch_id == batch_id, ImportRow.verdict == Verdict.CREATED.value
    )
    for object_id in session.exec(statement.order_by(col(ImportRow.number))):
        if object_id is not None:
            yield object_id


def _rehearse(
    database: Database,
    importer: Importer,
    source: Source,
    progress: Callable[[int], None] | None,
    clock: Clock,
) -> BatchOut:
    """Judge the whole file in one transaction, so that its rows see each other, and undo it."""
    verdicts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    with _undone(database) as session:
        for chunk in _chunks(source.records()):
            judged = importer.judge(session, chunk, _REHEARSAL)
            session.expire_all()
            verdicts.update(each.verdict.value for each in judged)
            reasons.update(each.code for each in judged if each.code)
            if progress:
                progress(len(chunk))
    batch = _new_batch(importer, source, clock)
    batch.rows_done = source.rows
    return _view(batch, verdicts, reasons, verdicts[Verdict.CREATED.value], is_stored=False)


_REHEARSAL = uuid4()


@contextmanager
def _undone(database: Database) -> Iterator[Session]:
    with database.sessions() as session:
        session.begin()
        try:
            yield session
        finally:
            drain(session)
            session.rollback()


def _take(session: Session, importer: Importer, batch_id: UUID, chunk: Sequence[SourceRow]) -> None:
    """Judge a chunk and keep its verdicts in the same transaction."""
    judged = importer.judge(session, chunk, batch_id)
    rows = (_row(batch_id, row, found) for row, found in zip(chunk, judged, strict=True))
    table = METADATA.tables[str(ImportRow.__tablename__)]
    BulkInsert(session.connection(), table, _COLUMNS).insert(rows)
    session.get_one(ImportBatch, batch_id, with_for_update=True).rows_done += len(chunk)


def _row(batch_id: UUID, row: SourceRow, found: Judged) -> tuple[object, ...]:
    return (
        batch_id,
        row.number,
        row.line,
        found.verdict.value,
        found.code,
        found.field,
        found.object_id,
        [str(candidate) for candidate in found.candidates],
        [list(cell) for cell in row.raw] if found.verdict in _KEPT else None,
    )


def _chunks(rows: Iterator[SourceRow]) -> Iterator[list[SourceRow]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _find(session: Session, source: Source) -> ImportBatch | None:
    return session.exec(
        select(ImportBatch).where(
            ImportBatch.digest == source.digest,
            ImportBatch.map_digest == source.map.digest,
            ImportBatch.state != BatchState.REVERTED,
        )
    ).first()


def _begin(session: Session, importer: Importer, source: Source, clock: Clock) -> ImportBatch:
    batch = _new_batch(importer, source, clock)
    session.add(batch)
    session.flush()
    record_event(session, "import.begin", object_kind="import", object_id=batch.id)
    return batch


def _new_batch(importer: Importer, source: Source, clock: Clock) -> ImportBatch:
    return ImportBatch(
        kind=importer.kind,
        file_name=source.path.name[:200],
        digest=source.digest,
        map_digest=source.map.digest,
        rows_total=source.rows,
        started_at=clock(),
    )


def _count(session: Session, batch_id: UUID, name: str) -> dict[str, int]:
    column = METADATA.tables[str(ImportRow.__tablename__)].c[name]
    statement = select(column, func.count()).where(ImportRow.batch_id == batch_id)
    found = session.exec(statement.where(column != "").group_by(column).order_by(column))
    return {str(value): int(count) for value, count in found}


def _view(
    batch: ImportBatch,
    verdicts: Mapping[str, int],
    reasons: Mapping[str, int],
    present: int,
    *,
    is_stored: bool = True,
) -> BatchOut:
    return BatchOut(
        id=batch.id if is_stored else None,
        kind=batch.kind,
        file_name=batch.file_name,
        digest=batch.digest,
        state=batch.state if is_stored else "rehearsed",
        rows=batch.rows_total,
        rows_done=batch.rows_done,
        verdicts=dict(verdicts),
        reasons=dict(reasons),
        present=present,
        kept=batch.kept,
        started_at=batch.started_at,
        finished_at=batch.finished_at,
    )
