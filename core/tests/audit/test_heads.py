from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import Session

from dcc_core.audit import AuditKeys, audit_keys
from dcc_core.audit.heads import append_head, head_of, read_heads
from dcc_core.audit.sealer import seal_entries
from dcc_core.audit.verify import CUT_OFF, verify_audit
from dcc_core.db import Database
from dcc_core.errors import InvalidInput
from dcc_core.testing.clock import START

Writer = Callable[[Session, int], None]


@pytest.fixture
def journal(database: Database, write: Writer, keys: AuditKeys, tmp_path: Path) -> Path:
    path = tmp_path / "audit" / "heads.jsonl"
    for _ in range(2):
        with database.session() as session:
            write(session, 3)
            seal = seal_entries(session, keys=keys, now=START)
            assert seal is not None
            append_head(path, head_of(seal, keys))
    return path


def test_heads_are_read_as_they_were_written(
    database: Database, keys: AuditKeys, journal: Path
) -> None:
    heads = list(read_heads(journal, keys.public_key))
    assert [(head.number, head.last_sequence) for head in heads] == [(1, 3), (2, 6)]
    with database.session() as session:
        assert verify_audit(session, keys=keys, now=START, heads=heads).is_intact


def test_line_cut_by_a_power_failure_is_ignored(keys: AuditKeys, journal: Path) -> None:
    whole = journal.read_text(encoding="utf-8")
    journal.write_text(whole[:-20], encoding="utf-8")
    assert [head.number for head in read_heads(journal, keys.public_key)] == [1]


@pytest.mark.parametrize("line", ["{}\n", "nonsense\n", '{"number": 1}\n'])
def test_line_that_is_no_head_is_refused(keys: AuditKeys, journal: Path, line: str) -> None:
    with journal.open("a", encoding="utf-8") as more:
        more.write(line)
    with pytest.raises(InvalidInput, match="AUD-021"):
        list(read_heads(journal, keys.public_key))


def test_head_signed_by_somebody_else_is_refused(keys: AuditKeys, journal: Path) -> None:
    with pytest.raises(InvalidInput, match="AUD-021"):
        list(read_heads(journal, audit_keys(b"another").public_key))


def test_head_of_another_history_shows_a_rewriting_by_the_key_holder(
    database: Database, write: Writer, keys: AuditKeys, journal: Path, sqlite_lane: object
) -> None:
    from dcc_core.audit import install_audit
    from dcc_core.testing.databases import SqliteLane

    assert isinstance(sqlite_lane, SqliteLane)
    with sqlite_lane.fresh() as rewritten:
        install_audit(rewritten, keys)
        with rewritten.session() as session:
            write(session, 6)
            seal_entries(session, keys=keys, now=START, limit=3)
            seal_entries(session, keys=keys, now=START, limit=3)
        with rewritten.session() as session:
            heads = list(read_heads(journal, keys.public_key))
            assert verify_audit(session, keys=keys, now=START).is_intact
            first = verify_audit(session, keys=keys, now=START, heads=heads).first
    assert first is not None
    assert (first.sequence, first.code) == (1, CUT_OFF)
