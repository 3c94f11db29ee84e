from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcc_core.config import utc_now
from dcc_core.hooks.contracts.identity import DatePrecision, PatientTraits, Sex
from dcc_core.patients import BirthDate, InvalidTraits, PatientIn, parse_birth_date, read_patient

GOOD: dict[str, Any] = {
    "birth_family_name": "DÉMO-MARTIN",
    "first_given_name": "Zoé",
    "birth_date": "12/03/1957",
    "sex": "F",
}
TOMORROW = utc_now().date() + timedelta(days=1)

BAD = [
    ({"birth_family_name": "A" * 200}, "birth_family_name", "PAT-003"),
    ({"birth_family_name": "Mar\u202etin"}, "birth_family_name", "PAT-002"),
    ({"birth_family_name": "Mar\x00tin"}, "birth_family_name", "PAT-002"),
    ({"birth_family_name": "Martin<script>"}, "birth_family_name", "PAT-002"),
    ({"birth_family_name": "Петров"}, "birth_family_name", "PAT-004"),
    ({"birth_family_name": "   "}, "birth_family_name", "PAT-001"),
    ({"birth_family_name": None}, "birth_family_name", "PAT-010"),
    ({"used_given_name": "Zo\u200bé"}, "used_given_name", "PAT-002"),
    ({"birth_date": "31/02/1957"}, "birth_date", "PAT-005"),
    ({"birth_date": "29/02/1957"}, "birth_date", "PAT-005"),
    ({"birth_date": "13/1957"}, "birth_date", "PAT-005"),
    ({"birth_date": "hier"}, "birth_date", "PAT-005"),
    ({"birth_date": TOMORROW}, "birth_date", "PAT-006"),
    ({"birth_date": "0957"}, "birth_date", "PAT-007"),
    ({"birth_place_insee": "Toulouse"}, "birth_place_insee", "PAT-008"),
    ({"birth_place_insee": "3155"}, "birth_place_insee", "PAT-008"),
    ({"ins_matricule": "279035121518989"}, "ins_matricule", "PAT-009"),
    ({"status": "QUAL"}, "status", "PAT-009"),
    ({"sex": "X"}, "sex", "PAT-010"),
    ({"deceased_on": "1950-01-01"}, "deceased_on", "PAT-011"),
    ({"deceased_on": TOMORROW}, "deceased_on", "PAT-006"),
    ({"city": "Al\x07bi"}, "city", "PAT-012"),
    ({"address_lines": ("x" * 101,)}, "address_lines", "PAT-012"),
    ({"birth_given_names": ("Anne", "Zoé")}, "birth_given_names", "PAT-013"),
    ({"telecom": ("01",) * 21}, "", "PAT-014"),
]


@pytest.mark.parametrize(("change", "field", "code"), BAD)
def test_bad_input_is_told_at_its_field(change: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(InvalidTraits) as refusal:
        read_patient(GOOD | change)

    (issue,) = refusal.value.issues
    assert (issue.field, issue.code) == (field, code)
    assert issue.text.endswith(".")
    for value in change.values():
        assert str(value) not in issue.text or len(str(value)) < 5


def test_every_field_is_told_at_once() -> None:
    with pytest.raises(InvalidTraits) as refusal:
        read_patient({"birth_family_name": "", "sex": "?", "birth_date": "?"})

    assert {issue.field for issue in refusal.value.issues} == {
        "birth_family_name",
        "first_given_name",
        "birth_date",
        "sex",
    }


@given(
    st.dictionaries(
        st.sampled_from([*PatientIn.model_fields, "unknown"]),
        st.text(max_size=120) | st.none() | st.integers() | st.lists(st.text(), max_size=3),
    )
)
def test_no_input_whatever_fails_otherwise(values: dict[str, Any]) -> None:
    canary = "CANARI4711"
    with pytest.raises(InvalidTraits) as refusal:
        read_patient(values | {"city": canary + "\x00"})

    assert canary not in str(refusal.value)
    for issue in refusal.value.issues:
        assert canary not in issue.text
        assert issue.code.startswith("PAT-0")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12/03/1957", BirthDate(date(1957, 3, 12))),
        ("12-3-1957", BirthDate(date(1957, 3, 12))),
        ("12031957", BirthDate(date(1957, 3, 12))),
        ("1957-03-12", BirthDate(date(1957, 3, 12))),
        ("03/1957", BirthDate(date(1957, 3, 1), DatePrecision.MONTH)),
        ("1957-03", BirthDate(date(1957, 3, 1), DatePrecision.MONTH)),
        ("1957", BirthDate(date(1957, 12, 31), DatePrecision.YEAR)),
        ("29/02/2000", BirthDate(date(2000, 2, 29))),
        ("29/02/1900", None),
        ("00/00/1957", None),
        ("12/03/57", None),
        ("", None),
    ],
)
def test_birth_dates_are_read_as_people_write_them(text: str, expected: BirthDate | None) -> None:
    assert parse_birth_date(text) == expected


def test_a_partial_date_is_shown_as_far_as_it_is_known() -> None:
    assert [
        parsed.text
        for text in ("12/03/1957", "03/1957", "1957")
        if (parsed := parse_birth_date(text))
    ] == ["12/03/1957", "03/1957", "1957"]


def test_traits_of_an_interface_are_checked_alike() -> None:
    traits = PatientTraits("DÉMO-MARTIN", "Zoé", date(1957, 3, 12), Sex.FEMALE, city="Albi")
    assert PatientIn.from_traits(traits).city == "Albi"

    with pytest.raises(InvalidTraits) as refusal:
        PatientIn.from_traits(PatientTraits("DÉMO-MARTIN", "Zoé", None, Sex.FEMALE))
    assert [(issue.field, issue.code) for issue in refusal.value.issues] == [
        ("birth_date", "PAT-001")
    ]
