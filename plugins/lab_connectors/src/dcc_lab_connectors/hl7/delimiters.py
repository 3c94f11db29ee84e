"""The five characters that structure a message, as MSH-1 and MSH-2 declare them."""

from dataclasses import dataclass
from typing import Self

from dcc_lab_connectors.hl7.errors import Condition, Hl7SyntaxError, Problem

MODIFIER_TILDE = "\u02dc"
"""SMALL TILDE, found instead of `~` in official French examples; a word processor puts it there."""


@dataclass(frozen=True, slots=True)
class Delimiters:
    """Separators as text; each may need more than one byte on the wire."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"

    @classmethod
    def declared(cls, field: str, encoding_characters: str) -> Self:
        """Read MSH-1 and MSH-2.

        Version 2.7 adds a fifth encoding character (truncation), which we accept and do not use.

        Raises:
            Hl7SyntaxError: the characters cannot structure a message.
        """
        characters = encoding_characters.strip()
        distinct = {field, *characters}
        usable = len(characters) in (4, 5) and len(distinct) == len(characters) + 1
        if not usable or any(character.isalnum() or character.isspace() for character in distinct):
            raise Hl7SyntaxError(
                Problem(
                    Condition.DATA_TYPE,
                    "MSH-1 et MSH-2 ne donnent pas cinq séparateurs distincts : "
                    "corriger l'en-tête puis renvoyer le message.",
                    "MSH^1^2",
                )
            )
        return cls(field, *characters[:4])

    @property
    def is_standard(self) -> bool:
        """Whether the sender uses the separators everybody uses."""
        return self == Delimiters()

    @property
    def encoding_characters(self) -> str:
        """MSH-2 without the truncation character."""
        return self.component + self.repetition + self.escape + self.subcomponent
