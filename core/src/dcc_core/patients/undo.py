"""Undo a merge from its journal, whatever happened since, in whatever order merges are undone.

A row that arrived since stays where it is. A value that somebody changed since stays as it is.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from dcc_core.db.tables import METADATA
from dcc_core.patients.images import Image, decoded, encode, key_clause, read_image
from dcc_core.patients.tables import JournalKind, Merge, MergeJournal


def undo_entries(session: Session, merge: Merge, family: frozenset[UUID]) -> int:
    """Put back what a merge changed, the last entry first; return how many rows could not be.

    Args:
        family: Records that are one person as long as the merge lasts: a row that is with any of
            them is still where merges put it.
    """
    session.flush()
    entries = session.scalars(
        select(MergeJournal)
        .where(col(MergeJournal.merge_id) == merge.id, ~col(MergeJournal.is_superseded))
        .order_by(col(MergeJournal.id).desc())
    ).all()
    later = _later_entries(session, merge)
    held_back = sum(
        not _Undo(session, entry, later[entry.table, entry.row_digest]).run(family)
        for entry in entries
    )
    session.flush()
    session.expire_all()
    return held_back


def _later_entries(
    session: Session, merge: Merge
) -> Mapping[tuple[str, str], Sequence[MergeJournal]]:
    """Return, for each row of a merge, what other merges that still last did to it."""
    own = aliased(MergeJournal)
    found: dict[tuple[str, str], list[MergeJournal]] = defaultdict(list)
    for entry in session.scalars(
        select(MergeJournal)
        .join(Merge, col(Merge.id) == col(MergeJournal.merge_id))
        .where(
            select(col(own.id))
            .where(
                col(own.merge_id) == merge.id,
                col(own.table) == col(MergeJournal.table),
                col(own.row_digest) == col(MergeJournal.row_digest),
            )
            .exists(),
            col(MergeJournal.merge_id) != merge.id,
            ~col(MergeJournal.is_superseded),
            col(Merge.undone_at).is_(None),
        )
        .order_by(col(MergeJournal.id))
    ):
        found[entry.table, entry.row_digest].append(entry)
    return found


def _number(entry: MergeJournal) -> int:
    """Return the place of a stored entry in the journal."""
    return entry.id or 0


class _Undo:
    """The undoing of one entry."""

    def __init__(
        self, session: Session, entry: MergeJournal, others: Sequence[MergeJournal]
    ) -> None:
        self._session = session
        self._entry = entry
        self._table: Table = METADATA.tables[entry.table]
        self._later = [other for other in others if _number(other) > _number(entry)]
        self._now = read_image(self._connection, self._table, entry.row_key)

    def run(self, family: frozenset[UUID]) -> bool:
        """Undo the entry; False when a constraint forbids it."""
        try:
            with self._session.begin_nested():
                if self._entry.kind is JournalKind.MOVED:
                    self._move_back({encode(member) for member in family})
                elif self._entry.kind is JournalKind.CHANGED:
                    self._change_back()
                elif self._entry.kind is JournalKind.ADDED:
                    self._take_away()
                else:
                    self._bring_back()
                self._session.flush()
        except IntegrityError:
            return False
        return True

    def _lasting(self) -> Iterator[MergeJournal]:
        """Yield what was done to the row after this entry and still counts."""
        return (later for later in self._later if not later.is_superseded)

    def _move_back(self, family: set[str]) -> None:
        (name,) = self._entry.before
        for later in self._lasting():
            if later.kind is JournalKind.MOVED and name in later.before:
                later.is_superseded = True
            elif later.kind is JournalKind.REMOVED:
                later.before = later.before | self._entry.before
        if self._now is not None and self._now[name] in family:
            self._write(self._entry.before)

    def _change_back(self) -> None:
        """Restore the values, or hand them to the next merge that changed the same ones."""
        for later in self._lasting():
            shared = self._entry.after.keys() & later.before.keys()
            if shared:
                if all(later.before[name] == self._entry.after[name] for name in shared):
                    later.before = later.before | {n: self._entry.before[n] for n in shared}
                return
        after = self._entry.after
        if self._now is not None and all(self._now[name] == after[name] for name in after):
            self._write(self._entry.before)

    def _take_away(self) -> None:
        expected = dict(self._entry.after)
        for later in self._lasting():
            expected |= later.after
            later.is_superseded = True
        if self._now == expected:
            self._connection.execute(delete(self._table).where(self._row))

    def _bring_back(self) -> None:
        if self._now is None:
            values = decoded(self._table, self._entry.before)
            self._connection.execute(insert(self._table).values(values))

    def _write(self, values: Image) -> None:
        self._connection.execute(
            update(self._table).where(self._row).values(decoded(self._table, values))
        )

    @property
    def _connection(self) -> Connection:
        return self._session.connection()  # asked inside a savepoint, it takes part in it

    @property
    def _row(self) -> ColumnElement[bool]:
        return key_clause(self._table, self._entry.row_key)
