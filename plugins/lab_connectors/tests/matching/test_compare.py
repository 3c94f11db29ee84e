from datetime import date

import pytest

from dcc_core.api import PatientTraits, Sex
from dcc_lab_connectors.matching.compare import (
    Difference,
    Trait,
    compare_traits,
    missing_traits,
    normalise_name,
)

DEMO = PatientTraits("DÉMO-MARTIN", "ZOÉ", date(1979, 3, 28), Sex.FEMALE, birth_place_insee="2A004")


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Démo-Martin", "DEMO MARTIN"),
        ("  d’Œuvre   le  Grand ", "D OEUVRE LE GRAND"),
        ("NGUYỄN", "NGUYEN"),
        ("Straße", "STRASSE"),
        ("Læticia–Anne", "LAETICIA ANNE"),
        ("", ""),
    ],
)
def test_names_are_compared_without_case_accents_and_punctuation(
    written: str, compared: str
) -> None:
    assert normalise_name(written) == compared


def test_differences_name_the_trait_and_both_values() -> None:
    stated = PatientTraits("demo-martin", "ZOÉ", date(1979, 3, 29), Sex.FEMALE)
    assert compare_traits(stated, DEMO) == (
        Difference(Trait.BIRTH_DATE, "1979-03-29", "1979-03-28"),
    )


def test_four_traits_must_be_there() -> None:
    assert missing_traits(DEMO) == ()
    assert missing_traits(PatientTraits(" ", "", None)) == (
        Trait.BIRTH_NAME,
        Trait.FIRST_GIVEN_NAME,
        Trait.BIRTH_DATE,
        Trait.SEX,
    )
