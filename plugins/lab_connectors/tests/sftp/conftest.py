"""A drop server on a free loopback port, a laboratory's keys, and both views of one folder."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncssh
import pytest

from dcc_lab_connectors.sftp.folders import LocalFolder
from dcc_lab_connectors.sftp.remote import RemoteAccess, RemoteFolder
from dcc_lab_connectors.sftp.server import DropAccount, DropServer


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@dataclass(frozen=True)
class Laboratory:
    """A running drop server and what a laboratory knows of it."""

    root: Path
    access: RemoteAccess

    def connect(self, **changes: object) -> RemoteFolder:
        return RemoteFolder(replace(self.access, **changes))  # type: ignore[arg-type]


def write_key(path: Path) -> str:
    """Make an Ed25519 key and return its public line."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(path))
    return key.export_public_key().decode().strip()


@pytest.fixture
def laboratory(tmp_path: Path) -> Iterator[Laboratory]:
    host_key, user_key = tmp_path / "host", tmp_path / "user"
    pinned = write_key(host_key)
    account = DropAccount("labo", write_key(user_key), tmp_path / "labo", maximum_bytes=2_000_000)
    server = DropServer({"labo": account}, host_key)
    port = server.start("127.0.0.1", 0)
    yield Laboratory(account.root, RemoteAccess("127.0.0.1", port, "labo", user_key, pinned, "/"))
    server.stop()


@pytest.fixture
def local(tmp_path: Path) -> LocalFolder:
    folder = LocalFolder(tmp_path / "drop")
    folder.prepare()
    return folder


Drop = Callable[[str, bytes], None]


@pytest.fixture
def drop(local: LocalFolder) -> Drop:
    def put(name: str, content: bytes) -> None:
        (local.root / "in" / name).write_bytes(content)

    return put
