"""Which conditions of a form its in-file tests made true."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dcc_rcp_forms.engine.evaluate_form import ConditionKey
from dcc_rcp_forms.language.model import Alert, Field, Form
from dcc_rcp_forms.program.model import ALWAYS, FRESHNESS, NEVER, Program, Step


@dataclass(slots=True)
class Coverage:
    """Counts the conditions that fired at least once: a rule is covered when it was broken."""

    all: tuple[ConditionKey, ...]
    fired: set[ConditionKey] = field(default_factory=set)

    def observe(self, key: ConditionKey, value: Any) -> None:
        """Take note of one evaluation."""
        if value is (key.role != "contrôle"):
            self.fired.add(key)

    @property
    def never(self) -> tuple[ConditionKey, ...]:
        """Return the conditions no test made true."""
        return tuple(key for key in self.all if key not in self.fired)

    @property
    def ratio(self) -> float:
        """Return the share of covered conditions, 1 for a form without conditions."""
        return 1 - len(self.never) / len(self.all) if self.all else 1.0


def coverage_of(form: Form, program: Program) -> Coverage:
    """Start the count for the conditions written in the form's own file, bases left out."""
    items: list[Field | Alert] = [*form.fields(), *form.alerts]
    own = {item.id for item in items if item.place.file == form.place.file}
    steps = [key for step in program.steps if step.id in own for key in _conditions(step, "")]
    alerts = [
        ConditionKey(alert.id, "alerte", 0)
        for alert in program.alerts
        if alert.id.removeprefix(FRESHNESS) in own
    ]
    return Coverage((*steps, *alerts))


def _conditions(step: Step, owner: str) -> Iterator[ConditionKey]:
    path = f"{owner}.{step.id}" if owner else step.id
    if step.visible == NEVER:
        return
    if step.visible != ALWAYS:
        yield ConditionKey(path, "si", 0)
    if step.required not in (ALWAYS, NEVER):
        yield ConditionKey(path, "obligatoire", 0)
    for index, rule in enumerate(step.constraints):
        if rule.origin == "contrôle":
            yield ConditionKey(path, "contrôle", index)
    if step.formula and step.formula[0] == "cas":
        for index in range(len(step.formula[1])):
            yield ConditionKey(path, "cas", index)
    for column in step.columns:
        yield from _conditions(column, path)
