"""What a check says of a document."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """What was checked; the later ones need the national rules."""

    XML = "xml"
    OWN = "own"
    SCHEMA = "xsd"
    HEADER = "strucmin"
    IHE = "ihe"
    CONTENT = "modeles"
    ANS = "ans"
    VOLET = "volet"


LABELS = {
    Level.XML: "Fichier lisible et sans danger",
    Level.OWN: "Contrôles internes : identité, structure, codes",
    Level.SCHEMA: "Schéma XML de CDA",
    Level.HEADER: "Structuration minimale (en-tête)",
    Level.IHE: "Sections et entrées IHE",
    Level.CONTENT: "Modèles de contenus du CI-SIS",
    Level.ANS: "Modèles créés par l'ANS",
    Level.VOLET: "Volet du document",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that a document breaks.

    Attributes:
        rule: Stable code of the rule, ``DCC-…`` for ours, the identifier of the national pattern
            otherwise.
        message: Fact and remedy in French, without any value taken from the document.
        location: Path of the element, names and positions only.
        blocking: False for a warning.
    """

    level: Level
    rule: str
    message: str
    location: str = ""
    blocking: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all levels say, and how far the check could go.

    Attributes:
        levels: Levels that were run, in order.
        rules_origin: Where the national rules come from and their date, empty without them.
    """

    findings: tuple[Finding, ...]
    levels: tuple[Level, ...]
    rules_origin: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the document may be sent."""
        return not any(one.blocking for one in self.findings)

    @property
    def national(self) -> bool:
        """Whether the national rules took part."""
        return Level.HEADER in self.levels
