"""Lines of the listener's contract that need no more than a durable receiver."""

import hashlib
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dcc_lab_connectors.hl7.ack import Acknowledgement, read_ack
from dcc_lab_connectors.hl7.message import parse_message
from dcc_lab_connectors.mllp.framing import wrap
from dcc_lab_connectors.samples import oru

HEADER = b"MSH|^~\\&|SGL|LABO|DCC|GRADES|20260301||ORU^R01^ORU_R01|7|P|2.5\r"


def answer(raw: bytes) -> Acknowledgement:
    return read_ack(parse_message(raw))


def test_c02_stored_bytes_are_the_bytes_sent(listener: Any, example: Path) -> None:
    raw = example.read_bytes()
    with listener.client() as client:
        received = client.send(raw)
    [(_, stored, _)] = listener.receiver.rows()
    assert hashlib.sha256(stored).digest() == hashlib.sha256(raw).digest()
    assert received.code == ("AE" if b"|ACK^" in raw else "AA")


@pytest.mark.parametrize(
    "body",
    [
        "PID|||1||DÉMO-ŒUVRE^Zoë".encode("iso8859-15"),
        "PID|||1||DÉMO^Zoë\r\n\r\nOBX|1|TX|||\r".encode(),
        b"PID|||1||\xff\xfe\x00\x01\x1c\x0b",
        b"obx|1|ED|||^TEXT^XML^Base64^" + b"QUJD" * 200_000,
        b"",
    ],
)
def test_c02_whatever_the_charset_or_defect(listener: Any, body: bytes) -> None:
    with listener.client() as client:
        assert client.send(HEADER + body).code == "AA"
    [(_, stored, _)] = listener.receiver.rows()
    assert stored == HEADER + body


def test_c03_one_acknowledgement_per_frame_in_order(listener: Any) -> None:
    numbers = [f"P{n}" for n in range(100)]
    with socket.create_connection(("127.0.0.1", listener.port), timeout=20) as raw_socket:
        raw_socket.sendall(b"".join(wrap(oru(n, observations=1)) for n in numbers))
        stream = b""
        while stream.count(b"\x1c\r") < 100:
            stream += raw_socket.recv(65536)
        raw_socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            raw_socket.recv(1)
    answers = [answer(part[1:]) for part in stream.split(b"\x1c\r")[:-1]]
    assert [(found.code, found.control_id) for found in answers] == [("AA", n) for n in numbers]
    assert [row[0] for row in listener.receiver.rows()] == numbers


@pytest.mark.parametrize(
    ("raw", "condition"),
    [
        (b"garbage", "100"),
        (b"", "100"),
        (b"PID|1|2", "100"),
        (b"MSH|^~", "102"),
        (b"MSH|^~&", "102"),
        (HEADER.replace(b"|7|", b"||"), "101"),
        (HEADER.replace(b"|ORU^R01^ORU_R01|", b"||"), "101"),
        (HEADER.replace(b"|2.5", b"|"), "101"),
    ],
)
def test_c15_malformed_is_an_error_and_the_connection_lives(
    listener: Any, raw: bytes, condition: str
) -> None:
    with listener.client() as client:
        refused = client.send(raw)
        assert (refused.code, refused.conditions[0]) == ("AE", condition)
        assert refused.control_id in {"", "7"}
        assert client.send(HEADER).code == "AA"
    assert [row[1:] for row in listener.receiver.rows()] == [(raw, True), (HEADER, False)]


@pytest.mark.parametrize(
    ("old", "new", "condition"),
    [
        (b"ORU^R01^ORU_R01", b"SIU^S12^SIU_S12", "200"),
        (b"ORU^R01^ORU_R01", b"ADT^A60^ADT_A60", "201"),
        (b"|P|2.5", b"|P|9.9", "203"),
        (b"|P|2.5", b"|Q|2.5", "202"),
    ],
)
def test_c16_unsupported_is_an_error_never_a_retry(
    listener: Any, old: bytes, new: bytes, condition: str
) -> None:
    with listener.client() as client:
        assert client.send(HEADER.replace(old, new)) == Acknowledgement("AE", "7", (condition,))


def test_c17_database_down_asks_to_retry_and_recovers_alone(listener: Any) -> None:
    with listener.client() as client:
        listener.receiver.is_down = True
        assert client.send(HEADER) == Acknowledgement("AR", "7", ("207",))
        listener.receiver.is_down = False
        assert client.send(HEADER).code == "AA"
    assert len(listener.receiver.rows()) == 1


def test_c17_a_frame_that_breaks_the_store_does_not_harm_the_others(
    listener: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = listener.receiver._insert

    def fail_on_poison(arrival: Any) -> Any:
        if arrival.envelope.control_id == "poison":
            raise ValueError("poison")
        return insert(arrival)

    monkeypatch.setattr(listener.receiver, "_insert", fail_on_poison)
    with listener.client() as client:
        for number in ("1", "poison", "2"):
            client.write(oru(number))
        answers = [answer(client.read()) for _ in range(3)]
    assert [(a.code, a.control_id) for a in answers] == [("AA", "1"), ("AR", "poison"), ("AA", "2")]


@pytest.mark.parametrize(
    "raw",
    [
        b"\r\n\r\n" + HEADER,
        HEADER.replace(b"\r", b"\n") + b"PID|1\n",
        HEADER.replace(b"\r", b"\r\n") + b"PID|1\r\n",
        HEADER + b"\r\rPID|1   \r",
        HEADER + b"pid|1\rZZZ|x\rZFA|y\rPID|2\r",
        HEADER.replace(b"~", "\u02dc".encode()),
        HEADER + b"".join(b"OBX|%d|NM|x||||\r" % n for n in range(1000)),
        HEADER + b'PID|1||""||""^""\rOBX|1|TX|x||\r',
    ],
)
def test_c20_untidy_messages_are_accepted(listener: Any, raw: bytes) -> None:
    with listener.client() as client:
        assert client.send(raw).code == "AA"


def test_noise_before_a_frame_is_tolerated_and_other_protocols_are_not(listener: Any) -> None:
    with socket.create_connection(("127.0.0.1", listener.port), timeout=20) as client:
        client.sendall(b"\r\n" + wrap(HEADER))
        assert client.recv(4096).startswith(b"\x0bMSH")
        client.sendall(b"GET / HTTP/1.1\r\nHost: dcc.example\r\n" + b"Accept: text/html\r\n" * 3)
        assert client.recv(4096) == b""


def test_stop_answers_what_is_complete(listener: Any) -> None:
    with listener.client() as client:
        for n in range(50):
            client.write(oru(f"S{n}"))
        client.write(oru("S50")[:-1])
        answers = [answer(client.read())]
        with ThreadPoolExecutor(1) as executor:
            stopping = executor.submit(listener.stop)
            answers += [answer(raw) for raw in read_until_closed(client)]
            stopping.result(timeout=20)
    stored = [row[0] for row in listener.receiver.rows()]
    assert [(found.code, found.control_id) for found in answers] == [("AA", n) for n in stored]


def read_until_closed(client: Any) -> list[bytes]:
    found = []
    while True:
        try:
            found.append(client.read())
        except OSError:
            return found
