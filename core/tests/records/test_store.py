"""The store keeps bytes under their digest, whole, in a folder or in an object store."""

import socket
import stat
from hashlib import sha256
from pathlib import Path

import pytest
from sqlmodel import Session

from dcc_core.config import Settings
from dcc_core.db import Database
from dcc_core.errors import ConfigError, RetryableExchangeError
from dcc_core.records import ContentStore, FolderStore, bind_store, open_store
from dcc_core.records.object_store import ObjectStore
from dcc_core.records.store import fetch_content, keep_content

CONTENT = b"compte rendu"
DIGEST = sha256(CONTENT).hexdigest()


@pytest.fixture(params=["folder", "objects"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ContentStore:
    if request.param == "folder":
        return FolderStore(tmp_path)
    return ObjectStore("memory://")


def test_bytes_come_back_and_twice_is_once(store: ContentStore) -> None:
    store.put(DIGEST, CONTENT)
    store.put(DIGEST, CONTENT)
    assert store.get(DIGEST) == CONTENT
    assert store.get("0" * 64) is None


def test_a_folder_holds_whole_read_only_files_and_no_rest(tmp_path: Path) -> None:
    FolderStore(tmp_path).put(DIGEST, CONTENT)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.relative_to(tmp_path).as_posix() for path in files] == [
        f"{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST}"
    ]
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o440


def test_a_session_keeps_and_fetches_verified(database: Database, store: ContentStore) -> None:
    bind_store(database, store)
    with database.session() as session:
        digest = keep_content(session, CONTENT)
    with database.reading() as session:
        assert fetch_content(session, digest) == CONTENT


def test_without_a_store_nothing_is_kept(session: Session) -> None:
    bare = Session(session.get_bind())
    with pytest.raises(ConfigError, match="REC-031"):
        keep_content(bare, CONTENT)


def test_the_setting_chooses_the_store(tmp_path: Path) -> None:
    assert isinstance(open_store(Settings(home=tmp_path)), FolderStore)
    assert isinstance(open_store(Settings(documents_url="memory://")), ObjectStore)


@pytest.mark.parametrize("url", ["s4://bucket", "not an address"])
def test_an_address_of_no_store_refuses_the_start(url: str) -> None:
    with pytest.raises(ConfigError, match="REC-032"):
        open_store(Settings(documents_url=url))


def test_a_store_away_is_told_and_can_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT", f"http://127.0.0.1:{_closed_port()}")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "fictif")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "fictif")
    away = ObjectStore("s3://documents/region")
    for ask in (lambda: away.put(DIGEST, CONTENT), lambda: away.get(DIGEST)):
        with pytest.raises(RetryableExchangeError, match="REC-012"):
            ask()


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
