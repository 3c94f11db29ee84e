"""The same protocol over a real SFTP session, and what the drop server refuses."""

from pathlib import Path
from typing import Any

import asyncssh
import pytest

from dcc_core.api import InboundOutcome
from dcc_lab_connectors.background import LoopThread
from dcc_lab_connectors.samples import oru
from dcc_lab_connectors.sftp.folders import FolderUnavailableError, LocalFolder
from dcc_lab_connectors.sftp.remote import RemoteAccess, RemoteFolder
from dcc_lab_connectors.sftp.rules import Completion, DropRules
from dcc_lab_connectors.sftp.source import DropSource

AT_ONCE = DropRules(completion=Completion.RENAME)


def test_laboratory_pushes_and_fetches_its_answer(laboratory: Any, clock: Any) -> None:
    ours = DropSource(
        "lab.in", LocalFolder(laboratory.root), worker="w", clock=clock, rules=AT_ONCE
    )
    with laboratory.connect() as theirs:
        theirs.publish("in/r1.hl7", oru("C1"))
        [raw] = ours.poll()
        ours.ack(raw.message_id, InboundOutcome.STORED)
        assert b"MSA|AA|C1" in theirs.read("ack/r1.ack")
        theirs.remove("ack/r1.ack")
        assert theirs.list("ack") == []


def test_we_poll_a_server_that_a_laboratory_keeps(tmp_path: Path, clock: Any) -> None:
    root = tmp_path / "their-disk"
    LocalFolder(root).prepare()
    with serve_plainly(root, tmp_path) as access, RemoteFolder(access) as remote:
        source = DropSource("lab.in", remote, worker="w", clock=clock, rules=AT_ONCE)
        (root / "in" / "r1.hl7").write_bytes(oru("C1"))
        [raw] = source.poll()
        assert raw.content == oru("C1")
        source.ack(raw.message_id, InboundOutcome.STORED)
        assert (root / "archive" / "r1.hl7").read_bytes() == oru("C1")
        assert (root / "ack" / "r1.ack").exists()
        (root / "in" / "r1.hl7").write_bytes(oru("C2"))
        [raw] = source.poll()
        source.ack(raw.message_id, InboundOutcome.STORED)
        assert len(list((root / "archive").glob("*r1.hl7"))) == 2


class serve_plainly:  # noqa: N801 - reads as a verb in a with statement
    """An SFTP server without our rules, as a laboratory would run."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = root
        self._loop = LoopThread("their-server")
        self._user_key = folder / "their-user"
        self._host = asyncssh.generate_private_key("ssh-ed25519")
        user = asyncssh.generate_private_key("ssh-ed25519")
        user.write_private_key(str(self._user_key))
        self._authorized = asyncssh.import_authorized_keys(user.export_public_key().decode())

    def __enter__(self) -> Any:
        self._acceptor = self._loop.run(self._listen())
        pinned = self._host.export_public_key().decode().strip()
        port = self._acceptor.get_port()
        return RemoteAccess("127.0.0.1", port, "dcc", self._user_key, pinned, "/")

    async def _listen(self) -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[self._host],
            authorized_client_keys=self._authorized,
            sftp_factory=lambda channel: asyncssh.SFTPServer(
                channel, chroot=str(self._root).encode()
            ),
        )

    def __exit__(self, *_: object) -> None:
        async def close() -> None:
            self._acceptor.close()
            await self._acceptor.wait_closed()

        self._loop.run(close())
        self._loop.close()


@pytest.mark.parametrize("path", ["ack/x", "archive/x", "error/x", "x", "in/../ack/x", "/etc/x"])
def test_laboratory_writes_in_its_own_folder_only(laboratory: Any, path: str) -> None:
    with laboratory.connect() as theirs, pytest.raises(OSError):
        theirs.publish(path, b"x")


def test_nothing_outside_the_folder_can_be_seen(laboratory: Any) -> None:
    (laboratory.root.parent / "secret").write_text("x")
    with laboratory.connect() as theirs:
        for path in ("../secret", "/../../etc/passwd", "in/../../secret"):
            with pytest.raises(FileNotFoundError):
                theirs.read(path)


def test_links_and_folders_are_refused(laboratory: Any) -> None:
    (laboratory.root / "in" / "way-out").symlink_to(laboratory.root.parent)
    with laboratory.connect() as theirs:
        with pytest.raises(OSError):
            theirs.make_folder("in/sub")
        with pytest.raises(OSError):
            theirs.read("in/way-out/host")


def test_too_large_a_file_is_refused(laboratory: Any) -> None:
    with laboratory.connect() as theirs, pytest.raises(FolderUnavailableError):
        theirs.publish("in/big.hl7", b"x" * 2_000_001)


def test_wrong_host_key_and_wrong_user_key_do_not_connect(laboratory: Any, tmp_path: Path) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519")
    other.write_private_key(str(tmp_path / "other"))
    wrong_host = other.export_public_key().decode().strip()
    changes: list[dict[str, object]] = [
        {"host_key": wrong_host},
        {"private_key": tmp_path / "other"},
        {"user": "inconnu"},
        {"port": 1},
    ]
    for change in changes:
        with laboratory.connect(**change) as theirs, pytest.raises(FolderUnavailableError):
            theirs.list("in")


def test_session_is_opened_again_after_it_was_lost(laboratory: Any) -> None:
    with laboratory.connect() as theirs:
        assert theirs.list("ack") == []
        assert theirs._loop is not None
        theirs._loop.run(drop_connection(theirs._connection))
        with pytest.raises(FolderUnavailableError):
            theirs.list("ack")
        assert theirs.list("ack") == []


async def drop_connection(connection: asyncssh.SSHClientConnection) -> None:
    connection.abort()
    await connection.wait_closed()
