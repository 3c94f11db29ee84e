"""Types of expressions, and the names an expression may use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """Kinds of values, named as in messages to authors."""

    NUMBER = "nombre"
    TEXT = "texte"
    TRUTH = "oui/non"
    DATE = "date"
    TIME = "heure"
    CHOICE = "choix"
    CHOICES = "choix multiple"
    TABLE = "tableau"
    ANY = "valeur de type inconnu"


@dataclass(frozen=True, slots=True)
class ValueType:
    """The type of a value.

    Attributes:
        kind: the family of values.
        labels: for choices, code → label.
        points: for choices that count in a score, code → points.
        unit: unit of a number; None for a bare number, which fits any unit.
        columns: for tables and matrices, type of each column.
    """

    kind: Kind
    labels: Mapping[str, str] = field(default_factory=dict)
    points: Mapping[str, float] = field(default_factory=dict)
    unit: str | None = None
    columns: Mapping[str, "ValueType"] = field(default_factory=dict)


NUMBER = ValueType(Kind.NUMBER)
TEXT = ValueType(Kind.TEXT)
TRUTH = ValueType(Kind.TRUTH)
DATE = ValueType(Kind.DATE)
TIME = ValueType(Kind.TIME)
ANY = ValueType(Kind.ANY)


@dataclass(frozen=True, slots=True)
class Scope:
    """Names an expression may use.

    Attributes:
        variables: fields of the form, by id.
        columns: columns of the row being looked at; they hide fields of the same name.
        prefix: id of the block instance the expression stands in, whose fields need no prefix.
    """

    variables: Mapping[str, ValueType]
    columns: Mapping[str, ValueType] = field(default_factory=dict)
    prefix: str = ""

    def find_variable(self, path: str) -> str | None:
        """Return the full id a name stands for, the block instance first."""
        local = f"{self.prefix}.{path}"
        if self.prefix and local in self.variables:
            return local
        return path if path in self.variables else None

    def names(self) -> list[str]:
        """List the names that could have been meant, for suggestions."""
        start = f"{self.prefix}."
        local = [name.removeprefix(start) for name in self.variables if name.startswith(start)]
        return [*self.columns, *(local if self.prefix else []), *self.variables]
