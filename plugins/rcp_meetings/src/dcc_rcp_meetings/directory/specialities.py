"""Specialities: families of RPPS savoir-faire codes that mean one competence.

The same competence has several codes (reform of 2017, DEC, DNQ, SST). Codes and labels:
JDV_J01_XdsAuthorSpecialty_CISIS, 1.2.250.1.213.1.1.4.5.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from dcc_core.api import Coded

SYSTEM = "1.2.250.1.213.1.1.4.5"
PROFESSION = "profession:"
"""Prefix of a profession code (TRE_G15), where a rule speaks of a profession."""


@dataclass(frozen=True, slots=True)
class Speciality:
    """A family of codes; ``codes`` gives the national label of each."""

    key: str
    label: str
    codes: Mapping[str, str]


@cache
def specialities() -> Mapping[str, Speciality]:
    """Return the families by key."""
    text = files("dcc_rcp_meetings").joinpath("data/specialities.json").read_text(encoding="utf-8")
    return {
        key: Speciality(key, raw["libellé"], raw["codes"])
        for key, raw in json.loads(text)["familles"].items()
    }


@cache
def _by_code() -> Mapping[str, Speciality]:
    return {code: family for family in specialities().values() for code in family.codes}


def is_known(code: str) -> bool:
    """Tell whether a code is in a family, or names a profession."""
    return code in _by_code() or code.startswith(PROFESSION)


def family_of(code: str) -> str:
    """Return the key of the family, the code itself when it is in none."""
    family = _by_code().get(code)
    return family.key if family else code


def speciality_label(code: str) -> str:
    """Return how people name the speciality of a code; empty when none is known."""
    family = _by_code().get(code)
    return family.label if family else code


def coded_speciality(code: str) -> Coded | None:
    """Return the national code of a speciality for a document, None when it is unknown."""
    family = _by_code().get(code)
    return Coded(f"G15_10/{code}", SYSTEM, family.codes[code]) if family else None
