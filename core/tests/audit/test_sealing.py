from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from dcc_core.audit import AuditEntry, AuditKeys, record_event
from dcc_core.audit.merkle import join_leaves, leaf_of, merkle_root
from dcc_core.audit.sealer import seal_entries, seal_everything
from dcc_core.audit.spans import sequences_of
from dcc_core.audit.verify import INSERTED, verify_audit
from dcc_core.db import Database
from dcc_core.testing.clock import START, MovableClock
from dcc_core.testing.databases import PostgresLane

Writer = Callable[[Session, int], None]


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def test_tree_is_the_one_of_rfc_6962() -> None:
    lines = ["", "a", "bc", "def", "g"]
    leaves = [sha256(b"\x00" + line.encode()).digest() for line in lines]
    left = _node(_node(leaves[0], leaves[1]), _node(leaves[2], leaves[3]))
    assert join_leaves(lines) == b"".join(leaves)
    assert merkle_root(join_leaves(lines)) == _node(left, leaves[4]).hex()
    assert merkle_root(leaf_of("a")) == leaf_of("a").hex()
    assert merkle_root(b"") == sha256(b"").hexdigest()


def test_seals_follow_each_other_and_cover_everything(
    database: Database, write: Writer, keys: AuditKeys
) -> None:
    with database.session() as session:
        write(session, 25)
    with database.session() as session:
        assert seal_entries(session, keys=keys, now=START, limit=10) is not None
        seals = seal_everything(session, keys=keys, now=START)
        assert seal_entries(session, keys=keys, now=START) is None
        assert [seal.number for seal in seals] == [2]
        seen = verify_audit(session, keys=keys, now=START)
    assert (seen.seals, seen.sealed, seen.unsealed, seen.faults) == (2, 25, 0, [])


def test_empty_audit_is_intact(database: Database, keys: AuditKeys) -> None:
    with database.session() as session:
        assert seal_entries(session, keys=keys, now=START) is None
        assert verify_audit(session, keys=keys, now=START).is_intact


def test_rows_not_sealed_yet_are_checked_too(
    database: Database, write: Writer, keys: AuditKeys
) -> None:
    with database.session() as session:
        write(session, 7)
    with database.session() as session:
        seen = verify_audit(session, keys=keys, now=START)
    assert (seen.sealed, seen.unsealed, seen.faults) == (0, 7, [])


def test_failed_transaction_leaves_no_trace_and_no_alarm(
    database: Database, write: Writer, keys: AuditKeys, clock: MovableClock
) -> None:
    def fail() -> None:
        with database.session() as session:
            write(session, 2)
            raise RuntimeError("the business transaction failed")

    for _ in range(3):
        with database.session() as session:
            write(session, 2)
        with pytest.raises(RuntimeError):
            fail()
    with database.session() as session:
        assert len(session.exec(select(AuditEntry)).all()) == 6
        seal_everything(session, keys=keys, now=clock())
        assert verify_audit(session, keys=keys, now=clock.advance(hours=2)).is_intact


@pytest.mark.postgres
def test_row_committed_after_a_higher_one_was_sealed_is_sealed_late(
    postgres_lane: PostgresLane, clock: MovableClock
) -> None:
    from dcc_core.audit import audit_keys, install_audit

    keys = audit_keys(b"k" * 32)
    with postgres_lane.fresh() as database:
        install_audit(database, keys)
        with database.sessions() as slow, slow.begin():
            early = record_event(slow, "slow.write")
            with database.session() as fast:
                record_event(fast, "fast.write")
            with database.session() as session:
                first = seal_entries(session, keys=keys, now=clock())
                assert first is not None
                assert first.missing == [early]
        with database.session() as session:
            assert verify_audit(session, keys=keys, now=clock()).is_intact
            second = seal_entries(session, keys=keys, now=clock.advance(minutes=1))
            assert second is not None
            assert list(sequences_of(second)) == [early]
            seen = verify_audit(session, keys=keys, now=clock.advance(hours=2))
            assert (seen.sealed, seen.faults) == (2, [])


@pytest.mark.postgres
def test_number_that_appears_long_after_its_seal_was_inserted(
    postgres_lane: PostgresLane, clock: MovableClock
) -> None:
    from dcc_core.audit import audit_keys, install_audit

    keys = audit_keys(b"k" * 32)
    with postgres_lane.fresh() as database:
        install_audit(database, keys)
        with database.session() as session:
            session.connection().execute(text("SELECT nextval('core_audit_sequence_seq')"))
            record_event(session, "patient.read")
            seal_everything(session, keys=keys, now=clock())
        clock.advance(hours=2)
        with database.session() as session:
            session.connection().execute(
                text(
                    "INSERT INTO core_audit SELECT 1, at, event, outcome, actor_id, actor, purpose,"
                    " patient_id, object_kind, object_id, object_version, reason, basis,"
                    " correlation_id, via, source_ip, details, mac FROM core_audit"
                )
            )
            assert seal_entries(session, keys=keys, now=clock()) is None
            seen = verify_audit(session, keys=keys, now=clock())
            assert seen.first is not None
            assert (seen.first.sequence, seen.first.code) == (1, INSERTED)


def test_two_sealers_do_not_seal_the_same_rows_twice(
    database: Database, write: Writer, keys: AuditKeys
) -> None:
    with database.session() as session:
        write(session, 12)
    for _ in range(3):
        with database.session() as session:
            seal_entries(session, keys=keys, now=START + timedelta(seconds=1), limit=5)
    with database.session() as session:
        assert verify_audit(session, keys=keys, now=START).sealed == 12
