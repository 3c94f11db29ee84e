"""The typed model of a form, as its file says it; immutable.

Rules (`visible_if`, `checks`, …) stay as written, with their place; `dcc_rcp_forms.program` checks
them and turns them into what the engine and the browser run.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dcc_rcp_forms.language.issues import Place
from dcc_rcp_forms.language.nodes import Node, Scalar

Rule = Scalar
"""An expression as written."""


class FieldKind(StrEnum):
    """Types of fields, named as in files."""

    TEXT = "texte"
    LONG_TEXT = "texte_long"
    NUMBER = "nombre"
    DATE = "date"
    TIME = "heure"
    YES_NO = "oui_non"
    CHOICE = "choix"
    CHOICES = "choix_multiple"
    CODE = "code"
    SCALE = "échelle"
    TABLE = "tableau"
    MATRIX = "matrice"
    COMPUTED = "calcul"
    FILE = "fichier"
    PROFESSIONAL = "professionnel"
    ORGANISATION = "établissement"
    FIXED_TEXT = "texte_fixe"
    BLOCK = "bloc"


class Phase(StrEnum):
    """Moments of a fiche, in order."""

    PREPARATION = "préparation"
    SESSION = "séance"
    AFTER = "après"

    @property
    def rank(self) -> int:
        """Return the position in time, from 0."""
        return list(Phase).index(self)


class Level(StrEnum):
    """Weight of an alert or of a check."""

    INFORMATION = "information"
    ATTENTION = "attention"
    ERROR = "erreur"


class Printed(StrEnum):
    """When a field appears on paper."""

    ALWAYS = "oui"
    IF_FILLED = "si rempli"
    NEVER = "jamais"


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a choice, a row of a matrix, or a point of a scale.

    Attributes:
        code: stable code stored in answers.
        label: what a clinician reads.
        codings: terminology name → code (`cim-o-3` → `8500/3`).
        points: contribution to a score.
        is_retired: kept for old answers, no longer offered.
    """

    code: str
    label: str
    place: Place = field(compare=False)
    codings: Mapping[str, str] = field(default_factory=dict)
    points: float | None = None
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """A rule an answer must satisfy; fires only when the rule is known to be false."""

    rule: Rule
    message: str
    level: Level


@dataclass(frozen=True, slots=True)
class Case:
    """A row of a decision table: a literal or a computed value under a condition."""

    condition: Rule
    literal: Scalar | None
    formula: Rule | None


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old, in days before the session, the latest date may be."""

    column: str
    days: int
    message: str
    place: Place


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value is taken from before anyone types it.

    Attributes:
        origin: `patient`, `séance`, `dernière_fiche`, `labo` or `dmp`.
        path: the datum of that origin, for instance `date_naissance`.
        loinc: LOINC code of a laboratory observation.
    """

    origin: str
    path: str
    loinc: str
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A question, a computed value or a fixed text.

    Attributes:
        id: stable id, with the instance id before a dot for fields of a block.
        is_hidden: taken away by an overlay; never shown, its value stays unknown.
        visible_if: conditions that must all be true.
        required: True, False, or the condition under which an answer is required.
        low: smallest value accepted, as an expression.
        high: largest value accepted, as an expression.
        slot: named slot of the neutral clinical document.
        statistic: name of the field in the statistics projection.
        lock: authority that forbids hiding or loosening it (`national`).
        prefix: id of the block instance, empty outside blocks.
        extension: name of the type a plugin brings; `kind` is then what stands for it in rules.
    """

    id: str
    label: str
    kind: FieldKind
    place: Place
    help: str = ""
    is_hidden: bool = False
    visible_if: tuple[Rule, ...] = ()
    required: Rule | bool = False
    checks: tuple[Check, ...] = ()
    formula: Rule | None = None
    cases: tuple[Case, ...] = ()
    otherwise: Scalar | None = None
    default: Scalar | None = None
    source: Source | None = None
    slot: str = ""
    fhir: str = ""
    phase: Phase = Phase.PREPARATION
    is_sensitive: bool = False
    statistic: str = ""
    printed: Printed = Printed.IF_FILLED
    allows_unknown: bool = False
    unit: str = ""
    low: Rule | None = None
    high: Rule | None = None
    decimals: int | None = None
    precision: str = "jour"
    choices: tuple[Choice, ...] = ()
    terminology: str = ""
    columns: tuple["Field", ...] = ()
    rows: tuple[Choice, ...] = ()
    min_rows: int = 0
    max_rows: int | None = None
    sort: str = ""
    freshness: Freshness | None = None
    lock: str = ""
    text: str = ""
    prefix: str = ""
    group_label: str = ""
    extension: str = ""

    @property
    def is_answerable(self) -> bool:
        """Tell whether somebody fills this field."""
        return self.kind not in {FieldKind.COMPUTED, FieldKind.FIXED_TEXT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled group of fields."""

    id: str
    title: str
    place: Place
    fields: tuple[Field, ...]
    help: str = ""
    visible_if: Rule | None = None
    slot: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """A message shown when its condition is true; may block the end of a phase."""

    id: str
    condition: Rule
    message: str
    level: Level
    blocks: str
    place: Place


@dataclass(frozen=True, slots=True)
class PhaseRule:
    """Who may write during a phase; no role listed means every role of the fiche."""

    phase: Phase
    label: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """An in-file test: answers and what the form must make of them."""

    name: str
    place: Place
    answers: Mapping[str, Node]
    expected: Mapping[str, Scalar]
    alerts: tuple[Scalar, ...] | None = None
    visible: tuple[Scalar, ...] = ()
    hidden: tuple[Scalar, ...] = ()
    missing: tuple[Scalar, ...] = ()
    errors: tuple[Scalar, ...] = ()


@dataclass(frozen=True, slots=True)
class Printing:
    """Layout wishes for paper."""

    summary: tuple[Scalar, ...] = ()
    columns: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form, its bases and overlays already composed.

    Attributes:
        id: stable id (`fiche`).
        version: semantic version, with a regional suffix for overlays.
        rcp: organ system, organ and type of the meetings it serves.
        migrations: declared moves of answers from older versions.
        bases: forms this one was composed from, `id version`, nearest first.
    """

    id: str
    version: str
    title: str
    place: Place
    sections: tuple[Section, ...]
    description: str = ""
    region: str = ""
    authors: tuple[str, ...] = ()
    rcp: Mapping[str, str] = field(default_factory=dict)
    alerts: tuple[Alert, ...] = ()
    phases: tuple[PhaseRule, ...] = ()
    printing: Printing = Printing()
    migrations: tuple[Mapping[str, Node], ...] = ()
    examples: tuple[Example, ...] = ()
    bases: tuple[str, ...] = ()

    def fields(self) -> Iterator[Field]:
        """Iterate over the fields of all sections, in form order."""
        for section in self.sections:
            yield from section.fields

    def field(self, field_id: str) -> Field:
        """Return a field by id; KeyError when the form has none."""
        for candidate in self.fields():
            if candidate.id == field_id:
                return candidate
        raise KeyError(field_id)
