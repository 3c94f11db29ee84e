from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcc_lab_connectors.hl7.ack import AckCode, Stamp, build_ack, read_ack
from dcc_lab_connectors.hl7.errors import ApplicationError, Condition, Hl7SyntaxError, Problem
from dcc_lab_connectors.hl7.message import parse_message

STAMP = Stamp(datetime(2026, 3, 1, 8, tzinfo=UTC), "ACK1")
PROBLEM = Problem(
    Condition.APPLICATION, "Patient inconnu : é.", "PID^1^3", ApplicationError.UNKNOWN_PATIENT
)
HEADER = b"MSH|^~\\&|SIL|LABO|DCC|GRADES|20260301||ORU^R01^ORU_R01|7|P|2.5|||||FRA|8859/15"


def test_acknowledgement_answers_the_sender_in_its_own_terms(examples: dict[str, bytes]) -> None:
    request = parse_message(examples["009"])
    answer = parse_message(build_ack(request, AckCode.ACCEPTED, STAMP))
    official = parse_message(examples["011"])

    for number in (3, 4, 5, 6, 9, 11, 12, 17, 18):
        assert answer.header.field(number).raw == official.header.field(number).raw, number
    assert answer.first("MSA").raw.strip() == official.first("MSA").raw.strip()
    assert answer.header.field(10).value == "ACK1"


def test_refusal_names_the_place_the_reason_and_the_remedy() -> None:
    raw = build_ack(parse_message(HEADER), AckCode.ERROR, STAMP, problems=(PROBLEM,))
    error = parse_message(raw).first("ERR")

    assert "é".encode("iso8859-15") in raw
    assert error.field(2).raw == b"PID^1^3"
    assert error.field(3).component(1).value == "207"
    assert error.field(5).component(1).value == "902"
    assert error.field(8).value == "Patient inconnu : é."
    assert read_ack(parse_message(raw)).conditions == ("207", "902")


def test_unreadable_request_gets_an_empty_msa_2() -> None:
    answer = parse_message(build_ack(None, AckCode.ERROR, STAMP))
    assert read_ack(answer).control_id == ""
    assert read_ack(answer).code == "AE"


@pytest.mark.parametrize(
    ("mode", "code"), [(b"AL", "CA"), (b"SU", "CA"), (b"NE", "AA"), (b"", "AA")]
)
def test_enhanced_mode_is_answered_with_commit_codes(mode: bytes, code: str) -> None:
    fields = HEADER.split(b"|")
    fields[14] = mode
    raw = build_ack(parse_message(b"|".join(fields)), AckCode.ACCEPTED, STAMP)
    assert read_ack(parse_message(raw)).code == code


def test_request_cannot_inject_a_segment_into_the_answer() -> None:
    hostile = HEADER.replace(b"|7|", b"|7\x1c\x0b|").replace(b"SIL", b"S\x0bL")
    raw = build_ack(parse_message(hostile), AckCode.ACCEPTED, STAMP)
    assert not set(raw) & set(b"\x0b\x1c")


@pytest.mark.parametrize(
    ("header", "begins"),
    [
        ("MSH#*~\\&#A*1#B#C#D###ORU*R01#9#P#2.5######UNICODE UTF-8", "MSH#*~\\&#C#D#A*1#B#"),
        ("MSH#*\u02dc\\&#A#B#C#D###ORU*R01#9#P#2.5######UNICODE UTF-8", "MSH#*~\\&#C#D#A#B#"),
        ("MSH|\u00a8~\\&|A\u00a81|B|C|D|||ORU\u00a8R01|9|P|2.5||||||8859/15", "MSH|^~\\&|C|D|A"),
        ("MSH#^~\\\u00a7#A|1#B#C#D###ORU^R01#9#P#2.5######KLINGON", "MSH|^~\\&|C|D|A\\F\\1|B|"),
    ],
)
def test_separators_of_the_request_are_kept_when_everybody_can_read_them(
    header: str, begins: str
) -> None:
    raw = build_ack(parse_message(header.encode("utf-8")), AckCode.ACCEPTED, STAMP)
    assert raw.decode().startswith(begins)
    answer = parse_message(raw)
    assert read_ack(answer).control_id == "9"
    assert not answer.grammar.charset.suspect


@given(st.binary(max_size=60), st.binary(max_size=12))
def test_any_readable_request_gets_a_readable_answer(fields: bytes, separators: bytes) -> None:
    for raw in (b"MSH|^~\\&|" + fields, b"MSH" + separators + fields):
        try:
            request = parse_message(raw)
        except Hl7SyntaxError:
            continue
        answer = parse_message(build_ack(request, AckCode.ERROR, STAMP, problems=(PROBLEM,)))
        assert read_ack(answer).conditions == ("207", "902")


def test_only_codes_are_kept_of_a_partners_refusal() -> None:
    raw = (
        b"MSH|^~\\&|A|B|C|D|1||ACK|9|P|2.5\rMSA|AE|1\r"
        b"ERR||PID^1|101^Required^HL70357|E|906\rERR|||CANARI JAUNE inconnu|E|PAT TROIS\r"
    )
    assert read_ack(parse_message(raw)).conditions == ("101", "906")
