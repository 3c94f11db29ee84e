"""Verify the audit: find what was changed, removed, added, exchanged or cut off, and name it.

Sealed rows are compared with the digests that their seal signs; rows not sealed yet with their own
code. A seal is trusted when its signature, which covers its digests, is right and it quotes the one
before. Heads kept outside the database show that the newest seals are still there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from dcc_core.audit.archive import ArchivedRows, archive_statement
from dcc_core.audit.heads import Head
from dcc_core.audit.keys import AuditKeys, is_signed
from dcc_core.audit.log import is_chained
from dcc_core.audit.merkle import DIGEST_BYTES, join_leaves, leaf_of
from dcc_core.audit.sealer import (
    NO_SEAL,
    Row,
    judged_rows,
    read_lines,
    read_rows,
    rows_within,
    unsettled_numbers,
)
from dcc_core.audit.spans import digest_of, sequences_of, statement_of
from dcc_core.audit.tables import AuditArchive, AuditEntry, AuditSeal

CHANGED = "AUD-011"
DELETED = "AUD-012"
INSERTED = "AUD-013"
SEAL_FORGED = "AUD-014"
SEAL_DELETED = "AUD-015"
CUT_OFF = "AUD-016"
ARCHIVE_WRONG = "AUD-017"

TEXTS: Mapping[str, str] = {
    CHANGED: "La ligne ne correspond plus à ce qui a été scellé ou signé.",
    DELETED: "La ligne a été supprimée.",
    INSERTED: "La ligne n'a pas été écrite par le produit.",
    SEAL_FORGED: "Le sceau qui couvre cette ligne a été modifié ou fabriqué sans la clé.",
    SEAL_DELETED: "Le sceau qui couvrait cette ligne a disparu.",
    CUT_OFF: "La fin du journal a été coupée ou réécrite : une tête conservée ailleurs le prouve.",
    ARCHIVE_WRONG: "L'archive qui contient cette ligne manque ou a été modifiée.",
}

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Something wrong: the row where it starts, the kind, the sentence."""

    sequence: int
    code: str

    @property
    def text(self) -> str:
        """Return the sentence for a person."""
        return TEXTS[self.code]


@dataclass(slots=True)
class Verification:
    """What verification saw.

    Attributes:
        sealed: Rows compared with a seal, archived ones included.
        unsealed: Rows newer than the last seal, checked by their own code.
        archived: Rows whose archive was not at hand; their seals were checked.
    """

    seals: int = 0
    sealed: int = 0
    unsealed: int = 0
    archived: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_intact(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.faults

    @property
    def first(self) -> Fault | None:
        """Return the fault of the lowest row."""
        return min(self.faults, default=None)


def verify_audit(
    session: Session,
    *,
    keys: AuditKeys,
    now: datetime,
    heads: Iterable[Head] = (),
    archived_rows: ArchivedRows | None = None,
) -> Verification:
    """Verify the whole audit.

    Args:
        heads: Heads kept outside the database, which show truncation and rewriting.
        archived_rows: Reads the lines of archived spans; without it only their seals are checked.
    """
    return _Verifier(session, keys, now, archived_rows).run(heads)


class _Verifier:
    """One run: walks seals in order, then what lies after the last one."""

    def __init__(
        self,
        session: Session,
        keys: AuditKeys,
        now: datetime,
        archived_rows: ArchivedRows | None,
    ) -> None:
        self._session = session
        self._keys = keys
        self._public_key: Ed25519PublicKey = keys.public_key
        self._now = now
        self._archived_rows = archived_rows
        self._seen = Verification()
        self._digests: dict[int, str] = {}
        self._unclaimed: set[int] = set()
        self._archives: Sequence[AuditArchive] = ()

    def run(self, heads: Iterable[Head]) -> Verification:
        self._archives = self._session.exec(
            select(AuditArchive).order_by(col(AuditArchive.last_seal))
        ).all()
        self._check_archives()
        before: AuditSeal | None = None
        for seal in self._seals():
            self._check_seal(seal, before)
            before = seal
        self._check_tail(before.last_sequence if before else 0)
        self._check_heads(heads, before)
        self._seen.faults = sorted(set(self._seen.faults))
        return self._seen

    def _seals(self) -> Iterator[AuditSeal]:
        number = 0
        while True:
            page = self._session.exec(
                select(AuditSeal)
                .where(AuditSeal.number > number)
                .order_by(col(AuditSeal.number))
                .limit(50)
            ).all()
            if not page:
                return
            yield from page
            number = page[-1].number
            for seal in page:
                self._session.expunge(seal)

    def _check_seal(self, seal: AuditSeal, before: AuditSeal | None) -> None:
        self._seen.seals += 1
        self._digests[seal.number] = digest_of(seal)
        self._check_order(seal, before)
        if not self._is_genuine(seal):
            self._fault(seal.first_sequence, SEAL_FORGED)
            return
        self._unclaimed.difference_update(seal.late)
        if seal.number <= self._last_archived:
            self._check_archived(seal)
        else:
            self._check_rows(seal)

    @property
    def _last_archived(self) -> int:
        return self._archives[-1].last_seal if self._archives else 0

    def _check_order(self, seal: AuditSeal, before: AuditSeal | None) -> None:
        expected = before.number + 1 if before else 1
        if seal.number != expected:
            self._fault(before.last_sequence + 1 if before else 1, SEAL_DELETED)
        elif seal.previous != (self._digests[before.number] if before else NO_SEAL):
            self._fault(seal.first_sequence, SEAL_FORGED)

    def _is_genuine(self, seal: AuditSeal) -> bool:
        return len(seal.leaves) == seal.entries * DIGEST_BYTES and is_signed(
            self._public_key, statement_of(seal), seal.signature
        )

    def _check_archived(self, seal: AuditSeal) -> None:
        lines = self._archived_rows(seal.number) if self._archived_rows else None
        if lines is None:
            self._seen.archived += seal.entries
        elif join_leaves(lines) == seal.leaves:
            self._seen.sealed += seal.entries
        else:
            self._fault(seal.first_sequence, ARCHIVE_WRONG)

    def _check_rows(self, seal: AuditSeal) -> None:
        self._seen.sealed += seal.entries
        found: Mapping[int, Row] = {}
        if join_leaves(read_lines(self._session, rows_within(seal))) != seal.leaves:
            found = {row.sequence: row for row in read_rows(self._session, rows_within(seal))}
            self._compare(seal, found)
        if is_chained(self._session):
            for number in frozenset(seal.missing) - found.keys():
                self._fault(number, DELETED)

    def _compare(self, seal: AuditSeal, found: Mapping[int, Row]) -> None:
        """Name the rows that differ from what the seal signs."""
        sealed = set()
        for place, number in enumerate(sequences_of(seal)):
            sealed.add(number)
            leaf = seal.leaves[place * DIGEST_BYTES : (place + 1) * DIGEST_BYTES]
            if number not in found:
                self._fault(number, DELETED)
            elif leaf_of(found[number].line) != leaf:
                self._fault(number, CHANGED)
        self._unclaimed.update(found.keys() - sealed)

    def _check_tail(self, last_sealed: int) -> None:
        """Check rows after the last seal, and those that no seal has claimed."""
        waiting = unsettled_numbers(self._session, self._now)
        for number in self._unclaimed - waiting:
            self._fault(number, INSERTED)
        doubtful = self._unclaimed & waiting
        sequence = col(AuditEntry.sequence)
        where: ColumnElement[bool] = sequence > last_sealed
        if doubtful:
            where = or_(where, sequence.in_(sorted(doubtful)))
        expected = last_sealed + 1
        for row, is_genuine in judged_rows(
            self._session, self._keys, read_rows(self._session, where)
        ):
            self._seen.unsealed += 1
            self._check_number(row, expected)
            if not is_genuine:
                self._fault(row.sequence, CHANGED if row.mac else INSERTED)
            expected = max(expected, row.sequence + 1)

    def _check_number(self, row: Row, expected: int) -> None:
        if is_chained(self._session) and row.sequence > expected:
            self._fault(expected, DELETED)

    def _check_archives(self) -> None:
        for archive in self._archives:
            if not is_signed(self._public_key, archive_statement(archive), archive.signature):
                self._fault(archive.first_sequence, ARCHIVE_WRONG)

    def _check_heads(self, heads: Iterable[Head], last: AuditSeal | None) -> None:
        end = last.last_sequence + 1 if last else 1
        for head in heads:
            if head.number not in self._digests:
                self._fault(min(end, head.last_sequence), CUT_OFF)
            elif self._digests[head.number] != head.digest:
                self._fault(head.first_sequence, CUT_OFF)

    def _fault(self, sequence: int, code: str) -> None:
        self._seen.faults.append(Fault(sequence, code))
