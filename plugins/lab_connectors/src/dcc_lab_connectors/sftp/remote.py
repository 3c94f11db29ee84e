"""A drop folder on a partner's SFTP server.

The server's host key is pinned: another key, or none given, and there is no connection.
"""

import posixpath
import stat
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar, cast

import asyncssh

from dcc_lab_connectors.background import LoopThread
from dcc_lab_connectors.sftp.folders import FOLDERS, FileFacts, FolderUnavailableError

Result = TypeVar("Result")

_MISSING = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)


@dataclass(frozen=True, slots=True)
class RemoteAccess:
    """Where to connect and as whom. `host_key` is one line of OpenSSH format (`ssh-ed25519 …`)."""

    host: str
    port: int
    user: str
    private_key: Path
    host_key: str
    root: str = "."
    timeout_s: float = 60.0


class RemoteFolder:
    """Synchronous access to a partner's folder over one SFTP session."""

    def __init__(self, access: RemoteAccess) -> None:
        self._access = access
        self._loop: LoopThread | None = None
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Disconnect and end the thread."""
        if self._loop is not None:
            self._loop.run(self._disconnect())
            self._loop.close()
            self._loop = None

    def prepare(self) -> None:
        """Create the folders that are missing."""
        for folder in FOLDERS:
            self.make_folder(folder)

    def list(self, folder: str) -> list[FileFacts]:
        """Entries of a folder; links are not regular."""

        async def work(client: asyncssh.SFTPClient) -> list[FileFacts]:
            try:
                entries = await client.readdir(self._path(folder))
            except _MISSING:
                return []
            return [_facts(entry) for entry in entries if str(entry.filename) not in {".", ".."}]

        return self._run(work)

    def read(self, path: str) -> bytes:
        """Whole content of a file."""

        async def work(client: asyncssh.SFTPClient) -> bytes:
            async with client.open(self._path(path), "rb") as file:
                return cast("bytes", await file.read())

        return self._run(work)

    def move(self, source: str, target: str) -> bool:
        """Rename; SFTP version 3 refuses to overwrite, so one mover wins."""

        async def work(client: asyncssh.SFTPClient) -> bool:
            try:
                await client.rename(self._path(source), self._path(target))
            except (*_MISSING, asyncssh.SFTPFailure, asyncssh.SFTPFileAlreadyExists):
                return False
            return True

        return self._run(work)

    def publish(self, path: str, content: bytes) -> None:
        """Write aside, then rename over (`posix-rename@openssh.com`)."""
        folder, name = posixpath.split(path)
        aside = posixpath.join(folder, f".{name}.tmp")

        async def work(client: asyncssh.SFTPClient) -> None:
            async with client.open(self._path(aside), "wb") as file:
                await file.write(content)
            await client.posix_rename(self._path(aside), self._path(path))

        self._run(work)

    def remove(self, path: str) -> None:
        """Delete a file if it is there."""

        async def work(client: asyncssh.SFTPClient) -> None:
            try:
                await client.remove(self._path(path))
            except _MISSING:
                return

        self._run(work)

    def make_folder(self, path: str) -> None:
        """Create a folder if it is missing."""

        async def work(client: asyncssh.SFTPClient) -> None:
            await client.makedirs(self._path(path), exist_ok=True)

        self._run(work)

    def _path(self, relative: str) -> str:
        return posixpath.join(self._access.root, relative)

    def _run(self, work: Callable[[asyncssh.SFTPClient], Awaitable[Result]]) -> Result:
        """Run on a live session; any failure of the connection is FolderUnavailableError."""

        async def connected() -> Result:
            return await work(await self._session())

        self._loop = self._loop or LoopThread("sftp-client")
        try:
            return self._loop.run(connected(), self._access.timeout_s)
        except _MISSING as error:
            raise FileNotFoundError from error
        except (asyncssh.Error, OSError, EOFError) as error:
            self._loop.run(self._disconnect())
            raise FolderUnavailableError(f"SFTP: {type(error).__name__}") from error

    async def _session(self) -> asyncssh.SFTPClient:
        if self._client is None:
            self._connection = await asyncssh.connect(
                self._access.host,
                self._access.port,
                username=self._access.user,
                client_keys=[str(self._access.private_key)],
                known_hosts=([asyncssh.import_public_key(self._access.host_key)], [], []),
                config=None,
                agent_path=None,
                login_timeout=self._access.timeout_s,
                keepalive_interval=30,
            )
            self._client = await self._connection.start_sftp_client()
        return self._client

    async def _disconnect(self) -> None:
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            connection.close()
            await connection.wait_closed()


def _facts(entry: asyncssh.SFTPName) -> FileFacts:
    attributes = entry.attrs
    mode = attributes.permissions or 0
    return FileFacts(
        name=str(entry.filename),
        size=attributes.size or 0,
        modified=float(attributes.mtime or 0),
        is_regular=stat.S_ISREG(mode) if stat.S_IFMT(mode) else True,
    )
