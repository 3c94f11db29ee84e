"""What a merge does to rows, written down so that it can be undone.

The core moves rows itself. What a plugin's hook changes through the session is recorded from the
outside, so that a plugin has nothing to do for its changes to be undone.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, event, inspect, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import ORMExecuteState, UOWTransaction
from sqlmodel import Session

from dcc_core.errors import PluginError
from dcc_core.patients.images import Image, encode, key_clause, key_of, read_image
from dcc_core.patients.references import PatientColumn, patient_columns
from dcc_core.patients.tables import JournalKind, MergeJournal

_CORE_PREFIX = "core_"


def move_rows(session: Session, merge_id: int, *, source_id: UUID, target_id: UUID) -> int:
    """Give every row of one patient to another and journal each; return how many moved.

    A row that a constraint holds back (both patients are already in the same session …) stays; the
    plugin's hook decides what becomes of it.
    """
    session.flush()
    present = set(inspect(session.connection()).get_table_names())
    moved = sum(
        _move_column(session, merge_id, column, source_id, target_id)
        for column in patient_columns()
        if column.table.name in present
    )
    session.expire_all()
    return moved


def _move_column(
    session: Session, merge_id: int, column: PatientColumn, source_id: UUID, target_id: UUID
) -> int:
    table: Table = column.table
    rows = session.execute(select(*table.primary_key.columns).where(column == source_id))
    keys = [key_of(table, row) for row in rows.mappings()]
    if not keys:
        return 0
    if not _try_move(session, column, column == source_id, target_id):
        keys = [
            key for key in keys if _try_move(session, column, key_clause(table, key), target_id)
        ]
    before, after = {column.name: encode(source_id)}, {column.name: encode(target_id)}
    for key in keys:
        write_entry(session, merge_id, table, key, JournalKind.MOVED, before, after)
    session.flush()
    return len(keys)


def _try_move(session: Session, column: PatientColumn, rows: Any, target_id: UUID) -> bool:
    try:
        with session.begin_nested():
            statement = update(column.table).where(rows).values({column.name: target_id})
            session.connection().execute(statement)
    except IntegrityError:
        return False
    return True


def write_entry(
    session: Session,
    merge_id: int,
    table: Table,
    key: Image,
    kind: JournalKind,
    before: Image,
    after: Image,
) -> None:
    """Add one entry to the journal of a merge."""
    session.add(
        MergeJournal(
            merge_id=merge_id,
            table=table.name,
            row_key=key,
            row_digest=row_digest(key),
            kind=kind,
            before=before,
            after=after,
        )
    )


def row_digest(key: Image) -> str:
    """Return a short text by which the entries of one row are found."""
    return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()


@contextmanager
def recording(session: Session, merge_id: int) -> Iterator[None]:
    """Journal what the block changes through the session, the core's own tables excepted.

    Raises:
        PluginError: ``DCC-P110`` for a bulk statement, whose effect could not be undone.
    """
    session.flush()
    recorder = _Recorder(merge_id)
    listeners = (
        ("before_flush", recorder.before_flush),
        ("after_flush_postexec", recorder.after_flush),
        ("do_orm_execute", _refuse_bulk),
    )
    for name, listener in listeners:
        event.listen(session, name, listener)
    try:
        yield
        session.flush()
    finally:
        for name, listener in listeners:
            event.remove(session, name, listener)
    recorder.write(session)


def _refuse_bulk(state: ORMExecuteState) -> None:
    if state.is_update or state.is_delete or state.is_insert:
        raise PluginError(
            "DCC-P110",
            "dcc_patient_merged ran a bulk statement, which cannot be undone. Load the objects and"
            " change them one by one.",
        )


class _Recorder:
    """First and last image of every row that a plugin's hook touches."""

    def __init__(self, merge_id: int) -> None:
        self._merge_id = merge_id
        self._before: dict[tuple[str, str], tuple[Table, Image, Image | None]] = {}
        self._new: list[Any] = []

    def before_flush(self, session: Session, _context: UOWTransaction, _given: Any) -> None:
        connection = session.connection()
        for changed in (*session.dirty, *session.deleted):
            table = _table_of(changed)
            if not table.name.startswith(_CORE_PREFIX):
                self._remember(connection, table, _identity_of(changed, table))
        self._new = list(session.new)

    def after_flush(self, _session: Session, _context: UOWTransaction) -> None:
        for added in self._new:
            table = _table_of(added)
            if not table.name.startswith(_CORE_PREFIX):
                key = _identity_of(added, table)
                self._before.setdefault((table.name, row_digest(key)), (table, key, None))
        self._new = []

    def write(self, session: Session) -> None:
        connection = session.connection()
        for table, key, before in self._before.values():
            after = read_image(connection, table, key)
            if before == after:
                continue
            kind, old, new = _difference(before, after)
            write_entry(session, self._merge_id, table, key, kind, old, new)
        session.flush()

    def _remember(self, connection: Connection, table: Table, key: Image) -> None:
        place = table.name, row_digest(key)
        if place not in self._before:
            self._before[place] = table, key, read_image(connection, table, key)


def _difference(before: Image | None, after: Image | None) -> tuple[JournalKind, Image, Image]:
    if before is None:
        return JournalKind.ADDED, {}, after or {}
    if after is None:
        return JournalKind.REMOVED, before, {}
    changed = [name for name in before if before[name] != after[name]]
    return (
        JournalKind.CHANGED,
        {name: before[name] for name in changed},
        {name: after[name] for name in changed},
    )


def _table_of(instance: Any) -> Table:
    table = inspect(instance).mapper.local_table
    assert isinstance(table, Table)  # noqa: S101 - a mapped class of ours is never a subquery
    return table


def _identity_of(instance: Any, table: Table) -> Image:
    mapper = inspect(instance).mapper
    values = mapper.primary_key_from_instance(instance)
    names = (column.name for column in mapper.primary_key)
    return {name: encode(value) for name, value in zip(names, values, strict=True)}
