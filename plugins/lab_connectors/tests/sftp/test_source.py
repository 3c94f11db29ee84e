"""Claim, hand over, answer after the commit: the protocol of a drop folder."""

import contextlib
import os
from pathlib import Path
from typing import Any

import pytest

from dcc_core.api import InboundOutcome, RawMessage
from dcc_lab_connectors.hl7.ack import read_ack
from dcc_lab_connectors.hl7.message import parse_message
from dcc_lab_connectors.samples import oru
from dcc_lab_connectors.sftp.folders import LocalFolder
from dcc_lab_connectors.sftp.pairs import PAIR_MEDIA_TYPE, unpack_pair
from dcc_lab_connectors.sftp.rules import Completion, DropRules
from dcc_lab_connectors.sftp.source import DropSource

AT_ONCE = DropRules(completion=Completion.RENAME)
REFERENCE = oru("1", observations=0) + b"OBX|1|RP|60567-5^CR^LN||r.pdf^LABO^AP^PDF||||||F\r"


@pytest.fixture
def source(local: LocalFolder, clock: Any) -> DropSource:
    return DropSource("lab.in", local, worker="w", clock=clock, rules=AT_ONCE)


def names(local: LocalFolder, folder: str) -> list[str]:
    return sorted(file.name for file in local.list(folder) if file.is_regular)


def test_file_is_handed_over_then_answered_and_archived(
    source: DropSource, local: LocalFolder, drop: Any
) -> None:
    drop("r1.hl7", oru("C1"))
    [raw] = source.poll()
    assert (raw.source, raw.message_id, raw.content) == ("lab.in", "r1.hl7", oru("C1"))
    assert names(local, "archive") == []

    source.ack("r1.hl7", InboundOutcome.STORED)
    assert names(local, "archive") == ["r1.hl7"]
    answer = read_ack(parse_message(local.read("ack/r1.ack")))
    assert (answer.code, answer.control_id) == ("AA", "C1")
    assert list(source.poll()) == []


def test_refused_file_goes_to_error_with_the_reason(
    source: DropSource, local: LocalFolder, drop: Any
) -> None:
    drop("r1.hl7", b"MSH|^~\\&|A|B|C|D|1||SIU^S12|9|P|2.5\r")
    list(source.poll())
    source.ack("r1.hl7", InboundOutcome.REFUSED)
    assert names(local, "error") == ["r1.hl7", "r1.hl7.txt"]
    assert read_ack(parse_message(local.read("ack/r1.ack"))).code == "AE"


def test_c01_killed_between_claim_and_commit_the_file_comes_back(
    source: DropSource, local: LocalFolder, drop: Any, clock: Any
) -> None:
    drop("r1.hl7", oru("C1"))
    [first] = source.poll()
    reborn = DropSource("lab.in", local, worker="w", clock=clock, rules=AT_ONCE)
    [second] = reborn.poll()
    assert first == second
    reborn.ack("r1.hl7", InboundOutcome.STORED)
    assert list(reborn.poll()) == []


def test_c02_bytes_are_kept_whatever_the_file(source: DropSource, drop: Any, example: Path) -> None:
    drop("x.hl7", example.read_bytes())
    [raw] = source.poll()
    assert raw.content == example.read_bytes()


def test_two_workers_never_take_the_same_file(local: LocalFolder, drop: Any, clock: Any) -> None:
    for n in range(20):
        drop(f"r{n:02}.hl7", oru(f"C{n}"))
    one, two = (
        DropSource("lab.in", local, worker=w, clock=clock, rules=AT_ONCE).poll() for w in "ab"
    )
    taken: list[RawMessage] = []
    for left, right in zip(one, two, strict=False):
        taken += [left, right]
    taken += [*one, *two]
    assert sorted(raw.message_id for raw in taken) == [f"r{n:02}.hl7" for n in range(20)]


def test_file_sent_twice_is_kept_twice_in_the_archive(
    source: DropSource, local: LocalFolder, drop: Any
) -> None:
    for _ in range(2):
        drop("r1.hl7", oru("C1"))
        [raw] = source.poll()
        source.ack(raw.message_id, InboundOutcome.DUPLICATE)
    assert len(names(local, "archive")) == 2


def test_unfinished_files_are_left_alone(source: DropSource, drop: Any) -> None:
    for name in ("r1.hl7.part", "r2.hl7.tmp", ".r3.hl7", "r4.hl7.filepart"):
        drop(name, oru("1"))
    assert list(source.poll()) == []


def test_growing_file_waits_until_it_is_stable(local: LocalFolder, drop: Any, clock: Any) -> None:
    source = DropSource("lab.in", local, worker="w", clock=clock)
    drop("r1.hl7", oru("1")[:50])
    assert list(source.poll()) == []
    clock.pass_seconds(31)
    drop("r1.hl7", oru("1"))
    assert list(source.poll()) == []
    clock.pass_seconds(31)
    [raw] = source.poll()
    assert raw.content == oru("1")


def test_trigger_makes_a_file_ready_and_goes_with_it(
    local: LocalFolder, drop: Any, clock: Any
) -> None:
    rules = DropRules(completion=Completion.TRIGGER)
    source = DropSource("lab.in", local, worker="w", clock=clock, rules=rules)
    drop("r1.hl7", oru("1"))
    clock.pass_seconds(3600)
    assert list(source.poll()) == []
    drop("r1.hl7.ok", b"")
    assert [raw.message_id for raw in source.poll()] == ["r1.hl7"]
    assert names(local, "in") == []


@pytest.mark.parametrize("pdf_first", [True, False])
def test_message_and_its_pdf_are_one(
    source: DropSource, local: LocalFolder, drop: Any, pdf_first: bool
) -> None:
    files = [("r1.pdf", b"%PDF-"), ("r1.hl7", REFERENCE)]
    for name, content in files if pdf_first else reversed(files):
        assert list(source.poll()) == []
        drop(name, content)
    [raw] = source.poll()
    assert raw.media_type == PAIR_MEDIA_TYPE
    assert unpack_pair(raw.content) == (REFERENCE, b"%PDF-")
    source.ack(raw.message_id, InboundOutcome.STORED)
    assert names(local, "archive") == ["r1.hl7", "r1.pdf"]


def test_message_whose_pdf_never_comes_is_taken_and_says_so(
    source: DropSource, drop: Any, clock: Any
) -> None:
    drop("r1.hl7", REFERENCE)
    assert list(source.poll()) == []
    clock.pass_seconds(901)
    [raw] = source.poll()
    assert raw.meta["missing"] == "pdf"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("seul.pdf", b"%PDF-", "PDF"),
        ("vide.hl7", b"", "vide"),
        ("macro.exe", b"MZ", "extension"),
        ("nom avec espaces.hl7", oru("1"), "nom"),
        ("gros.hl7", b"x" * 3000, "taille"),
    ],
)
def test_what_will_never_be_taken_is_set_aside_with_a_french_reason(
    local: LocalFolder, drop: Any, clock: Any, name: str, content: bytes, reason: str
) -> None:
    rules = DropRules(completion=Completion.RENAME, maximum_bytes=2000)
    source = DropSource("lab.in", local, worker="w", clock=clock, rules=rules)
    drop(name, content)
    list(source.poll())
    clock.pass_seconds(901)
    assert [raw.message_id for raw in source.poll()] in ([], [name])
    assert names(local, "error") == [name, f"{name}.txt"]
    assert reason in local.read(f"error/{name}.txt").decode()


def test_links_are_never_followed(source: DropSource, local: LocalFolder, tmp_path: Path) -> None:
    secret = tmp_path / "secret.hl7"
    secret.write_bytes(oru("secret"))
    (local.root / "in" / "r1.hl7").symlink_to(secret)
    assert list(source.poll()) == []


def test_ten_thousand_files_are_taken_one_at_a_time(
    source: DropSource, local: LocalFolder, drop: Any
) -> None:
    for n in range(10_000):
        drop(f"r{n:05}.hl7", b"MSH|^~\\&|A|B|C|D|1||ORU^R01|%d|P|2.5\r" % n)
    waiting = source.poll()
    first = next(iter(waiting))
    assert first.message_id == "r00000.hl7"
    assert len(names(local, "in")) == 9_999
    assert sum(1 for _ in waiting) == 9_999


def test_large_files_come_over_several_polls(
    source: DropSource, drop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dcc_lab_connectors.sftp.source._POLL_BYTES", 1000)
    for n in range(3):
        drop(f"r{n}.hl7", oru(f"{n}"))
    for n in range(3):
        [raw] = source.poll()
        assert raw.message_id == f"r{n}.hl7"
        source.ack(raw.message_id, InboundOutcome.STORED)
    assert list(source.poll()) == []


def test_disk_full_while_answering_loses_nothing(
    source: DropSource, local: LocalFolder, drop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop("r1.hl7", oru("C1"))
    [raw] = source.poll()

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as broken:
        broken.setattr(local, "publish", full)
        with contextlib.suppress(OSError):
            source.ack(raw.message_id, InboundOutcome.STORED)
    [again] = source.poll()
    assert again.content == raw.content
    source.ack(again.message_id, InboundOutcome.DUPLICATE)
    assert names(local, "archive") == ["r1.hl7"]
