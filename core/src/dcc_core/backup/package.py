"""The file of a backup: a tar that ends with its manifest, read whole before it is believed."""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

from dcc_core.backup.manifest import Contents, Manifest, Part, read_manifest
from dcc_core.errors import InvalidInput

MANIFEST = "manifest.json"
DOCUMENTS = "documents/"
_CHUNK = 1 << 20
_MODE = 0o600


class PackageWriter:
    """Adds the parts of a backup, and keeps their digests for the manifest."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self.parts: dict[str, Part] = {}

    def add_file(self, name: str, path: Path) -> None:
        """Add a file; it must not change meanwhile."""
        with path.open("rb") as source:
            digest = _sha256(source)
            source.seek(0)
            size = path.stat().st_size
            self._archive.addfile(_member(name, size), source)
        self.parts[name] = Part(size, digest)

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add a small part."""
        self._archive.addfile(_member(name, len(content)), io.BytesIO(content))
        self.parts[name] = Part(len(content), hashlib.sha256(content).hexdigest())

    def add_contents(self, contents: Iterable[tuple[str, bytes]]) -> Contents:
        """Add the documents, each under its digest, and return what was added."""
        names, count, size, damaged = hashlib.sha256(), 0, 0, 0
        for digest, content in contents:
            self._archive.addfile(_member(DOCUMENTS + digest, len(content)), io.BytesIO(content))
            names.update(digest.encode())
            damaged += hashlib.sha256(content).hexdigest() != digest
            count, size = count + 1, size + len(content)
        return Contents(count, size, names.hexdigest(), damaged)

    def close(self, manifest: Manifest) -> None:
        """Add the manifest, which makes the backup complete."""
        text = json.dumps(manifest.as_dict(), ensure_ascii=False, indent=1).encode()
        self._archive.addfile(_member(MANIFEST, len(text)), io.BytesIO(text))


@contextmanager
def writing_package(path: Path) -> Iterator[PackageWriter]:
    """Write a backup beside ``path``; the name appears when the file is whole and on disk.

    Raises:
        InvalidInput: ``DCC-B001`` the file is there already.
    """
    if path.exists():
        raise InvalidInput(
            "DCC-B001", f"{path} is there already. A backup replaces nothing: give another name."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
        with os.fdopen(descriptor, "wb") as raw:
            with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
                yield PackageWriter(archive)
            raw.flush()
            os.fsync(raw.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def read_package(path: Path) -> Manifest:
    """Read a backup from end to end and return its manifest; nothing of it is used before.

    Raises:
        InvalidInput: ``DCC-B002`` it is cut, altered, or no backup at all.
    """
    try:
        manifest = _read_checked(path)
    except (tarfile.TarError, EOFError, ValueError, KeyError, TypeError) as error:
        raise _unusable(path, "it is cut, or is no backup") from error
    if manifest is None:
        raise _unusable(path, "it has no manifest: the backup was interrupted")
    return manifest


def extract_parts(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield the name and the bytes of each part but the manifest, in the order of the file."""
    with tarfile.open(path, "r:") as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is not None and member.name != MANIFEST:
                yield member.name, content


def _read_checked(path: Path) -> Manifest | None:
    parts: dict[str, Part] = {}
    names, found, text = hashlib.sha256(), Contents(), b""
    with tarfile.open(path, "r:") as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is None or text:
                raise ValueError("a member that no backup has")
            if member.name == MANIFEST:
                text = content.read()
            elif member.name.startswith(DOCUMENTS):
                digest = member.name.removeprefix(DOCUMENTS)
                names.update(digest.encode())
                found = replace(
                    found,
                    count=found.count + 1,
                    size=found.size + member.size,
                    damaged=found.damaged + (_sha256(content) != digest),
                )
            else:
                parts[member.name] = Part(member.size, _sha256(content))
    if not text:
        return None
    manifest = read_manifest(json.loads(text))
    found = replace(found, sha256=names.hexdigest())
    if (parts, found) != (manifest.parts, manifest.contents):
        raise _unusable(path, "its parts are not those that its manifest lists")
    return manifest


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, _MODE
    return member


def _sha256(source: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _unusable(path: Path, why: str) -> InvalidInput:
    return InvalidInput(
        "DCC-B002", f"{path} cannot be restored: {why}. Nothing was changed; take another backup."
    )
