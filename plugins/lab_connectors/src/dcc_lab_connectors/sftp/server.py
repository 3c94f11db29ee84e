"""The drop server: laboratories push files into a folder of their own and fetch their answers.

Keys only, no shell, no forwarding. A laboratory sees its folder and nothing else; it writes in
`in/`, reads everywhere, deletes only in `in/` and `ack/`.
"""

import logging
import os
import posixpath
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from dcc_lab_connectors.background import LoopThread
from dcc_lab_connectors.sftp.folders import ACK, IN, LocalFolder
from dcc_lab_connectors.sftp.rules import MEGABYTE

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DropAccount:
    """A laboratory: its public keys in OpenSSH format, one a line, and its folder."""

    user: str
    public_keys: str
    root: Path
    maximum_bytes: int = 50 * MEGABYTE


class _DropSession(asyncssh.SFTPServer):
    """File operations of one laboratory, inside its folder."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], account: DropAccount) -> None:
        super().__init__(channel, chroot=str(account.root).encode())
        self._root = account.root.resolve()
        self._maximum_bytes = account.maximum_bytes

    def map_path(self, path: bytes) -> bytes:
        """Place in our disk; a link that leads out of the folder is refused."""
        mapped = super().map_path(path)
        if not Path(os.fsdecode(mapped)).resolve().is_relative_to(self._root):
            raise asyncssh.SFTPPermissionDenied("hors du dossier")
        return mapped

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if pflags & (asyncssh.FXF_WRITE | asyncssh.FXF_APPEND | asyncssh.FXF_CREAT):
            _require(path, IN)
        return super().open(path, pflags, attrs)

    def write(self, file_obj: object, offset: int, data: bytes) -> int | Awaitable[int]:
        if offset + len(data) > self._maximum_bytes:
            raise asyncssh.SFTPQuotaExceeded("fichier trop volumineux")
        return super().write(file_obj, offset, data)

    def remove(self, path: bytes) -> None:
        _require(path, IN, ACK)
        super().remove(path)

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        _require(oldpath, IN)
        _require(newpath, IN)
        super().rename(oldpath, newpath)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        _require(oldpath, IN)
        _require(newpath, IN)
        super().posix_rename(oldpath, newpath)

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        _require(path, IN)
        super().setstat(path, attrs)

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        raise asyncssh.SFTPPermissionDenied("dossiers imposés")

    def rmdir(self, path: bytes) -> None:
        raise asyncssh.SFTPPermissionDenied("dossiers imposés")

    def symlink(self, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPPermissionDenied("liens refusés")

    def link(self, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPPermissionDenied("liens refusés")


def _require(path: bytes, *folders: str) -> None:
    """Refuse a path outside the given folders, once `..` is resolved."""
    resolved = posixpath.normpath(b"/" + path).decode("utf-8", "replace").lstrip("/")
    if not any(resolved.startswith(f"{folder}/") for folder in folders):
        raise asyncssh.SFTPPermissionDenied("écriture refusée dans ce dossier")


class _DropGate(asyncssh.SSHServer):
    """Authentication of one connection."""

    def __init__(self, accounts: Mapping[str, DropAccount]) -> None:
        self._accounts = accounts
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn

    def begin_auth(self, username: str) -> bool:
        account = self._accounts.get(username)
        if account is not None and self._connection is not None:
            keys = asyncssh.import_authorized_keys(account.public_keys)
            self._connection.set_authorized_keys(keys)
        return True

    def password_auth_supported(self) -> bool:
        return False

    def public_key_auth_supported(self) -> bool:
        return True


class DropServer:
    """Serves the drop folders of every declared laboratory."""

    def __init__(self, accounts: Mapping[str, DropAccount], host_key: Path) -> None:
        self._accounts = accounts
        self._host_key = host_key
        self._loop: LoopThread | None = None
        self._acceptor: asyncssh.SSHAcceptor | None = None

    def start(self, host: str, port: int) -> int:
        """Create the folders, open the port and return its number; OSError when it is taken."""
        for account in self._accounts.values():
            LocalFolder(account.root).prepare()
        self._loop = LoopThread("sftp-server")
        try:
            self._acceptor = self._loop.run(self._listen(host, port))
        except OSError:
            self._loop.close()
            raise
        return self._acceptor.get_port()

    def stop(self) -> None:
        """Close the port and every session."""
        if self._loop is not None and self._acceptor is not None:
            self._loop.run(self._close(self._acceptor))
            self._loop.close()

    async def _listen(self, host: str, port: int) -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            host,
            port,
            server_factory=lambda: _DropGate(self._accounts),
            server_host_keys=[str(self._host_key)],
            sftp_factory=self._open_session,
            allow_scp=False,
            agent_forwarding=False,
            login_timeout=30,
            keepalive_interval=60,
        )

    def _open_session(self, channel: asyncssh.SSHServerChannel[bytes]) -> _DropSession:
        user = channel.get_connection().get_extra_info("username")
        return _DropSession(channel, self._accounts[user])

    @staticmethod
    async def _close(acceptor: asyncssh.SSHAcceptor) -> None:
        acceptor.close()
        await acceptor.wait_closed()


def ensure_host_key(path: Path) -> None:
    """Make an Ed25519 host key, readable by us alone, unless there is one."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    key = asyncssh.generate_private_key("ssh-ed25519")
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key.export_private_key())
