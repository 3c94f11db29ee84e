"""Stored answers, their runtime values, and the reading of typed text.

| type | stored as JSON | in rules |
|---|---|---|
| texte, texte_long, code, fichier, professionnel, établissement | text | text |
| nombre, échelle | number | number |
| date | `2024-03-15`, `2024-03` or `2024` | first and last day |
| heure | `14:30` | minutes since midnight |
| oui_non | true, false | truth |
| choix / choix_multiple | code / list of codes | code / codes |
| tableau / matrice | list of rows / row code → row | rows |

`{"absent": "inconnu"}` and `{"absent": "non fait"}` are accepted where the field allows them.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dcc_rcp_forms.expressions.checker import minutes_of
from dcc_rcp_forms.expressions.dates import iso_text, parse_date, precision_of
from dcc_rcp_forms.language.model import FieldKind
from dcc_rcp_forms.program.model import Step

Stored = Any
"""A JSON value as stored; see the table above."""

ABSENCES = ("inconnu", "non fait")

_PRECISIONS = ("jour", "mois", "année")
_ISO_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)
_BLANKS = " \t\r\n\u00a0\u202f"
_RPPS = re.compile(r"\d{11}", re.ASCII)
_FINESS = re.compile(r"\d[\dAB]\d{7}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reading:
    """A stored answer seen by rules: a value, a declared absence, or a fault."""

    value: Any = None
    absence: str = ""
    fault: str = ""


UNANSWERED = Reading()


def read_stored(step: Step, stored: Stored) -> Reading:
    """Turn a stored answer into a runtime value; tables and matrices are read by the engine."""
    if stored is None or stored in ("", []):
        return UNANSWERED
    if isinstance(stored, Mapping) and set(stored) == {"absent"}:
        if step.allows_unknown and stored["absent"] in ABSENCES:
            return Reading(absence=stored["absent"])
        return Reading(fault="Cette question attend une réponse.")
    value = _READERS.get(step.kind, _text)(step, stored)
    if value is None:
        return Reading(fault=_FAULTS.get(step.kind, "Réponse illisible."))
    return Reading(value)


def _text(_: Step, stored: Stored) -> str | None:
    return stored if isinstance(stored, str) and stored.strip(_BLANKS) else None


def _pattern(pattern: re.Pattern[str]) -> Callable[[Step, Stored], str | None]:
    return lambda _, stored: (
        stored if isinstance(stored, str) and pattern.fullmatch(stored) else None
    )


def _number(_: Step, stored: Stored) -> float | None:
    if isinstance(stored, bool) or not isinstance(stored, int | float):
        return None
    return float(stored) if abs(stored) < 1e15 and math.isfinite(stored) else None


def _date(step: Step, stored: Stored) -> Any:
    if not isinstance(stored, str) or not _ISO_DATE.fullmatch(stored):
        return None
    span = parse_date(stored)
    if span is None or _PRECISIONS.index(precision_of(span)) > _PRECISIONS.index(step.precision):
        return None
    return span


def _time(_: Step, stored: Stored) -> float | None:
    return minutes_of(stored) if isinstance(stored, str) else None


def _truth(_: Step, stored: Stored) -> bool | None:
    return stored if isinstance(stored, bool) else None


def _choice(step: Step, stored: Stored) -> str | None:
    return stored if isinstance(stored, str) and stored in step.codes else None


def _code(step: Step, stored: Stored) -> str | None:
    return _choice(step, stored) if step.codes else _text(step, stored)


def _choices(step: Step, stored: Stored) -> tuple[str, ...] | None:
    if not isinstance(stored, list | tuple) or len(set(map(str, stored))) != len(stored):
        return None
    return tuple(stored) if all(code in step.codes for code in stored) else None


_READERS: Mapping[FieldKind, Callable[[Step, Stored], Any]] = {
    FieldKind.NUMBER: _number,
    FieldKind.SCALE: _number,
    FieldKind.DATE: _date,
    FieldKind.TIME: _time,
    FieldKind.YES_NO: _truth,
    FieldKind.CHOICE: _choice,
    FieldKind.CHOICES: _choices,
    FieldKind.CODE: _code,
    FieldKind.PROFESSIONAL: _pattern(_RPPS),
    FieldKind.ORGANISATION: _pattern(_FINESS),
}

_FAULTS: Mapping[FieldKind, str] = {
    FieldKind.NUMBER: "Un nombre est attendu.",
    FieldKind.SCALE: "Un nombre est attendu.",
    FieldKind.DATE: "Date illisible ou trop imprécise ; par exemple 15/03/2024.",
    FieldKind.TIME: "Heure illisible ; par exemple 14:30.",
    FieldKind.CHOICE: "Cette valeur n'est pas dans la liste.",
    FieldKind.CHOICES: "Une valeur n'est pas dans la liste.",
    FieldKind.CODE: "Ce code n'est pas dans le jeu de valeurs.",
    FieldKind.PROFESSIONAL: "Un numéro RPPS a 11 chiffres.",
    FieldKind.ORGANISATION: "Un numéro FINESS a 9 caractères.",
}


def stored_from_text(step: Step, text: str) -> Stored:
    """Read what a person typed as a stored answer.

    Text that cannot be read is kept as text, so that the person sees it again with its fault.
    """
    text = text.strip()
    if step.allows_unknown and text in ABSENCES:
        return {"absent": text}
    match step.kind:
        case FieldKind.NUMBER | FieldKind.SCALE:
            return _typed_number(text)
        case FieldKind.YES_NO:
            return {"oui": True, "non": False}.get(text, text)
        case FieldKind.DATE:
            return iso_text(text) or text
        case FieldKind.CHOICES:
            return [code.strip() for code in text.split(",") if code.strip()]
        case _:
            return text


def _typed_number(text: str) -> float | int | str:
    compact = re.sub(r"[\s\u202f\u00a0]", "", text).replace(",", ".").replace("−", "-")
    if not re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", compact, re.ASCII):
        return text
    value = float(compact)
    return int(value) if value.is_integer() else value
