import gzip
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, col

from dcc_core.audit import AuditEntry, AuditKeys
from dcc_core.audit.archive import ArchiveFolder, archive_entries
from dcc_core.audit.canonical import FIELDS
from dcc_core.audit.sealer import seal_entries
from dcc_core.audit.tables import AuditArchive
from dcc_core.audit.verify import ARCHIVE_WRONG, verify_audit
from dcc_core.db import Database
from dcc_core.testing.clock import START

Writer = Callable[[Session, int], None]
LATER = START + timedelta(days=400)


@pytest.fixture
def archived(database: Database, write: Writer, keys: AuditKeys, tmp_path: Path) -> Path:
    """Three seals of ten rows; the two oldest in an archive, five rows not sealed yet."""
    for day in range(3):
        with database.session() as session:
            write(session, 10)
        with database.session() as session:
            seal_entries(session, keys=keys, now=START + timedelta(days=day))
    with database.session() as session:
        archive = archive_entries(session, folder=tmp_path, before=LATER, keys=keys, now=LATER)
        assert archive is not None
        assert (archive.first_seal, archive.last_seal, archive.entries) == (1, 2, 20)
        again = archive_entries(session, folder=tmp_path, before=LATER, keys=keys, now=LATER)
        assert again is None
    with database.session() as session:
        write(session, 5)
    return tmp_path


def _count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def test_archived_rows_leave_the_table_and_stay_verifiable(
    database: Database, keys: AuditKeys, archived: Path
) -> None:
    with database.session() as session:
        folder = ArchiveFolder(session, archived)
        seen = verify_audit(session, keys=keys, now=LATER, archived_rows=folder.lines_of)
        rows = list(folder.rows())
        assert _count(session) == 15
    assert (seen.seals, seen.sealed, seen.unsealed, seen.faults) == (3, 30, 5, [])
    assert [int(row["sequence"]) for row in rows] == list(range(1, 21))
    assert rows[0].keys() == set(FIELDS)


def test_without_the_files_the_seals_are_still_checked(
    database: Database, keys: AuditKeys, archived: Path
) -> None:
    with database.session() as session:
        seen = verify_audit(session, keys=keys, now=LATER)
    assert (seen.sealed, seen.archived, seen.faults) == (10, 20, [])


@pytest.mark.parametrize("damage", ["altered", "absent"])
def test_damaged_archive_is_named(
    database: Database, keys: AuditKeys, archived: Path, damage: str
) -> None:
    (file,) = archived.glob("*.gz")
    if damage == "absent":
        file.unlink()
    else:
        text = gzip.decompress(file.read_bytes()).replace(b"patient.read", b"patient.lire", 1)
        file.write_bytes(gzip.compress(text))
    with database.session() as session:
        folder = ArchiveFolder(session, archived)
        first = verify_audit(session, keys=keys, now=LATER, archived_rows=folder.lines_of).first
    assert first is not None
    assert (first.sequence, first.code) == (1, ARCHIVE_WRONG)


def test_rows_that_no_archive_lists_cannot_be_deleted(
    database: Database, keys: AuditKeys, archived: Path
) -> None:
    with pytest.raises(DatabaseError, match="AUD-001"), database.session() as session:
        session.execute(delete(AuditEntry).where(col(AuditEntry.sequence) == 25))


def test_forged_archive_entry_is_named(database: Database, keys: AuditKeys, archived: Path) -> None:
    """Somebody lists rows as archived in order to be allowed to delete them."""
    with database.session() as session:
        session.add(
            AuditArchive(
                last_seal=3,
                first_seal=3,
                first_sequence=21,
                last_sequence=30,
                entries=10,
                file_name="none",
                sha256="0" * 64,
                archived_at=LATER,
                signature="00" * 64,
            )
        )
        session.flush()
        session.execute(delete(AuditEntry).where(col(AuditEntry.sequence) == 25))
    with database.session() as session:
        first = verify_audit(session, keys=keys, now=LATER).first
    assert first is not None
    assert (first.sequence, first.code) == (21, ARCHIVE_WRONG)
