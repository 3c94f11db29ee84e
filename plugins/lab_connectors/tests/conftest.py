"""Where the official examples are, and a listener on a free loopback port."""

import importlib.util
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dcc_lab_connectors.mllp.client import MllpClient
from dcc_lab_connectors.mllp.limits import Limits
from dcc_lab_connectors.mllp.peers import ANYONE, Peer
from dcc_lab_connectors.mllp.server import MllpServer
from dcc_lab_connectors.mllp.service import ListenerThread

_REPOSITORY = Path(__file__).resolve().parents[3]


def _examples_folder() -> Path | None:
    places = [Path(os.environ["DCC_SHARED"])] if "DCC_SHARED" in os.environ else []
    places += [_REPOSITORY.parent / "shared", _REPOSITORY.parent.parent / "shared"]
    folders = (place / "hl7-examples" for place in places)
    return next((folder for folder in folders if folder.is_dir()), None)


_EXAMPLES = _examples_folder()
EXAMPLE_FILES = (
    sorted(path for path in _EXAMPLES.iterdir() if path.name[:3].isdigit()) if _EXAMPLES else []
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that asks for `example` each official file; none found is a visible skip."""
    if "example" in metafunc.fixturenames:
        metafunc.parametrize("example", EXAMPLE_FILES, ids=lambda path: path.name[:3])


@pytest.fixture(scope="session")
def examples() -> dict[str, bytes]:
    """Official examples by their number, `examples["004"]`."""
    if not EXAMPLE_FILES:
        pytest.skip("official HL7 examples not found: set DCC_SHARED to the reference folder")
    return {path.name[:3]: path.read_bytes() for path in EXAMPLE_FILES}


RECEIVER_SCRIPT = Path(__file__).parent / "sqlite_receiver.py"


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class RunningListener:
    """A started listener, its port and its receiver."""

    def __init__(self, receiver: Any, server: MllpServer) -> None:
        self.receiver = receiver
        self.server = server
        self._thread = ListenerThread(server)
        self.port = self._thread.start("127.0.0.1", 0)
        self._is_running = True

    def client(self, **options: Any) -> MllpClient:
        return MllpClient("127.0.0.1", self.port, **{"timeout_s": 20.0, **options})

    def stop(self) -> None:
        if self._is_running:
            self._is_running = False
            self._thread.stop(grace_s=5)


Start = Callable[..., RunningListener]


@pytest.fixture
def start_listener(tmp_path: Path) -> Iterator[Start]:
    started: list[RunningListener] = []
    receiver_type = _load(RECEIVER_SCRIPT).SqliteReceiver

    def start(
        *, limits: Limits | None = None, peers: Sequence[Peer] = (ANYONE,), tls: Any = None
    ) -> RunningListener:
        receiver = receiver_type(tmp_path / f"inbox{len(started)}.sqlite")
        server = MllpServer(
            receiver, clock=lambda: datetime.now(UTC), limits=limits, peers=peers, tls=tls
        )
        started.append(RunningListener(receiver, server))
        return started[-1]

    yield start
    for listener in started:
        listener.stop()
        listener.receiver.close()


@pytest.fixture
def listener(start_listener: Start) -> RunningListener:
    return start_listener()
