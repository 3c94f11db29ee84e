"""Somebody with every right on the database, and without the keys, alters the audit."""

import random
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, delete, func, insert, select, text, update
from sqlmodel import Session, col

from dcc_core.audit import AuditEntry, AuditKeys
from dcc_core.audit.heads import Head, head_of
from dcc_core.audit.merkle import join_leaves, merkle_root
from dcc_core.audit.sealer import read_lines, rows_within, seal_entries
from dcc_core.audit.spans import digest_of, statement_of
from dcc_core.audit.tables import AuditSeal
from dcc_core.audit.verify import Verification, verify_audit
from dcc_core.db import Database
from dcc_core.db.tables import METADATA
from dcc_core.testing.clock import START

Writer = Callable[[Session, int], None]
ROWS, BATCH = 60, 15
AUDIT = METADATA.tables["core_audit"]
SEALS = METADATA.tables["core_audit_seal"]
FORGED = {
    "event": "patient.forged",
    "outcome": "denied",
    "actor": {"national_id": "800000000000"},
    "purpose": "research",
    "reason": "autre",
    "basis": "stay",
    "correlation_id": "other",
    "via": "cli",
    "source_ip": "203.0.113.9",
    "details": {"nombre": -1},
    "mac": "0" * 64,
    "object_kind": "fiche",
    "object_version": 999,
}
Attack = Callable[[Connection, random.Random, int], tuple[int, int]]


def _edit(connection: Connection, rng: random.Random, last: int) -> tuple[int, int]:
    """Change one field of one row."""
    number = rng.randint(1, last)
    field = rng.choice([*FORGED, "at", "actor_id", "patient_id", "object_id"])
    value = FORGED.get(field, START if field == "at" else uuid4())
    connection.execute(update(AUDIT).where(AUDIT.c.sequence == number).values({field: value}))
    return number, number


def _delete(connection: Connection, rng: random.Random, last: int) -> tuple[int, int]:
    """Remove one to three rows that are sealed."""
    numbers = rng.sample(range(1, last + 1), rng.randint(1, 3))
    connection.execute(delete(AUDIT).where(AUDIT.c.sequence.in_(numbers)))
    return min(numbers), min(numbers)


def _copy(connection: Connection, source: int, number: int) -> None:
    row = connection.execute(select(AUDIT).where(AUDIT.c.sequence == source)).one()._asdict()
    connection.execute(insert(AUDIT).values(row | {"sequence": number, "event": "patient.forged"}))


def _insert(connection: Connection, rng: random.Random, last: int) -> tuple[int, int]:
    """Slip a row in: at the end, or in the middle after moving the others up."""
    end = connection.execute(select(func.max(AUDIT.c.sequence))).scalar_one()
    if rng.random() < 0.5:
        _copy(connection, rng.randint(1, last), end + 1)
        return end + 1, end + 1
    number = rng.randint(1, last)
    for step in (10_000, -9_999):
        moved = AUDIT.c.sequence >= (number if step > 0 else 10_000)
        connection.execute(update(AUDIT).where(moved).values(sequence=AUDIT.c.sequence + step))
    _copy(connection, number + 1, number)
    return number, number


def _swap(connection: Connection, rng: random.Random, last: int) -> tuple[int, int]:
    """Exchange two rows."""
    one, two = sorted(rng.sample(range(1, last + 1), 2))
    for old, new in ((one, 99_999), (two, one), (99_999, two)):
        connection.execute(update(AUDIT).where(AUDIT.c.sequence == old).values(sequence=new))
    return one, one


def _truncate(connection: Connection, rng: random.Random, last: int) -> tuple[int, int]:
    """Cut the end off, with or without the seals that speak of it."""
    number = rng.randint(1, last)
    connection.execute(delete(AUDIT).where(AUDIT.c.sequence >= number))
    if rng.random() < 0.5:
        return number, number
    connection.execute(delete(SEALS).where(SEALS.c.last_sequence >= number))
    return 1 + (number - 1) // BATCH * BATCH, number


def _rewrite(connection: Connection, rng: random.Random, last: int) -> tuple[int, int]:
    """Change a row, then make every digest, root and link right again, under another key."""
    number, _ = _edit(connection, rng, last)
    own_key = Ed25519PrivateKey.generate()
    with Session(connection) as session:
        previous: AuditSeal | None = None
        covering = col(AuditSeal.last_sequence) >= number
        seals = select(AuditSeal).where(covering).order_by(col(AuditSeal.number))
        for seal in session.scalars(seals).all():
            seal.leaves = join_leaves(read_lines(session, rows_within(seal)))
            seal.root = merkle_root(seal.leaves)
            seal.previous = digest_of(previous) if previous else seal.previous
            if rng.random() < 0.5:
                seal.signature = own_key.sign(statement_of(seal).encode()).hex()
            previous = seal
            session.add(seal)
        session.flush()
    return 1 + (number - 1) // BATCH * BATCH, number


ATTACKS: list[Attack] = [_edit, _delete, _insert, _swap, _truncate, _rewrite]


@pytest.fixture
def heads(database: Database, write: Writer, keys: AuditKeys) -> list[Head]:
    """Write and seal, leave a few rows unsealed, and keep the heads elsewhere."""
    kept: list[Head] = []
    with database.session() as session:
        write(session, ROWS)
    with database.session() as session:
        while (seal := seal_entries(session, keys=keys, now=START, limit=BATCH)) is not None:
            kept.append(head_of(seal, keys))
    with database.session() as session:
        write(session, 3)
    return kept


def _disarm(connection: Connection, database: Database) -> None:
    for table in ("core_audit", "core_audit_seal"):
        if database.is_sqlite:
            connection.execute(text(f"DROP TRIGGER {table}_no_update"))
            connection.execute(text(f"DROP TRIGGER {table}_no_delete"))
        else:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))


def _verify(connection: Connection, keys: AuditKeys, heads: list[Head]) -> Verification:
    with Session(connection) as session:
        return verify_audit(session, keys=keys, now=START, heads=heads)


def _campaign(
    connection: Connection,
    rng: random.Random,
    keys: AuditKeys,
    heads: list[Head],
    database: Database,
    alterations: int,
) -> Iterator[str]:
    """Yield the alterations that were not found, or not where they are."""
    _disarm(connection, database)
    for _ in range(alterations):
        attack = rng.choice(ATTACKS)
        with connection.begin_nested() as alteration:
            lowest, highest = attack(connection, rng, ROWS)
            first = _verify(connection, keys, heads).first
            alteration.rollback()
        if first is None or not lowest <= first.sequence <= highest:
            yield f"{attack.__name__} {lowest}-{highest}: {first}"


@pytest.mark.parametrize(
    ("seed", "alterations"), [(1, 150), pytest.param(2, 1_000, marks=pytest.mark.campaign)]
)
def test_every_alteration_is_detected_and_named(
    database: Database, keys: AuditKeys, heads: list[Head], seed: int, alterations: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 - a reproducible campaign
    with database.engine.connect() as connection:
        assert _verify(connection, keys, heads).faults == []
        connection.rollback()
        missed = list(_campaign(connection, rng, keys, heads, database, alterations))
        connection.rollback()
    assert missed == []


def test_forged_row_after_the_last_seal_is_named(
    database: Database, keys: AuditKeys, heads: list[Head]
) -> None:
    with database.engine.connect() as connection:
        _disarm(connection, database)
        connection.execute(
            update(AUDIT).where(AUDIT.c.sequence == ROWS + 2).values(reason="forged")
        )
        first = _verify(connection, keys, heads).first
        connection.rollback()
    assert first is not None
    assert first.sequence == ROWS + 2


def test_rows_written_under_another_key_are_not_sealed(
    database: Database, keys: AuditKeys, heads: list[Head]
) -> None:
    with database.engine.connect() as connection:
        _disarm(connection, database)
        connection.execute(update(AUDIT).where(AUDIT.c.sequence == ROWS + 1).values(via="forged"))
        with Session(connection) as session:
            seal = seal_entries(session, keys=keys, now=START)
            assert seal is not None
            assert ROWS + 1 in seal.missing
            first = verify_audit(session, keys=keys, now=START, heads=heads).first
        connection.rollback()
    assert first is not None
    assert first.sequence == ROWS + 1


def test_verification_stops_being_intact_without_the_right_key(
    database: Database, keys: AuditKeys, heads: list[Head]
) -> None:
    from dcc_core.audit import audit_keys

    with database.engine.connect() as connection:
        seen = _verify(connection, audit_keys(b"another secret"), [])
    assert len(seen.faults) >= len(heads)


def test_entry_count_is_what_was_written(
    database: Database, keys: AuditKeys, heads: list[Head]
) -> None:
    with database.session() as session:
        seen = verify_audit(session, keys=keys, now=START, heads=heads)
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == ROWS + 3
    assert (seen.seals, seen.sealed, seen.unsealed) == (ROWS // BATCH, ROWS, 3)
