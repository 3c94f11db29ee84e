import base64
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcc_lab_connectors.hl7.charset import Charset
from dcc_lab_connectors.hl7.delimiters import Delimiters
from dcc_lab_connectors.hl7.message import Field, Grammar, parse_message
from dcc_lab_connectors.hl7.payload import Defect, decode_payload

GRAMMAR = Grammar(Delimiters(), Charset("utf-8"))


def embedded(data: bytes, encoding: bytes = b"Base64", subtype: bytes = b"PDF") -> Field:
    return Field(b"^AP^" + subtype + b"^" + encoding + b"^" + data, GRAMMAR)


@given(st.binary(min_size=1, max_size=300), st.booleans())
def test_missing_padding_is_added_and_said(content: bytes, keep: bool) -> None:
    written = base64.b64encode(content)
    sent = written if keep else written.rstrip(b"=")
    payload = decode_payload(embedded(sent))
    assert payload.content == content
    assert payload.defect == (None if sent == written else Defect.PADDING_ADDED)


@pytest.mark.parametrize(
    ("field", "defect"),
    [
        (embedded(b"A" * 93), Defect.NOT_BASE64),
        (embedded(b"AB!C"), Defect.NOT_BASE64),
        (embedded(b""), Defect.EMPTY),
        (embedded(b"QUJD", b"UU"), Defect.UNKNOWN_ENCODING),
        (embedded(b"4G", b"Hex"), Defect.UNKNOWN_ENCODING),
    ],
)
def test_unreadable_payload_is_flagged_never_guessed(field: Field, defect: Defect) -> None:
    payload = decode_payload(field)
    assert not payload.is_readable
    assert payload.defect is defect


def test_line_breaks_inside_base64_are_dropped() -> None:
    assert decode_payload(embedded(b"QU\\.br\\JD\r\n")).content == b"ABC"
    assert decode_payload(embedded(b"414243", b"Hex")).content == b"ABC"
    assert decode_payload(embedded(b"texte \\T\\ fin", b"A", b"TEXT")).content == b"texte & fin"


def test_official_payloads_are_decoded_or_flagged(examples: dict[str, bytes]) -> None:
    found = Counter(
        str(decode_payload(segment.field(5)).defect)
        for raw in examples.values()
        for segment in parse_message(raw).all("OBX")
        if segment.field(2).value == "ED"
    )
    assert found == {"None": 14, "padding_added": 4, "not_base64": 4}
