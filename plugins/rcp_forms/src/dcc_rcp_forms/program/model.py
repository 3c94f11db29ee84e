"""What a form becomes once checked: steps to run, in order, all in core form and JSON-ready."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from dcc_rcp_forms.expressions.core import Core
from dcc_rcp_forms.expressions.types import ValueType
from dcc_rcp_forms.language.model import FieldKind, Level, Phase

ALWAYS: Core = ["b", True]
NEVER: Core = ["b", False]
FRESHNESS = "fraîcheur."
"""Prefix of the id of the alert a freshness rule gives."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """A rule that is broken when its core is known to be false.

    Attributes:
        origin: `contrôle` when an author wrote it, otherwise what it follows from (`borne`, …).
    """

    core: Core
    message: str
    level: Level
    origin: str


@dataclass(frozen=True, slots=True)
class Step:
    """Evaluation of one field or column.

    Attributes:
        id: field id; for a column, its name in the row.
        visible: whether the field shows; only `true` shows it.
        required: whether an answer is required; only `true` requires it.
        formula: value of a computed field.
        codes: codes accepted, for choices and for fields coded with a value set.
        columns: steps of the columns, in evaluation order.
        rows: codes of the rows of a matrix.
    """

    id: str
    kind: FieldKind
    phase: Phase
    visible: Core
    required: Core
    formula: Core | None
    constraints: tuple[Constraint, ...]
    codes: tuple[str, ...]
    precision: str
    allows_unknown: bool
    min_rows: int
    max_rows: int | None
    columns: tuple["Step", ...]
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlertRule:
    """An alert in core form; `blocks` names the step it forbids, empty when none."""

    id: str
    core: Core
    message: str
    level: Level
    blocks: str


@dataclass(frozen=True, slots=True)
class Program:
    """A checked form.

    Attributes:
        steps: fields in evaluation order.
        display: ids of the fields in form order.
        alerts: alerts and freshness rules.
        types: type of every name, computed fields included.
    """

    form_id: str
    version: str
    steps: tuple[Step, ...]
    display: tuple[str, ...]
    alerts: tuple[AlertRule, ...]
    types: Mapping[str, ValueType]

    def step(self, field_id: str) -> Step:
        """Return the step of a field; KeyError when there is none."""
        for step in self.steps:
            if step.id == field_id:
                return step
        raise KeyError(field_id)

    def to_json(self) -> dict[str, Any]:
        """Return what the browser needs."""
        return {
            "form_id": self.form_id,
            "version": self.version,
            "display": list(self.display),
            "steps": [asdict(step) for step in self.steps],
            "alerts": [asdict(alert) for alert in self.alerts],
        }
