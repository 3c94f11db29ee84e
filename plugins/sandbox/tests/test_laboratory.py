"""The sandbox laboratory: bounded, varied, and understood by whoever speaks MLLP."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

import pytest

from dcc_core.api import IdentityStatus, PatientIdentifier, PatientTraits, Sex
from dcc_sandbox.acquaintance import read_port
from dcc_sandbox.laboratory import END, Rounds, SandboxLaboratory, write_messages

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ZOE = PatientTraits(
    "DÉMO-MARTIN",
    "ZOÉ",
    date(1957, 3, 12),
    sex=Sex.FEMALE,
    birth_place_insee="31555",
    identifiers=(PatientIdentifier("1.2.250.1.213.1.4.10", "257033155500137", "INS"),),
    status=IdentityStatus.QUALIFIED,
)


@contextmanager
def listening() -> Iterator[tuple[int, list[bytes]]]:
    """Another system: it acknowledges whatever it hears."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            while True:
                try:
                    wire, _ = server.accept()
                except OSError:
                    return
                with wire:
                    data = b""
                    while not data.endswith(END) and (more := wire.recv(4096)):
                        data += more
                    if data:
                        heard.append(data)
                        wire.sendall(b"\x0bMSH|^~\\&|DCC\rMSA|AA|1\r" + END)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield server.getsockname()[1], heard
        server.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)


def test_messages_vary_and_some_are_about_a_stranger() -> None:
    messages = list(islice(write_messages([ZOE], lambda: AT), 8))
    assert len(set(messages)) == 8
    assert [b"257033155500137" in message for message in messages].count(False) == 2
    assert sum(b"OBX|1|TX" in message for message in messages) == 4
    assert sum(b"OBX|1|NM" in message for message in messages) == 4
    assert all(message.startswith(b"MSH|^~\\&|") for message in messages)


def test_nobody_known_nothing_said() -> None:
    assert list(write_messages([], lambda: AT)) == []


def test_it_sends_as_many_as_it_may_and_falls_silent() -> None:
    with listening() as (port, heard):
        rounds = Rounds(first_s=0.01, pause_s=0.01, messages=3)
        laboratory = SandboxLaboratory(lambda: port, lambda: [ZOE], lambda: AT, rounds)
        laboratory.start()
        laboratory._thread.join(timeout=10)
        assert len(heard) == 3
        assert laboratory.answers == ["AA"] * 3
        laboratory.stop()


@pytest.mark.parametrize("port", [None, 1])
def test_it_waits_for_a_listener_without_harm(port: int | None) -> None:
    rounds = Rounds(first_s=0.01, pause_s=0.01, messages=2)
    laboratory = SandboxLaboratory(lambda: port, lambda: [ZOE], lambda: AT, rounds)
    laboratory.start()
    laboratory._thread.join(timeout=10)
    assert laboratory.answers == []


def test_it_stops_between_two_messages() -> None:
    laboratory = SandboxLaboratory(lambda: None, lambda: [ZOE], lambda: AT, Rounds(first_s=60))
    laboratory.start()
    laboratory.stop()
    assert not laboratory._thread.is_alive()


def test_a_region_that_forgets_its_patients_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def nobody() -> list[PatientTraits]:
        raise RuntimeError("DÉMO")

    laboratory = SandboxLaboratory(lambda: None, nobody, lambda: AT, Rounds(first_s=0.01))
    laboratory.start()
    laboratory._thread.join(timeout=10)
    assert "knows nobody" in caplog.text


def test_port_is_read_from_the_folder(tmp_path: Path) -> None:
    file = tmp_path / "mllp.port"
    assert read_port(file) is None
    file.write_text("2575")
    assert read_port(file) == 2575
