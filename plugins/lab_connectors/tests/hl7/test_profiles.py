from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcc_lab_connectors.hl7.envelope import content_digest, read_envelope
from dcc_lab_connectors.hl7.message import parse_message
from dcc_lab_connectors.hl7.profiles import Family, cda_profile, family_of, find_problems
from dcc_lab_connectors.hl7.timestamps import read_date, read_instant

EXPECTED = {
    "001": Family.MOVEMENT,
    "004": Family.RESULT,
    "006": Family.DOCUMENT,
    "011": None,
    "012": Family.BUSINESS_ACK,
    "018": Family.IDENTITY,
}


def header(
    kind: str = "ADT^A31", control_id: str = "1", version: str = "2.5", mode: str = "P"
) -> bytes:
    return f"MSH|^~\\&|A|B|C|D|20260301||{kind}|{control_id}|{mode}|{version}\rEVN|A28\r".encode()


def test_examples_are_recognised(examples: dict[str, bytes]) -> None:
    envelopes = {key: read_envelope(parse_message(raw)) for key, raw in examples.items()}
    assert {key: family_of(envelopes[key]) for key in EXPECTED} == EXPECTED
    assert cda_profile(envelopes["004"]) == ("2.1", "CISIS_CDA_HL7_V2")
    assert cda_profile(envelopes["014"]) == ("1.2", "CISIS_CDA_HL7_V1")
    assert cda_profile(envelopes["016"]) == ("1.1", "CISIS_CDA_HL7_LPS")
    assert cda_profile(envelopes["001"]) is None
    refused = {key for key, envelope in envelopes.items() if find_problems(envelope)}
    assert refused == {"008", "011", "017"}, "only the acknowledgements are no input"


@pytest.mark.parametrize(
    ("raw", "conditions"),
    [
        (header(), []),
        (header("ADT"), []),
        (header("SIU^S12"), ["200"]),
        (header("ADT^A60"), ["201"]),
        (header(version="9.9"), ["203"]),
        (header(mode="X"), ["202"]),
        (header(control_id=""), ["101"]),
        (header("", "", ""), ["101", "101", "101"]),
    ],
)
def test_header_problems_carry_their_standard_code(raw: bytes, conditions: list[str]) -> None:
    problems = find_problems(read_envelope(parse_message(raw)))
    assert [str(problem.condition) for problem in problems] == conditions


def test_digest_ignores_the_date_of_sending_and_nothing_else() -> None:
    first = content_digest(parse_message(header()))
    assert content_digest(parse_message(header().replace(b"20260301", b"20260302"))) == first
    assert content_digest(parse_message(header().replace(b"A28", b"A31"))) != first
    assert content_digest(parse_message(header().replace(b"|A|", b"|Z|"))) != first


def test_dates_are_read_with_their_offset() -> None:
    paris_winter = timezone(timedelta(hours=1))
    noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert read_instant("20260105130000", paris_winter) == noon
    assert read_instant("20260105080000.123-0400", paris_winter) == noon
    assert read_instant("202601051300", paris_winter) == noon
    assert read_instant("20261305", paris_winter) is None
    assert read_instant("hier", paris_winter) is None
    assert read_date("19790328") == date(1979, 3, 28)
    assert read_date("197903") is None


@given(st.text(max_size=30))
def test_no_date_text_breaks_the_reader(text: str) -> None:
    read_instant(text, UTC)
    read_date(text)
