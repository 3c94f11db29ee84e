"""Seal the audit: sign, batch after batch, what the table holds.

Rows written at the same time commit in any order, so a number can appear after a higher one has
been sealed. A seal therefore lists the numbers missing from its span; those that appear within
``SETTLED`` are sealed late by a following seal, the others were rolled back.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from dcc_core.audit.canonical import line_expression
from dcc_core.audit.keys import AuditKeys
from dcc_core.audit.log import AUDIT_TABLE, body_of, chained, is_chained
from dcc_core.audit.merkle import join_leaves, merkle_root
from dcc_core.audit.spans import MAX_ENTRIES, digest_of, statement_of
from dcc_core.audit.tables import AuditEntry, AuditSeal

SETTLED = timedelta(hours=1)
"""No transaction that writes the audit stays open this long."""

NO_SEAL = "0" * 64


@dataclass(frozen=True, slots=True)
class Row:
    """A row as sealing and verification read it."""

    sequence: int
    line: str
    mac: str


def seal_entries(
    session: Session, *, keys: AuditKeys, now: datetime, limit: int = MAX_ENTRIES
) -> AuditSeal | None:
    """Seal the next rows; None when there is nothing new.

    A row whose code is wrong was not written by the product: it stays outside the seal, and
    verification names it.
    """
    previous = last_seal(session)
    start = previous.last_sequence if previous else 0
    rows = read_rows(session, _after(start, unsettled_numbers(session, now)), limit=limit)
    genuine = list(genuine_rows(session, keys, rows))
    if not genuine:
        return None
    seal = _draft(previous, genuine, now)
    seal.signature = keys.sign(statement_of(seal))
    session.add(seal)
    session.flush()
    return seal


def _draft(previous: AuditSeal | None, rows: Sequence[Row], now: datetime) -> AuditSeal:
    """Return the seal of rows, not signed yet: what follows the previous one, and latecomers."""
    start = previous.last_sequence if previous else 0
    fresh = [row.sequence for row in rows if row.sequence > start]
    last = fresh[-1] if fresh else start
    leaves = join_leaves(row.line for row in rows)
    return AuditSeal(
        number=previous.number + 1 if previous else 1,
        first_sequence=start + 1,
        last_sequence=last,
        missing=_gaps(start + 1, last, fresh),
        late=[row.sequence for row in rows if row.sequence <= start],
        entries=len(rows),
        root=merkle_root(leaves),
        previous=digest_of(previous) if previous else NO_SEAL,
        sealed_at=now,
        signature="",
        leaves=leaves,
    )


def seal_everything(session: Session, *, keys: AuditKeys, now: datetime) -> list[AuditSeal]:
    """Seal until nothing is left; return the seals."""
    seals: list[AuditSeal] = []
    while (seal := seal_entries(session, keys=keys, now=now)) is not None:
        seals.append(seal)
    return seals


def last_seal(session: Session) -> AuditSeal | None:
    """Return the newest seal, None before the first."""
    return session.exec(select(AuditSeal).order_by(col(AuditSeal.number).desc()).limit(1)).first()


def unsettled_numbers(session: Session, now: datetime) -> frozenset[int]:
    """Return the numbers that recent seals miss and that may still be committed."""
    recent = session.exec(
        select(AuditSeal.missing, AuditSeal.late).where(AuditSeal.sealed_at > now - SETTLED)
    ).all()
    missing = {number for numbers, _ in recent for number in numbers}
    return frozenset(missing - {number for _, numbers in recent for number in numbers})


def read_rows(
    session: Session, where: ColumnElement[bool], *, limit: int | None = None
) -> Iterator[Row]:
    """Yield rows in the order of their numbers, as their canonical text."""
    statement = core_select(AUDIT_TABLE.c.sequence, _line(session), AUDIT_TABLE.c.mac).where(where)
    for sequence, text, mac in session.connection().execute(
        statement.order_by(AUDIT_TABLE.c.sequence).limit(limit)
    ):
        yield Row(sequence, text, mac)


def read_lines(session: Session, where: ColumnElement[bool]) -> Sequence[str]:
    """Return the canonical texts alone, in the order of their numbers: the fast path."""
    statement = core_select(_line(session)).where(where).order_by(AUDIT_TABLE.c.sequence)
    return session.connection().execute(statement).scalars().all()


def rows_within(seal: AuditSeal) -> ColumnElement[bool]:
    """Return the condition on rows that a seal speaks of, those it misses included."""
    sequence = col(AuditEntry.sequence)
    span = sequence.between(seal.first_sequence, seal.last_sequence)
    return or_(span, sequence.in_(seal.late)) if seal.late else span


def genuine_rows(session: Session, keys: AuditKeys, rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows that the product wrote as they stand; the others are left out."""
    for row, is_genuine in judged_rows(session, keys, rows):
        if is_genuine:
            yield row


def judged_rows(
    session: Session, keys: AuditKeys, rows: Iterable[Row]
) -> Iterator[tuple[Row, bool]]:
    """Yield each row with whether its code is right; in a chain, right after the row before it."""
    in_chain = is_chained(session)
    before: Row | None = None
    for row in rows:
        body = body_of(row.line)
        if in_chain:
            adjacent = before is not None and before.sequence == row.sequence - 1
            previous = before.mac if before and adjacent else _mac_before(session, row.sequence)
            body = chained(previous, row.sequence, body)
        yield row, row.mac == keys.mac(body)
        before = row


def _line(session: Session) -> ColumnElement[str]:
    return line_expression(session.get_bind().dialect.name)


def _mac_before(session: Session, sequence: int) -> str:
    found = session.exec(
        select(AuditEntry.mac)
        .where(col(AuditEntry.sequence) < sequence)
        .order_by(col(AuditEntry.sequence).desc())
        .limit(1)
    ).first()
    return found or ""


def _after(start: int, open_numbers: frozenset[int]) -> ColumnElement[bool]:
    sequence = col(AuditEntry.sequence)
    newer: ColumnElement[bool] = sequence > start
    return or_(newer, sequence.in_(sorted(open_numbers))) if open_numbers else newer


def _gaps(first: int, last: int, present: Sequence[int]) -> list[int]:
    if last - first + 1 == len(present):
        return []
    there = frozenset(present)
    return [number for number in range(first, last + 1) if number not in there]
