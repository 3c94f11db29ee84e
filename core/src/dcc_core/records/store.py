"""The content store: bytes under the digest of what they are, so that nothing can change unseen.

A folder by default. Content is written before the row that refers to it commits; a transaction that
rolls back leaves bytes that nothing refers to, which is harmless.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from hashlib import sha256
from pathlib import Path
from typing import Protocol, runtime_checkable
from uuid import uuid4

from sqlmodel import Session

from dcc_core.config import Settings
from dcc_core.db import Database
from dcc_core.errors import ConfigError, DccError

_KEY = "dcc_store"
_READ_ONLY = 0o440


class DamagedContent(DccError):
    """Stored bytes are missing, or are not those that were stored. Nothing is shown of them."""


@runtime_checkable
class ContentStore(Protocol):
    """Where document contents live. Implementations do not verify: ``fetch_content`` does."""

    def put(self, digest: str, content: bytes) -> None:
        """Keep ``content`` durably under its digest; doing it again changes nothing."""

    def get(self, digest: str) -> bytes | None:
        """Return what is kept under a digest, None when nothing is."""

    def digests(self) -> Iterator[str]:
        """Yield the digest of everything kept."""


class FolderStore:
    """Contents as read-only files: ``ab/cd/abcd…`` under a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._syncs_later = False

    def put(self, digest: str, content: bytes) -> None:
        """Write beside, force to disk, then rename: a file under its digest is always whole."""
        path = self._path(digest)
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{uuid4().hex}")
        with os.fdopen(
            os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _READ_ONLY), "wb"
        ) as file:
            file.write(content)
            if not self._syncs_later:
                file.flush()
                os.fsync(file.fileno())
        beside.replace(path)
        if self._syncs_later:
            return
        for folder in (path.parent, path.parent.parent, self._root):
            _sync_folder(folder)

    @contextmanager
    def synced_together(self) -> Iterator[None]:
        """Force to disk once, at the end of the block, what it keeps."""
        self._syncs_later = True
        try:
            yield
        finally:
            self._syncs_later = False
            os.sync()

    def get(self, digest: str) -> bytes | None:
        """Read the file of a digest."""
        try:
            return self._path(digest).read_bytes()
        except FileNotFoundError:
            return None

    def digests(self) -> Iterator[str]:
        """Walk the folder; files still being written have no digest yet."""
        for path in self._root.glob("[0-9a-f]*/[0-9a-f]*/[0-9a-f]*"):
            yield path.name

    def _path(self, digest: str) -> Path:
        return self._root / digest[:2] / digest[2:4] / digest


def open_store(settings: Settings) -> ContentStore:
    """Return the content store of a deployment: ``DCC_DOCUMENTS_URL``, else a folder of
    ``DCC_HOME``.

    Raises:
        ConfigError: ``REC-030`` the address names no kind of store that is installed.
    """
    url = settings.documents_url
    if not url:
        return FolderStore(settings.home / "documents")
    try:
        from dcc_core.records.object_store import ObjectStore
    except ImportError as error:
        raise ConfigError(
            "REC-030",
            "DCC_DOCUMENTS_URL names an object store, which needs the extra `s3`. Install "
            "dcc-core[s3], or leave the setting empty to keep documents in DCC_HOME.",
        ) from error
    return ObjectStore(url)


def bind_store(database: Database, store: ContentStore) -> None:
    """Make every session of this database read and write its contents in ``store``."""
    database.sessions.configure(info={_KEY: store})


def keep_content(session: Session, content: bytes) -> str:
    """Put bytes in the session's store and return their SHA-256, hexadecimal."""
    digest = sha256(content).hexdigest()
    _store_of(session).put(digest, content)
    return digest


@contextmanager
def sync_together(session: Session) -> Iterator[None]:
    """Force to disk once, before the transaction commits, what the block keeps.

    For a process that fills an empty region alone: a document takes three forced writes otherwise.
    """
    store = _store_of(session)
    with store.synced_together() if isinstance(store, FolderStore) else nullcontext():
        yield


def fetch_content(session: Session, digest: str) -> bytes:
    """Return the bytes of a digest, verified.

    Raises:
        DamagedContent: ``REC-010`` they are missing, ``REC-011`` they are not what was stored.
    """
    content = _store_of(session).get(digest)
    if content is None:
        raise DamagedContent(
            "REC-010",
            "Le contenu de ce document est introuvable. Prévenez l'exploitant : une restauration "
            "des documents est nécessaire.",
            digest=digest,
        )
    if sha256(content).hexdigest() != digest:
        raise DamagedContent(
            "REC-011",
            "Le contenu de ce document a été altéré et n'est pas affiché. Prévenez l'exploitant : "
            "une restauration des documents est nécessaire.",
            digest=digest,
        )
    return content


def _store_of(session: Session) -> ContentStore:
    store = session.info.get(_KEY)
    if not isinstance(store, ContentStore):
        raise ConfigError(
            "REC-031",
            "no content store is bound to this database. Call bind_store when the process starts.",
        )
    return store


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
