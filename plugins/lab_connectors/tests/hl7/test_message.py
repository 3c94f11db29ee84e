from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcc_lab_connectors.hl7.errors import Condition, Hl7SyntaxError, Problem
from dcc_lab_connectors.hl7.message import parse_message

HEADER = (
    b"MSH|^~\\&|SIL|LABO|DCC|GRADES|20260301080000||ORU^R01^ORU_R01|7|P|2.5|||||FRA|UNICODE UTF-8"
)


def joined(raw: bytes) -> bytes:
    message = parse_message(raw)
    return message.prefix + b"".join(segment.raw for segment in message)


def joined_or_problem(raw: bytes) -> bytes | Problem:
    try:
        return joined(raw)
    except Hl7SyntaxError as error:
        return error.problem


def test_every_example_keeps_its_bytes_and_its_segments(example: Path) -> None:
    raw = example.read_bytes()
    message = parse_message(raw)
    lines = [line for line in raw.splitlines() if line.strip()]

    assert joined(raw) == raw
    assert [segment.name for segment in message] == [line[:3].decode() for line in lines]


_LINE = st.one_of(
    st.binary(max_size=40).filter(lambda line: b"MSH" not in line.upper()),
    st.sampled_from([b"PID|1||42", b"obx|1|ED|x", b"ZZ1", b"", b"   ", b"texte libre", b"\x0bMSH"]),
)


@given(
    st.sampled_from([b"", b"\r\n", b"\n  "]),
    st.lists(st.tuples(_LINE, st.sampled_from([b"\r", b"\n", b"\r\n", b"\r\r"])), max_size=12),
)
def test_bytes_in_are_bytes_out(prefix: bytes, lines: list[tuple[bytes, bytes]]) -> None:
    raw = prefix + HEADER + b"\r" + b"".join(line + end for line, end in lines)
    assert joined(raw) == raw


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_with_a_reason(raw: bytes) -> None:
    for candidate in (raw, b"MSH" + raw, b"MSH|^~\\&|" + raw):
        outcome = joined_or_problem(candidate)
        assert outcome == candidate or isinstance(outcome, Problem)


def test_fields_are_numbered_as_the_standard_numbers_them() -> None:
    message = parse_message(HEADER + b"\rPID|1||A^^^NS&1.2&ISO^PI~B^^^X^INS||NOM^PRENOM\r")
    assert message.header.field(1).value == "|"
    assert message.header.field(2).raw == b"^~\\&"
    assert message.header.field(10).value == "7"

    identifiers = message.first("PID").field(3).repetitions
    assert [part.component(1).value for part in identifiers] == ["A", "B"]
    assert identifiers[0].component(4).subcomponent(2).value == "1.2"
    assert message.first("PID").field(5).component(2).value == "PRENOM"
    assert not message.first("PID").field(99)
    assert not message.first("ZZZ").field(1)


def test_small_tilde_separates_repetitions() -> None:
    raw = HEADER.replace(b"~", "\u02dc".encode()) + "\rPID|||A\u02dcB\r".encode()
    parts = parse_message(raw).first("PID").field(3).repetitions
    assert [part.value for part in parts] == ["A", "B"]


def test_text_broken_by_line_ends_stays_in_its_field() -> None:
    message = parse_message(
        HEADER + b"\rOBX|1|FT|C||premier\nsecond alin\xc3\xa9a\r\nconclusion|||\rNTE|1\r"
    )
    assert [segment.name for segment in message] == ["MSH", "OBX", "NTE"]
    assert message.first("OBX").field(5).text == "premier\nsecond alinéa\r\nconclusion"


def test_null_deletes_and_empty_leaves() -> None:
    segment = parse_message(HEADER + b'\rPID|""||x\r').first("PID")
    assert segment.field(1).is_null
    assert segment.field(1).value == ""
    assert not segment.field(2).is_null


@pytest.mark.parametrize(
    ("raw", "condition"),
    [
        (b"", Condition.SEQUENCE),
        (b"PID|1", Condition.SEQUENCE),
        (b"MSH", Condition.DATA_TYPE),
        (b"MSH|^~", Condition.DATA_TYPE),
        (b"MSH|^^\\&|A", Condition.DATA_TYPE),
        (b"MSH\xff^~\\&|A", Condition.DATA_TYPE),
        (HEADER + b"\r" + HEADER, Condition.SEQUENCE),
    ],
)
def test_bytes_that_are_no_message_are_refused(raw: bytes, condition: Condition) -> None:
    with pytest.raises(Hl7SyntaxError) as caught:
        parse_message(raw)
    assert caught.value.problem.condition is condition


_PIECE = st.one_of(
    st.sampled_from(
        ['""', "\\F\\", "\\.br\\", "é", "\u02dc", "~", "^", "&", "|", " ", "\\", "MSH"]
    ),
    st.text(max_size=4),
    st.binary(max_size=4),
)


@given(
    st.lists(_PIECE, max_size=25),
    st.sampled_from(["UNICODE UTF-8", "8859/1", "8859/15", "", "inconnu"]),
    st.booleans(),
)
def test_values_read_at_once_are_those_of_the_fields(
    pieces: list[str | bytes], charset: str, is_long: bool
) -> None:
    body = b"".join(p if isinstance(p, bytes) else p.encode() for p in pieces)
    body = body.replace(b"\r", b"").replace(b"\n", b"") + b"x" * (5000 if is_long else 0)
    header = HEADER.replace(b"UNICODE UTF-8", charset.encode())
    for segment in parse_message(header + b"\rOBX|1|" + body + b"\r"):
        for number in range(len(segment) + 2):
            field = segment.field(number)
            assert segment.value(number) == field.value
            assert segment.values(number) == field.values
            for position in (1, 2, 3):
                assert segment.value(number, position) == field.component(position).value
