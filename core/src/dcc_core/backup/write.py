"""Write a backup: heads of the audit, then the database at one instant, then the documents.

The order matters. Heads are read first, so that each one quotes a seal that the copy holds;
documents last, because contents are stored before the row that refers to them and never leave.
"""

import json
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dcc_core.audit import audit_keys
from dcc_core.backup.deployment import settings_without_secrets
from dcc_core.backup.manifest import Manifest
from dcc_core.backup.package import PackageWriter, writing_package
from dcc_core.backup.snapshot import Snapshot, copy_database
from dcc_core.config import Region, Settings
from dcc_core.config.keys import master_secret
from dcc_core.db import Database
from dcc_core.jobs.core_jobs import archive_folder, heads_file
from dcc_core.plugins import PluginSet
from dcc_core.plugins.discovery import core_version
from dcc_core.records import ContentStore, open_store

SETTINGS_PART, HEADS_PART, ARCHIVES = "settings.json", "audit/heads.jsonl", "audit/archives/"


def write_backup(
    path: Path,
    *,
    settings: Settings,
    region: Region,
    plugins: PluginSet,
    database: Database,
    now: datetime,
) -> Manifest:
    """Write a backup of a running region into a new file and return its manifest.

    Raises:
        InvalidInput: ``DCC-B001`` the file is there already.
        ConfigError: ``DCC-B010``, ``DCC-B011`` PostgreSQL's client programs.
    """
    store = open_store(settings)
    with (
        writing_package(path) as package,
        tempfile.TemporaryDirectory(prefix=".dcc-backup-", dir=path.parent) as work,
    ):
        _add_heads(package, heads_file(settings))
        snapshot = copy_database(database, Path(work))
        package.add_file(snapshot.path.name, snapshot.path)
        for archive in sorted(archive_folder(settings).glob("*.jsonl.gz")):
            package.add_file(ARCHIVES + archive.name, archive)
        kept = json.dumps(settings_without_secrets(settings, plugins), indent=1, default=str)
        package.add_bytes(SETTINGS_PART, kept.encode())
        present: set[str] = set()
        contents = package.add_contents(_contents(store, present))
        manifest = Manifest(
            region=region.slug,
            made_at=now.isoformat(timespec="seconds"),
            core=core_version(),
            engine=database.engine.dialect.name,
            audit_key=public_audit_key(settings),
            plugins={loaded.name: loaded.version for loaded in plugins.plugins},
            revisions=snapshot.revisions,
            rows=snapshot.rows,
            parts=package.parts,
            contents=contents,
            missing=len(_missing(snapshot, present)),
        )
        package.close(manifest)
    return manifest


def public_audit_key(settings: Settings) -> str:
    """Return the public key under which the seals of this deployment verify, hexadecimal."""
    key = audit_keys(master_secret(settings)).public_key
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def _add_heads(package: PackageWriter, path: Path) -> None:
    if path.exists():
        package.add_bytes(HEADS_PART, path.read_bytes())


def _contents(store: ContentStore, present: set[str]) -> Iterator[tuple[str, bytes]]:
    for digest in store.digests():
        content = store.get(digest)
        if content is not None:
            present.add(digest)
            yield digest, content


def _missing(snapshot: Snapshot, present: set[str]) -> frozenset[str]:
    return snapshot.digests - present
