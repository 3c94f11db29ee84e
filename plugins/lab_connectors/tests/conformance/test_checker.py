from pathlib import Path

import pytest

from dcc_lab_connectors.conformance.checker import Finding, Report, Rule, Status, check_message
from dcc_lab_connectors.conformance.dictionary import field_name, segment_rules
from dcc_lab_connectors.samples import oru


def test_every_example_is_checked_whole(example: Path) -> None:
    """A silent loss of segments by the library must never look like a verdict."""
    assert check_message(example.read_bytes()).status is not Status.INCOMPLETE


def test_library_alone_would_lose_segments(examples: dict[str, bytes]) -> None:
    """Why the guard exists: with its default reading hl7apy loses PRT and says nothing."""
    from hl7apy.parser import parse_message

    text = examples["009"].decode().strip().replace("\n", "\r")
    kept = parse_message(text).to_er7().count("PRT|")
    assert kept < text.count("PRT|")


def test_good_message_is_valid() -> None:
    assert check_message(oru("1")) == Report(Status.VALID)


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("|NM|718-7^Hémoglobine^LN|1|", "|NM||1|", Finding(Rule.REQUIRED_FIELD, "OBX[1]-3")),
        ("|P1|L1|", "|P1|L1~L2|", Finding(Rule.CARDINALITY, "OBR[1]-3")),
        ("|19790328|", "|28/03/1979|", Finding(Rule.DATATYPE, "PID[1]-7")),
        ("PV1|1|N", "PV1|1|N" + "|" * 60 + "x", Finding(Rule.UNKNOWN_FIELD, "PV1[1]-62")),
        ("MSH|", "MSH|", None),
    ],
)
def test_broken_rules_are_named_with_their_place(
    old: str, new: str, finding: Finding | None
) -> None:
    report = check_message(oru("1").decode().replace(old, new).encode())
    assert report.findings == ((finding,) if finding else ())


def test_findings_quote_nothing() -> None:
    raw = oru("1").replace(b"|19790328|", b"|CANARI|")
    report = check_message(raw)
    assert report.status is Status.INVALID
    assert "CANARI" not in str(report)


@pytest.mark.parametrize(
    ("raw", "status", "reason"),
    [
        (b"garbage", Status.INVALID, ""),
        (oru("1").replace(b"|2.5|", b"|9.9|"), Status.INCOMPLETE, "unknown_version"),
        (oru("1", observations=8000), Status.INCOMPLETE, "too_long"),
    ],
)
def test_what_cannot_be_checked_is_not_called_valid(
    raw: bytes, status: Status, reason: str
) -> None:
    report = check_message(raw)
    assert (report.status, report.reason) == (status, reason)


def test_unknown_segment_makes_the_check_incomplete() -> None:
    report = check_message(oru("1") + b"QQQ|1\r")
    assert report.status is Status.INCOMPLETE


def test_large_document_does_not_slow_the_check() -> None:
    large = oru("1") + b"OBX|99|ED|X||^AP^PDF^Base64^" + b"QUJD" * 500_000 + b"||||||F\r"
    assert check_message(large).status is Status.VALID


@pytest.mark.parametrize(
    ("version", "segment", "number", "name"),
    [
        ("2.5", "PID", 5, "Patient name"),
        ("2.6", "PRT", 15, "Participant telecommunication address"),
        ("2.5", "ZFA", 9, "Opposition à l'alimentation"),
        ("2.5", "PID", 99, ""),
        ("2.5", "QQQ", 1, ""),
        ("9.9", "PID", 3, "Patient identifier list"),
    ],
)
def test_fields_have_names(version: str, segment: str, number: int, name: str) -> None:
    assert field_name(version, segment, number) == name


def test_rules_say_what_repeats() -> None:
    identifiers = segment_rules("2.5", "PID")[2]
    assert (identifiers.is_required, identifiers.maximum) == (True, None)
