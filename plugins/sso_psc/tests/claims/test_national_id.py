import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcc_sso_psc.claims.national_id import NationalIdKind, parse_national_id
from dcc_sso_psc.refusals import Refusal, SignInRefused


@pytest.mark.parametrize(
    ("text", "kind", "structure"),
    [
        ("899900000011", NationalIdKind.RPPS, ""),
        ("0751234567", NationalIdKind.ADELI, ""),
        ("02A1234567", NationalIdKind.ADELI, ""),
        ("3990000010/DEMO0042", NationalIdKind.FINESS, "990000010"),
        ("32A0000010/DEMO0042", NationalIdKind.FINESS, "2A0000010"),
        ("4990000001/1", NationalIdKind.SIREN, "990000001"),
        ("599000000100018/CPAT00045", NationalIdKind.SIRET, "99000000100018"),
        ("1751234567/A/B", NationalIdKind.CABINET_ADELI, "751234567"),
        ("699900000011/S1", NationalIdKind.CABINET_RPPS, "99900000011"),
    ],
)
def test_every_form_of_the_register_is_read(
    text: str, kind: NationalIdKind, structure: str
) -> None:
    found = parse_national_id(text)
    assert (found.kind, found.structure, found.text) == (kind, structure, text)


@pytest.mark.parametrize(
    "text",
    [
        None,
        12,
        "",
        "8",
        "99900000011",
        "8999000000111",
        "89990000001",
        "8٩٩٩٠٠٠٠٠٠١١",
        "899900000011\n",
        " 899900000011",
        "2123456789",
        "3990000010",
        "3990000010/",
        "3990000010/a b",
        "3990000010/é",
        "3990000010/" + "x" * 65,
        "5990000010/CPAT",
        "7123",
    ],
)
def test_anything_else_is_refused(text: object) -> None:
    with pytest.raises(SignInRefused) as refused:
        parse_national_id(text)
    assert refused.value.refusal is Refusal.NATIONAL_ID


@given(st.text(max_size=40))
def test_arbitrary_text_is_read_whole_or_refused(text: str) -> None:
    try:
        found = parse_national_id(text)
    except SignInRefused:
        return
    assert found.text == text
