from datetime import date

import pytest

from dcc_core.api import PatientIdentifier, PatientTraits, Sex
from dcc_lab_connectors.ins import INS_NIR, InsAlert, check_ins, has_valid_key


@pytest.mark.parametrize(
    ("matricule", "valid"),
    [
        ("279035121518989", True),
        ("277076322082910", True),
        ("276037510669380", False),
        ("2 7903512151898", False),
        ("2A9035121518989", False),
        ("279032A00100192", True),
        ("279032B00100122", True),
        ("279032B00100192", False),
        ("", False),
        ("²79035121518989", False),
    ],
)
def test_key_is_97_minus_the_body_modulo_97(matricule: str, valid: bool) -> None:
    assert has_valid_key(matricule) is valid


def identity(*numbers: str, sex: Sex = Sex.FEMALE, year: int = 1979) -> PatientTraits:
    identifiers = tuple(PatientIdentifier(INS_NIR, number, "INS") for number in numbers)
    return PatientTraits("DÉMO", "A", date(year, 3, 28), sex=sex, identifiers=identifiers)


@pytest.mark.parametrize(
    ("traits", "alerts"),
    [
        (identity("279035121518989"), ()),
        (identity(), ()),
        (identity("279035121518988"), (InsAlert.WRONG_KEY,)),
        (identity("279035121518989", sex=Sex.MALE), (InsAlert.SEX_CONTRADICTS,)),
        (identity("279035121518989", year=1980), (InsAlert.YEAR_CONTRADICTS,)),
        (identity("2790351215"), (InsAlert.MALFORMED,)),
        (
            identity("279035121518989", "277076322082910"),
            (InsAlert.SEVERAL, InsAlert.YEAR_CONTRADICTS),
        ),
    ],
)
def test_c13_doubtful_numbers_raise_alerts(
    traits: PatientTraits, alerts: tuple[InsAlert, ...]
) -> None:
    assert check_ins(traits) == alerts
