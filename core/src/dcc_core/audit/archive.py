"""Sealed archives: old rows leave the table for a signed file, and stay verifiable.

An archive holds whole seals, from the first one still in the table. The file is on disk before the
transaction that lists it and deletes the rows; only rows so listed can be deleted. The seals stay.
"""

import gzip
import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import ColumnElement, and_, delete
from sqlmodel import Session, col, select

from dcc_core.audit.canonical import FIELDS, SEPARATOR, canonical_json
from dcc_core.audit.keys import AuditKeys
from dcc_core.audit.sealer import read_lines, rows_within
from dcc_core.audit.tables import AuditArchive, AuditEntry, AuditSeal

ArchivedRows = Callable[[int], Sequence[str] | None]
"""Return the lines under an archived seal, None when its file is not at hand."""

MAX_SEALS = 20
"""Seals in one file at most: a hundred thousand rows, which fit in memory when read again."""


def archive_entries(
    session: Session, *, folder: Path, before: datetime, keys: AuditKeys, now: datetime
) -> AuditArchive | None:
    """Move rows sealed before a time to a new archive; None when there are none.

    The newest seal always stays in the table: its rows are what the next one follows.
    """
    seals = _oldest_seals(session, before)
    if not seals:
        return None
    path = folder / f"audit-{seals[0].number:08d}-{seals[-1].number:08d}.jsonl.gz"
    _write(path, session, seals)
    archive = AuditArchive(
        first_seal=seals[0].number,
        last_seal=seals[-1].number,
        first_sequence=min(
            number for seal in seals for number in (seal.first_sequence, *seal.late)
        ),
        last_sequence=seals[-1].last_sequence,
        entries=sum(seal.entries for seal in seals),
        file_name=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        archived_at=now,
        signature="",
    )
    archive.signature = keys.sign(archive_statement(archive))
    session.add(archive)
    session.flush()
    for seal in seals:
        session.exec(delete(AuditEntry).where(_rows_under(seal)))
    return archive


def archive_statement(archive: AuditArchive) -> str:
    """Return what the signature of an archive covers."""
    fields = archive.model_dump(exclude={"signature", "archived_at"})
    moment = archive.archived_at.astimezone(UTC).isoformat(timespec="microseconds")
    return canonical_json({"format": "dcc-audit-archive-1", **fields, "archived_at": moment})


class ArchiveFolder:
    """Reads archived rows again, one file at a time; an altered or absent file has no rows."""

    def __init__(self, session: Session, folder: Path) -> None:
        self._folder = folder
        self._archives = session.exec(
            select(AuditArchive).order_by(col(AuditArchive.last_seal))
        ).all()
        self._held: tuple[str, dict[int, list[str]]] = ("", {})

    def lines_of(self, seal_number: int) -> Sequence[str]:
        """Return the lines under an archived seal, none when its file is absent or altered."""
        for archive in self._archives:
            if archive.first_seal <= seal_number <= archive.last_seal:
                return self._lines(archive).get(seal_number, [])
        return []

    def rows(self) -> Iterator[dict[str, str]]:
        """Yield every archived row as the text of its fields, oldest first."""
        for archive in self._archives:
            for lines in self._lines(archive).values():
                for line in lines:
                    yield dict(zip(FIELDS, line.split(SEPARATOR), strict=True))

    def _lines(self, archive: AuditArchive) -> dict[int, list[str]]:
        if self._held[0] != archive.file_name:
            self._held = (archive.file_name, _read(self._folder / archive.file_name, archive))
        return self._held[1]


def _read(path: Path, archive: AuditArchive) -> dict[int, list[str]]:
    if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != archive.sha256:
        return {}
    lines: dict[int, list[str]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as rows:
        for row in rows:
            content = json.loads(row)
            lines[content["seal"]].append(SEPARATOR.join(content["row"]))
    return lines


def _oldest_seals(session: Session, before: datetime) -> Sequence[AuditSeal]:
    archived = session.exec(
        select(AuditArchive.last_seal).order_by(col(AuditArchive.last_seal).desc()).limit(1)
    ).first()
    newest = session.exec(
        select(AuditSeal.number).order_by(col(AuditSeal.number).desc()).limit(1)
    ).first()
    return session.exec(
        select(AuditSeal)
        .where(AuditSeal.number > (archived or 0), AuditSeal.number < (newest or 0))
        .where(AuditSeal.sealed_at < before)
        .order_by(col(AuditSeal.number))
        .limit(MAX_SEALS)
    ).all()


def _rows_under(seal: AuditSeal) -> ColumnElement[bool]:
    """The rows that a seal signs, without those a later seal will claim."""
    within = rows_within(seal)
    if not seal.missing:
        return within
    return and_(within, col(AuditEntry.sequence).not_in(seal.missing))


def _write(path: Path, session: Session, seals: Sequence[AuditSeal]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with partial.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as packed:
        for seal in seals:
            for line in read_lines(session, _rows_under(seal)):
                row = {"seal": seal.number, "row": line.split(SEPARATOR)}
                packed.write(canonical_json(row).encode() + b"\n")
        packed.close()
        raw.flush()
        os.fsync(raw.fileno())
    partial.replace(path)
