"""Syntax tree of an expression, as written; `at` is the offset of a node in the expression text."""

from collections.abc import Iterator
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Number:
    """A number; `text` keeps the way it was written."""

    value: float
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted text: a code, a date, or words."""

    value: str
    at: int


@dataclass(frozen=True, slots=True)
class Truth:
    """`oui` or `non` as a value."""

    value: bool
    at: int


@dataclass(frozen=True, slots=True)
class Name:
    """A field, a cell of a matrix (`stations.r4.statut`) or a field of a block (`biopsie.date`)."""

    path: str
    at: int


@dataclass(frozen=True, slots=True)
class Logic:
    """`et` or `ou` between two or more conditions."""

    operator: str
    parts: tuple["Syntax", ...]
    at: int


@dataclass(frozen=True, slots=True)
class Not:
    """`non` before a condition."""

    part: "Syntax"
    at: int


@dataclass(frozen=True, slots=True)
class Compare:
    """One of `= ≠ < ≤ > ≥` between two values."""

    operator: str
    left: "Syntax"
    right: "Syntax"
    at: int


@dataclass(frozen=True, slots=True)
class Among:
    """`x parmi ('a', 'b')`."""

    value: "Syntax"
    options: tuple[Number | Text, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Contains:
    """`choix contient 'code'`, or a text that contains another."""

    container: "Syntax"
    part: "Syntax"
    at: int


@dataclass(frozen=True, slots=True)
class Answered:
    """`x est renseigné` or, negated, `x n'est pas renseigné`."""

    value: "Syntax"
    is_negated: bool
    at: int


@dataclass(frozen=True, slots=True)
class Absent:
    """`x est inconnu` or `x est non fait`: the author of the answer declared the absence."""

    value: "Syntax"
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """One of `+ - * /` between two numbers."""

    operator: str
    left: "Syntax"
    right: "Syntax"
    at: int


@dataclass(frozen=True, slots=True)
class Negative:
    """A minus sign before a number."""

    part: "Syntax"
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function of the fixed list."""

    function: str
    arguments: tuple["Syntax", ...]
    at: int


Syntax = (
    Number
    | Text
    | Truth
    | Name
    | Logic
    | Not
    | Compare
    | Among
    | Contains
    | Answered
    | Absent
    | Arithmetic
    | Negative
    | Call
)


def names_in(node: Syntax) -> Iterator[Name]:
    """Iterate over the names an expression mentions."""
    if isinstance(node, Name):
        yield node
        return
    for item in fields(node):
        value = getattr(node, item.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Syntax):
                yield from names_in(part)
