"""Mutated messages through the real listener and parser: none lost, none unanswered, no crash."""

import hashlib
import os
import random
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dcc_core.api import PermanentExchangeError, RawMessage
from dcc_lab_connectors.conformance.checker import check_message
from dcc_lab_connectors.hl7.ack import read_ack
from dcc_lab_connectors.hl7.envelope import content_digest
from dcc_lab_connectors.hl7.errors import Hl7SyntaxError
from dcc_lab_connectors.hl7.message import parse_message
from dcc_lab_connectors.mllp.framing import FrameDecoder, wrap
from dcc_lab_connectors.mllp.limits import Limits
from dcc_lab_connectors.profiles.parser import HL7_MEDIA_TYPE, Hl7Parser
from dcc_lab_connectors.samples import adt, oru

PARSER = Hl7Parser(ZoneInfo("Europe/Paris"))
BURST = 200
Mutation = Callable[[random.Random, bytes], bytes]


def cut(chance: random.Random, raw: bytes) -> bytes:
    return raw[: chance.randrange(len(raw) + 1)]


def flip(chance: random.Random, raw: bytes) -> bytes:
    changed = bytearray(raw)
    for _ in range(chance.randint(1, 8)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def drop(chance: random.Random, raw: bytes) -> bytes:
    start = chance.randrange(len(raw))
    return raw[:start] + raw[start + chance.randint(1, 60) :]


def repeat(chance: random.Random, raw: bytes) -> bytes:
    start = chance.randrange(len(raw))
    piece = raw[start : start + chance.randint(1, 80)]
    return raw[:start] + piece * chance.randint(2, 30) + raw[start:]


def insert(chance: random.Random, raw: bytes) -> bytes:
    start = chance.randrange(len(raw))
    noise = chance.choice([b"|", b"^", b"~", b"&", b"\\", b'""', b"\r", b"\n", b"\r\r", b"\x00"])
    return raw[:start] + noise * chance.randint(1, 5) + raw[start:]


def shuffle(chance: random.Random, raw: bytes) -> bytes:
    lines = raw.splitlines(keepends=True)
    tail = lines[1:]
    chance.shuffle(tail)
    return b"".join(lines[:1] + tail)


def recode(chance: random.Random, raw: bytes) -> bytes:
    target = chance.choice(["iso8859-1", "iso8859-15", "utf-8", "cp850", "utf-16-le"])
    return raw.decode("utf-8", "replace").encode(target, "replace")


def reseparate(chance: random.Random, raw: bytes) -> bytes:
    old = chance.choice([b"|", b"^", b"~", b"&", b"\\"])
    new = chance.choice([b"#", b"|", b"^", b"\xcb\x9c", b"\xff", b" ", b"a"])
    return raw.replace(old, new)


def renumber(chance: random.Random, raw: bytes) -> bytes:
    fields = raw.split(b"|")
    place = chance.randrange(len(fields))
    fields[place] = chance.choice(
        [b"", b"-1", b"9" * 400, b"NaN", b"1e999", b"19790230", b"\\X" + b"0" * 999]
    )
    return b"|".join(fields)


MUTATIONS: tuple[Mutation, ...] = (
    cut, flip, drop, repeat, insert, shuffle, recode, reseparate, renumber,
)  # fmt: skip


def mutants(seeds: list[bytes], seed: int) -> Iterator[bytes]:
    """Endless mutants without the two bytes that delimit frames."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable campaign
    small = [raw for raw in seeds if len(raw) < 8000]
    while True:
        raw = chance.choice(seeds if chance.random() < 0.002 else small)
        for _ in range(chance.randint(1, 4)):
            raw = chance.choice(MUTATIONS)(chance, raw) or b"M"
        yield raw.translate(None, b"\x0b\x1c")


def digest_of(raw: bytes) -> str:
    try:
        return content_digest(parse_message(raw))
    except Hl7SyntaxError:
        return hashlib.sha256(raw).hexdigest()


def parse_or_refuse(raw: bytes) -> None:
    try:
        PARSER.parse(RawMessage("fuzz", "1", raw, HL7_MEDIA_TYPE))
    except PermanentExchangeError:
        return


def resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def send_burst(connection: socket.socket, batch: list[bytes], decoder: FrameDecoder) -> list[str]:
    """Send all frames in one go from another thread; return the code of each answer."""
    data = b"".join(map(wrap, batch))
    sender = threading.Thread(target=connection.sendall, args=(data,))
    sender.start()
    codes: list[str] = []
    while len(codes) < len(batch):
        while (frame := decoder.next_frame()) is not None:
            codes.append(read_ack(parse_message(frame.content)).code)
        if len(codes) < len(batch):
            received = connection.recv(65536)
            assert received, "the listener closed the connection"
            decoder.feed(received)
    sender.join()
    return codes


def run_campaign(listener: Any, seeds: list[bytes], count: int, seed: int) -> dict[str, float]:
    source, decoder = mutants(seeds, seed), FrameDecoder(Limits())
    expected: set[bytes] = set()
    answers: dict[str, int] = {}
    before = 0.0
    with socket.create_connection(("127.0.0.1", listener.port), timeout=60) as connection:
        for turn in range(count // BURST):
            batch = [next(source) for _ in range(BURST)]
            for code in send_burst(connection, batch, decoder):
                answers[code] = answers.get(code, 0) + 1
            for raw in batch:
                expected.add(bytes.fromhex(digest_of(raw))[:8])
                parse_or_refuse(raw)
            check_message(batch[0])
            if turn == count // BURST // 10:
                before = resident_megabytes()
    growth = resident_megabytes() - before
    stored = listener.receiver.count()
    assert set(answers) <= {"AA", "AE", "CA", "CE"}, answers
    assert sum(answers.values()) == count // BURST * BURST
    assert stored == len(expected), "a message was lost"
    assert growth <= 50, f"memory grew by {growth:.0f} MB"
    return {**answers, "stored": stored, "growth_mb": round(growth, 1)}


@pytest.fixture
def seeds(examples: dict[str, bytes]) -> list[bytes]:
    ours = [oru("1", observations=3), adt("A31", "2"), adt("A40", "3", merged_ipp="900002")]
    return [*examples.values(), *ours]


def test_fuzz_short(listener: Any, seeds: list[bytes]) -> None:
    figures = run_campaign(listener, seeds, 2000, seed=1)
    assert figures["AA"] > 100
    assert figures["AE"] > 100


@pytest.mark.campaign
def test_fuzz_hundred_thousand(
    listener: Any, seeds: list[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    figures = run_campaign(listener, seeds, 100_000, seed=2026)
    with capsys.disabled():
        print(f"100,000 mutants: {figures}")  # noqa: T201
