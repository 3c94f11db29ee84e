"""Bring a backup back into an empty place: documents, then the audit's files, then the database.

The database comes last and whole: until it is there the region refuses to start, so that a
restoration that was interrupted is never taken for a finished one.
"""

import shutil
import tempfile
from pathlib import Path

from dcc_core.backup.manifest import Manifest
from dcc_core.backup.package import DOCUMENTS, extract_parts
from dcc_core.backup.snapshot import POSTGRES_PART, SQLITE_PART, put_back, refuse_occupied
from dcc_core.backup.write import ARCHIVES, HEADS_PART, public_audit_key
from dcc_core.config import Region, Settings
from dcc_core.db import Database
from dcc_core.errors import InvalidInput
from dcc_core.jobs.core_jobs import archive_folder, heads_file
from dcc_core.records import ContentStore, open_store


def restore_backup(
    path: Path, manifest: Manifest, *, settings: Settings, region: Region, database: Database
) -> None:
    """Restore a backup that ``read_package`` found whole.

    Raises:
        InvalidInput: ``DCC-B003`` or ``DCC-B004`` the place is not empty, ``DCC-B005`` another
            region, engine or secret.
        ConfigError: ``DCC-B010``, ``DCC-B011`` PostgreSQL's client programs.
    """
    _refuse_foreign(manifest, settings, region, database)
    store = open_store(settings)
    refuse_occupied(database)
    _refuse_occupied_home(settings, store)
    with tempfile.TemporaryDirectory(prefix=".dcc-restore-", dir=settings.home) as work:
        copy = _unpack(path, settings, store, Path(work))
        put_back(database, copy)


def _refuse_foreign(
    manifest: Manifest, settings: Settings, region: Region, database: Database
) -> None:
    engine = database.engine.dialect.name
    differing = [
        f"it is of {what} {theirs}, this place of {ours}"
        for what, theirs, ours in (
            ("region", manifest.region, region.slug),
            ("engine", manifest.engine, engine),
        )
        if theirs != ours
    ]
    if manifest.audit_key != public_audit_key(settings):
        differing.append("it was written under another DCC_SECRET_KEY")
    if differing:
        raise InvalidInput(
            "DCC-B005",
            f"this backup does not belong here: {'; '.join(differing)}. Give the settings of the"
            " region that was backed up.",
        )


def _refuse_occupied_home(settings: Settings, store: ContentStore) -> None:
    if next(iter(store.digests()), None) is None and not heads_file(settings).exists():
        return
    raise InvalidInput(
        "DCC-B004",
        f"documents or audit files are already in {settings.documents_url or settings.home}, and a"
        " restoration overwrites nothing. Name an empty folder in DCC_HOME.",
    )


def _unpack(path: Path, settings: Settings, store: ContentStore, work: Path) -> Path:
    """Put documents and audit files in place; return the copy of the database."""
    copy = work / SQLITE_PART
    for name, content in extract_parts(path):
        if name.startswith(DOCUMENTS):
            store.put(name.removeprefix(DOCUMENTS), content.read())
            continue
        target = _place(name, settings, work)
        if target is None:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            shutil.copyfileobj(content, file)
        if name in {SQLITE_PART, POSTGRES_PART}:
            copy = target
    return copy


def _place(name: str, settings: Settings, work: Path) -> Path | None:
    if name in {SQLITE_PART, POSTGRES_PART}:
        return work / name
    if name == HEADS_PART:
        return heads_file(settings)
    if name.startswith(ARCHIVES):
        return archive_folder(settings) / Path(name).name
    return None  # settings are for the person who installs, never applied by themselves
