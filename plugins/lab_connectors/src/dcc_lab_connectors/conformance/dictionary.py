"""Fields of every segment: names for the message viewer, rules for the checker.

The tables are hl7apy's. PRT is added to 2.5, 2.5.1 and 2.6 from its 2.8.2 table, because the CI-SIS
volets pre-adopt it; French Z segments come from PAM-FR 2.11.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from hl7apy import load_library
from hl7apy.exceptions import UnsupportedVersion

_PRT_VERSIONS = ("2.5", "2.5.1", "2.6")
_PRT_SOURCE = "2.8.2"
_DEFAULT_VERSION = "2.5"
_UNBOUNDED = -1


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field as the standard defines it; `maximum` is None when it repeats without limit."""

    number: int
    name: str
    datatype: str = ""
    is_required: bool = False
    maximum: int | None = 1


_FRENCH_SEGMENTS = {
    "ZBE": (
        ("Identifiant du mouvement", True),
        ("Début du mouvement", True),
        ("Fin du mouvement", False),
        ("Action", True),
        ("Mouvement historique", True),
        ("Événement d'origine", False),
        ("UF de responsabilité médicale", False),
        ("UF de responsabilité de soins", False),
        ("Nature du mouvement", True),
    ),
    "ZFA": (
        ("Statut du DMP", False),
        ("Date du statut", False),
        ("Date de fermeture", False),
        ("Autorisation d'accès valide", False),
        ("Date de l'autorisation", False),
        ("Opposition au mode bris de glace", False),
        ("Opposition au mode centre 15", False),
        ("Date des oppositions", False),
        ("Opposition à l'alimentation", False),
        ("Date de l'opposition à l'alimentation", False),
        ("Consentement à la consultation", False),
        ("Date du consentement à la consultation", False),
    ),
    "ZFD": (
        ("Date de naissance lunaire", False),
        ("Nombre de semaines de gestation", False),
        ("Consentement aux SMS", False),
        ("Date de naissance corrigée", False),
        ("Mode d'obtention de l'identité", False),
        ("Date d'interrogation d'INSi", False),
        ("Type de justificatif d'identité", False),
        ("Fin de validité du justificatif", False),
    ),
}


def register_french_extensions() -> None:
    """Let hl7apy know PRT in the versions that French profiles use; may be called again."""
    prt = load_library(_PRT_SOURCE).SEGMENTS["PRT"]
    for version in _PRT_VERSIONS:
        load_library(version).SEGMENTS.setdefault("PRT", prt)


def is_known_version(version: str) -> bool:
    """Whether hl7apy has tables of this version."""
    try:
        load_library(version)
    except UnsupportedVersion:
        return False
    return True


@cache
def segment_rules(version: str, segment: str) -> tuple[FieldRule, ...]:
    """Fields of a segment; none when no table knows it."""
    if segment in _FRENCH_SEGMENTS:
        fields = enumerate(_FRENCH_SEGMENTS[segment], 1)
        return tuple(FieldRule(n, name, "", required, None) for n, (name, required) in fields)
    register_french_extensions()
    library = load_library(version if is_known_version(version) else _DEFAULT_VERSION)
    definition = library.SEGMENTS.get(segment)
    if definition is None:
        return ()
    return tuple(_rule(field) for field in definition[1])


def field_name(version: str, segment: str, number: int) -> str:
    """Name of a field for people, empty when no table knows it."""
    rules = segment_rules(version, segment)
    return next((rule.name for rule in rules if rule.number == number), "")


def _rule(field: Sequence[Any]) -> FieldRule:
    """Read one entry of hl7apy's tables: (`PID_3`, (…, datatype, LONG_NAME, …), (min, max), …)."""
    reference, description, (minimum, maximum), *_ = field
    return FieldRule(
        number=int(reference.rpartition("_")[2]),
        name=str(description[3]).replace("_", " ").capitalize(),
        datatype=str(description[2]),
        is_required=minimum > 0,
        maximum=None if maximum == _UNBOUNDED else maximum,
    )
