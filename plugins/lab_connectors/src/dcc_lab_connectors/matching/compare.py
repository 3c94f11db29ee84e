"""Compare the strict traits of two identities.

Source: RNIV 1 v2.0 (strict traits). Names are compared without case, accents and punctuation, as
the core compares them.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from dcc_core.api import PatientTraits, Sex

_LIGATURES = str.maketrans(
    {"Œ": "OE", "Æ": "AE", "Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Þ": "TH"}
)
_NOT_A_LETTER = re.compile(r"[^A-Z]+")


class Trait(StrEnum):
    """What two identities may disagree about."""

    BIRTH_NAME = "birth_name"
    FIRST_GIVEN_NAME = "first_given_name"
    BIRTH_DATE = "birth_date"
    SEX = "sex"
    BIRTH_PLACE = "birth_place"
    INS = "ins"
    LOCAL_IDENTIFIER = "local_identifier"


@dataclass(frozen=True, slots=True)
class Difference:
    """One trait as the message states it and as the dossier has it; shown to authorised people."""

    trait: Trait
    stated: str
    known: str


def normalise_name(text: str) -> str:
    """Write a name as identities are compared: upper-case unaccented words."""
    decomposed = unicodedata.normalize("NFKD", text.upper().translate(_LIGATURES))
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return _NOT_A_LETTER.sub(" ", bare).strip()


def missing_traits(traits: PatientTraits) -> tuple[Trait, ...]:
    """Strict traits without which no identity can be compared; the birth place is not one."""
    stated = {
        Trait.BIRTH_NAME: bool(normalise_name(traits.birth_family_name)),
        Trait.FIRST_GIVEN_NAME: bool(normalise_name(traits.first_given_name)),
        Trait.BIRTH_DATE: traits.birth_date is not None,
        Trait.SEX: traits.sex is not Sex.UNKNOWN,
    }
    return tuple(trait for trait, is_stated in stated.items() if not is_stated)


def compare_traits(stated: PatientTraits, known: PatientTraits) -> tuple[Difference, ...]:
    """Differences of the strict traits; a birth place counts when both sides have one."""
    return tuple(
        Difference(trait, ours, theirs)
        for trait, ours, theirs in _pairs(stated, known)
        if ours != theirs
    )


def _pairs(stated: PatientTraits, known: PatientTraits) -> Iterator[tuple[Trait, str, str]]:
    yield (
        Trait.BIRTH_NAME,
        normalise_name(stated.birth_family_name),
        normalise_name(known.birth_family_name),
    )
    yield (
        Trait.FIRST_GIVEN_NAME,
        normalise_name(stated.first_given_name),
        normalise_name(known.first_given_name),
    )
    yield Trait.BIRTH_DATE, str(stated.birth_date or ""), str(known.birth_date or "")
    yield Trait.SEX, stated.sex, known.sex
    if stated.birth_place_insee and known.birth_place_insee:
        yield (
            Trait.BIRTH_PLACE,
            stated.birth_place_insee.upper(),
            known.birth_place_insee.upper(),
        )
