"""The conditions of a form, with the place and the words to speak of each."""

from collections.abc import Iterator
from dataclasses import dataclass

from dcc_rcp_forms.expressions.core import Core
from dcc_rcp_forms.language.issues import Place
from dcc_rcp_forms.language.model import Field, FieldKind, Form
from dcc_rcp_forms.program.model import ALWAYS, FRESHNESS, NEVER, Program, Step


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition to be questioned.

    Attributes:
        core: what is evaluated.
        place: where it is written.
        what: how to name it (« la condition d'affichage de re »).
        earlier: for a row of a decision table, the conditions of the rows above.
        fires_on: value that makes it act; a check acts when its rule is false.
    """

    core: Core
    place: Place
    what: str
    earlier: tuple[Core, ...] = ()
    fires_on: bool = True
    is_row: bool = False


def conditions_of(form: Form, program: Program) -> Iterator[Condition]:
    """Iterate over the conditions of a form, row-level ones left out."""
    steps = {step.id: step for step in program.steps}
    for section in form.sections:
        for field in section.fields:
            step = steps[field.id]
            if field.visible_if:
                place = field.visible_if[-1].place
            elif section.visible_if:
                place = section.visible_if.place
            else:
                place = field.place
            yield from _of_field(field, step, place)
    alerts = {alert.id: alert.place for alert in form.alerts}
    for rule in program.alerts:
        if not rule.id.startswith(FRESHNESS):
            yield Condition(rule.core, alerts[rule.id], f"L'alerte « {rule.id} »")


def _of_field(field: Field, step: Step, place: Place) -> Iterator[Condition]:
    if step.visible not in (ALWAYS, NEVER):
        yield Condition(step.visible, place, f"La condition d'affichage de « {field.id} »")
    if not isinstance(field.required, bool):
        core: Core = ["et", step.visible, step.required]
        yield Condition(core, field.required.place, f"L'obligation de « {field.id} »")
    for check, rule in zip(field.checks, step.constraints[-len(field.checks) :], strict=False):
        what = f"Le contrôle de « {field.id} »"
        yield Condition(rule.core, check.rule.place, what, fires_on=False)
    if field.kind is FieldKind.COMPUTED and field.cases and step.formula:
        cores = [core for core, _ in step.formula[1]]
        for index, case in enumerate(field.cases):
            yield Condition(
                cores[index],
                case.condition.place,
                f"Le cas {index + 1} de « {field.id} »",
                earlier=tuple(cores[:index]),
                is_row=True,
            )
