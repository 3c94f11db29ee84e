"""The revisions of a manifest, read from their files: cheap enough to be asked at every start.

Alembic writes and runs revisions; knowing whether a database is up to date needs only their names
and order.
"""

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

from dcc_core.plugins.manifest import DccPlugin

Manifest = type[DccPlugin]
VERSION_PREFIX = "alembic_version_"
_FIELD = r"^{name}(?:\s*:[^=]*)?\s*=\s*(?:[\"']([^\"']+)[\"']|None)"
_REVISION = re.compile(_FIELD.format(name="revision"), re.MULTILINE)
_DOWN = re.compile(_FIELD.format(name="down_revision"), re.MULTILINE)
_MESSAGE = re.compile(r'^"""(.+?)(?:\.?"""|\n)')


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision: its id, the one before it, what its author says of it."""

    revision: str
    down: str | None
    message: str


def read_revisions(manifest: Manifest) -> tuple[Revision, ...]:
    """Return the revisions of a manifest, oldest first; several heads come in the order of their
    files.
    """
    if manifest.migrations is None:
        return ()
    found = [_read(path) for path in sorted(versions_folder(manifest).glob("[!_]*.py"))]
    ordered: list[Revision] = []
    placed: set[str | None] = {None}
    while found:
        following = [revision for revision in found if revision.down in placed]
        if not following:
            break
        ordered += following
        placed |= {revision.revision for revision in following}
        found = [revision for revision in found if revision not in following]
    return tuple(ordered)


def heads(manifest: Manifest) -> tuple[str, ...]:
    """Return the revisions that no other follows; a sound history has one."""
    revisions = read_revisions(manifest)
    followed = {revision.down for revision in revisions}
    return tuple(r.revision for r in revisions if r.revision not in followed)


def current_revision(connection: Connection, manifest: Manifest) -> str | None:
    """Return the revision at which the database is, None before the first."""
    name = version_table(manifest)
    if not inspect(connection).has_table(name):
        return None
    found: str | None = connection.execute(select(table(name, column("version_num")))).scalar()
    return found


def version_table(manifest: Manifest) -> str:
    """Return the name of the table in which Alembic keeps the manifest's revision."""
    return f"{VERSION_PREFIX}{manifest.name}"


def versions_folder(manifest: Manifest) -> Path:
    """Return the folder of the manifest's revisions."""
    return Path(str(files(str(manifest.migrations))))


def _read(path: Path) -> Revision:
    source = path.read_text(encoding="utf-8")
    message = _MESSAGE.search(source)
    revision, down = _REVISION.search(source), _DOWN.search(source)
    if revision is None or revision.group(1) is None:
        raise ValueError(f"{path} declares no revision")
    return Revision(
        revision=revision.group(1),
        down=down.group(1) if down else None,
        message=message.group(1) if message else path.stem,
    )
