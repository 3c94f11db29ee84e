"""The commands of the queues and documents, run as an operator runs them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result

from dcc_core.cli.main import root
from dcc_core.cli.runtime import open_runtime
from dcc_core.exchange import OutboxKind, enqueue, receive_message
from dcc_core.exchange.states import InboxState, OutboxState
from dcc_core.exchange.tables import InboxMessage
from dcc_core.hooks.contracts.labs import RawMessage
from dcc_core.patients import create_patient
from dcc_core.records import file_document
from dcc_core.testing.documents import demo_document
from dcc_core.testing.patients import demo_traits

BYTES = b"MSH|^~\\&|\xe9\r"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DCC_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("DCC_ENV", "test")
    with open_runtime(migrate_first=True):
        return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner(catch_exceptions=False).invoke(root, arguments)


def answer(*arguments: str) -> dict[str, object]:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


def patient() -> UUID:
    with open_runtime() as runtime, runtime.session() as session:
        return create_patient(session, demo_traits()).id


def receive(state: InboxState = InboxState.RECEIVED) -> None:
    with open_runtime() as runtime, runtime.session() as session:
        receive_message(session, RawMessage("lab.mllp", "015", BYTES))
        message = session.get_one(InboxMessage, 1)
        message.state = state


def test_a_received_message_is_listed_and_shown(home: Path) -> None:
    receive()
    listed = answer("inbox", "list", "--state", "received", "--source", "lab.mllp")["messages"]
    assert listed == [answer("inbox", "show", "1")]
    assert listed[0]["message_id"] == "015"  # type: ignore[index]
    assert "content" not in listed[0]  # type: ignore[index]
    assert "lab.mllp" in run("inbox", "list").stdout
    assert run("inbox", "show", "1", "--raw").stdout_bytes == BYTES


def test_a_message_is_replayed_and_attached(home: Path) -> None:
    receive(InboxState.QUARANTINED)
    whom = str(patient())
    attached = answer("inbox", "attach", "1", "--patient", whom, "--reason", "vérifié")
    assert attached == {"attached": 1, "patient": whom}
    assert answer("inbox", "replay", "1") == {"replayed": [1]}
    source = answer("inbox", "show", "1")["source"]
    assert answer("inbox", "replay", "1-9", "--source", source) == {"replayed": [], "count": 1}


def test_a_message_settled_otherwise_is_closed(home: Path) -> None:
    receive(InboxState.QUARANTINED)
    assert answer("inbox", "close", "1", "--reason", "doublon papier") == {"closed": 1}
    assert answer("inbox", "show", "1")["reason"] == "closed_by_person"


def test_a_delivery_is_listed_shown_and_sent_again(home: Path) -> None:
    with open_runtime() as runtime, runtime.session() as session:
        row = enqueue(
            session, kind=OutboxKind.DOCUMENT, destination="dmp.feed", key="1", payload={}
        )
        row.state = OutboxState.DEAD
    shown = answer("outbox", "show", "1")
    assert answer("outbox", "list", "--destination", "dmp.feed", "--state", "dead") == {
        "deliveries": [shown]
    }
    assert answer("outbox", "retry", "1") == {"retried": [1]}
    assert answer("outbox", "show", "1")["state"] == "pending"


def test_documents_are_listed_and_a_missing_renderer_is_named(home: Path) -> None:
    whom = patient()
    with open_runtime() as runtime, runtime.session() as session:
        filed = file_document(session, demo_document(document_class="DÉMO"), patient_id=whom)
    listed = answer("documents", "list", "--patient", str(whom))["documents"]
    assert [document["id"] for document in listed] == [str(filed.id)]  # type: ignore[attr-defined]
    failed = CliRunner().invoke(root, ["documents", "export", str(filed.id), "--to", "text/x-none"])
    assert "EXC-022" in str(failed.exception)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("inbox", "show", "404"), "EXC-001"),
        (("outbox", "show", "404"), "EXC-005"),
        (("outbox", "retry", "404"), "EXC-005"),
        (("documents", "export", str(uuid4()), "--to", "pdf"), "REC-001"),
    ],
)
def test_what_does_not_exist_is_one_line_on_standard_error(
    home: Path, command: tuple[str, ...], code: str
) -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "dcc", *command], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert code in done.stderr


@pytest.fixture
def worker(home: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [Path(sys.executable).parent / "dcc", "worker"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ,
    ) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_says_so_and_stops_when_told(
    worker: subprocess.Popen[str], number: signal.Signals
) -> None:
    assert worker.stdout is not None
    assert worker.stdout.readline().startswith("dcc worker: working")
    worker.send_signal(number)
    assert worker.wait(timeout=30) == 0
