"""Types of the fields of an identity, each with the refusals a person can act upon.

No refusal repeats what was typed: texts may reach a log.
"""

import re
import unicodedata
from datetime import date
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from dcc_core.config import utc_now
from dcc_core.patients.names import (
    MAX_LENGTH,
    clean_name,
    comparable,
    has_forbidden_character,
)

OLDEST_BIRTH = date(1850, 1, 1)
_INSEE = re.compile(r"(?:\d{2}|2A|2B)\d{3}")


def _name(text: str) -> str:
    name = clean_name(text)
    if len(name) > MAX_LENGTH:
        raise PydanticCustomError(
            "PAT-003",
            "Ce nom dépasse 100 caractères. Saisissez-le tel qu'il figure sur le titre d'identité.",
        )
    if has_forbidden_character(name):
        raise PydanticCustomError(
            "PAT-002",
            "Ce nom contient un caractère qui n'est ni une lettre, ni une espace, ni un trait"
            " d'union, ni une apostrophe. Retapez-le au clavier.",
        )
    return name


def _required_name(text: str) -> str:
    name = _name(text)
    if not comparable(name):
        raise PydanticCustomError(
            "PAT-004" if name else "PAT-001",
            "Ce nom ne contient aucune lettre latine. Saisissez la forme latine du titre"
            " d'identité."
            if name
            else "Ce trait est obligatoire. Renseignez-le d'après le titre d'identité.",
        )
    return name


def _line(text: str) -> str:
    if len(text) > MAX_LENGTH or any(unicodedata.category(c)[0] == "C" for c in text):
        raise PydanticCustomError(
            "PAT-012",
            "Cette ligne dépasse 100 caractères ou contient un caractère invisible. Retapez-la au"
            " clavier.",
        )
    return " ".join(text.split())


def _insee(code: str) -> str:
    if code and not _INSEE.fullmatch(code):
        raise PydanticCustomError(
            "PAT-008",
            "Le code du lieu de naissance n'a pas la forme d'un code INSEE : cinq caractères, par"
            " exemple 31555, 2A004, ou 99 suivi du pays. Choisissez le lieu dans la liste.",
        )
    return code


def _past_date(value: date) -> date:
    if value > utc_now().date():
        raise PydanticCustomError(
            "PAT-006", "Cette date est dans le futur. Vérifiez le jour, le mois et l'année."
        )
    if value < OLDEST_BIRTH:
        raise PydanticCustomError(
            "PAT-007", "Cette date est antérieure à 1850. Vérifiez l'année sur le titre d'identité."
        )
    return value


Name = Annotated[str, AfterValidator(_required_name)]
OptionalName = Annotated[str, AfterValidator(_name)]
Line = Annotated[str, AfterValidator(_line)]
InseeCode = Annotated[str, AfterValidator(_insee)]
PastDate = Annotated[date, AfterValidator(_past_date)]
