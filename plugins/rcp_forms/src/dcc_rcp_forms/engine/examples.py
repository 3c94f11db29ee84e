"""Run the in-file tests of a form (`essais`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dcc_rcp_forms.engine.coverage import Coverage, coverage_of
from dcc_rcp_forms.engine.evaluate_form import Engine
from dcc_rcp_forms.engine.state import FormState
from dcc_rcp_forms.engine.stored import Stored, stored_from_text
from dcc_rcp_forms.expressions.dates import DateSpan, parse_date
from dcc_rcp_forms.language.identifiers import SESSION_DATE
from dcc_rcp_forms.language.issues import Findings, Place
from dcc_rcp_forms.language.model import Example, FieldKind, Form
from dcc_rcp_forms.language.nodes import Mapping as Group
from dcc_rcp_forms.language.nodes import Node, Scalar
from dcc_rcp_forms.language.suggest import did_you_mean, enumerate_french
from dcc_rcp_forms.program.model import Program, Step

UNKNOWN_WORD = "inconnu"


@dataclass(frozen=True, slots=True)
class ExampleRun:
    """Outcome of all the tests of a form."""

    passed: tuple[str, ...]
    failed: tuple[str, ...]
    coverage: Coverage


def run_examples(form: Form, program: Program, findings: Findings) -> ExampleRun:
    """Run every test; each disappointment is reported where it is written."""
    coverage = coverage_of(form, program)
    engine = Engine(program, coverage.observe)
    passed: list[str] = []
    failed: list[str] = []
    for example in form.examples:
        before = len(findings.items)
        _run(example, engine, findings)
        (passed if len(findings.items) == before else failed).append(example.name)
    return ExampleRun(tuple(passed), tuple(failed), coverage)


def example_answers(example: Example, program: Program, findings: Findings) -> dict[str, Stored]:
    """Read the answers of a test as stored answers; names the form does not have are reported."""
    steps = {step.id: step for step in program.steps}
    answers = {}
    for name, node in example.answers.items():
        step = steps.get(name)
        if step is not None and step.kind not in {FieldKind.COMPUTED, FieldKind.FIXED_TEXT}:
            answers[name] = stored_from_node(step, node)
        elif name != SESSION_DATE:
            remedy = did_you_mean(name, steps, "Retirez cette réponse ou créez le champ.")
            if step is not None:
                remedy = "Un champ calculé ne se saisit pas : mettez-le sous « attendu »."
            findings.error(
                "FRM-501", node.place, f"« {name} » n'est pas un champ à remplir.", remedy
            )
    return answers


def example_session_date(example: Example) -> str:
    """Return the session date of a test, as stored; empty when it has none."""
    node = example.answers.get(SESSION_DATE)
    return node.text if isinstance(node, Scalar) else ""


def stored_from_node(step: Step, node: Node) -> Stored:
    """Read an answer written in a form file."""
    if isinstance(node, Scalar):
        return stored_from_text(step, node.text)
    if isinstance(node, Group) and step.kind is FieldKind.MATRIX:
        return {
            row: _row(step, cells)
            for row, cells in node.entries.items()
            if isinstance(cells, Group)
        }
    if step.kind is FieldKind.TABLE and not isinstance(node, Group):
        return [_row(step, row) for row in node if isinstance(row, Group)]
    if isinstance(node, Group):
        return {key: value.text for key, value in node.entries.items() if isinstance(value, Scalar)}
    return [item.text for item in node if isinstance(item, Scalar)]


def _row(step: Step, cells: Group) -> dict[str, Stored]:
    columns = {column.id: column for column in step.columns}
    return {
        name: stored_from_node(columns[name], node)
        for name, node in cells.entries.items()
        if name in columns
    }


def _run(example: Example, engine: Engine, findings: Findings) -> None:
    answers = example_answers(example, engine.program, findings)
    state = engine.evaluate(answers, example_session_date(example))
    judge = _Judge(example, engine.program, state, findings)
    judge.check_values()
    judge.check_alerts()
    judge.check_visibility()
    judge.check_missing()
    judge.check_errors()


@dataclass(frozen=True, slots=True)
class _Judge:
    example: Example
    program: Program
    state: FormState
    findings: Findings

    def fail(self, place: Place, fact: str) -> None:
        self.findings.error(
            "FRM-502",
            place,
            f"Essai « {self.example.name} » : {fact}",
            "Corrigez la règle ou l'attente de l'essai.",
        )

    def check_values(self) -> None:
        for name, wanted in self.example.expected.items():
            if self.knows(name, wanted.place):
                found = self.state.values.get(name)
                if not _is_value(found, wanted.text):
                    self.fail(
                        wanted.place,
                        f"{name} vaut « {value_text(found)} » au lieu de « {wanted.text} ».",
                    )

    def knows(self, name: str, place: Place) -> bool:
        if name in self.program.display:
            return True
        self.findings.error(
            "FRM-501",
            place,
            f"Le champ « {name} » n'existe pas.",
            did_you_mean(name, self.program.display),
        )
        return False

    def check_alerts(self) -> None:
        if self.example.alerts is None:
            return
        fired = {alert.id for alert in self.state.alerts}
        wanted = {scalar.text: scalar for scalar in self.example.alerts}
        known = [alert.id for alert in self.program.alerts]
        for name, scalar in wanted.items():
            if name not in known:
                self.findings.error(
                    "FRM-501",
                    scalar.place,
                    f"L'alerte « {name} » n'existe pas.",
                    did_you_mean(name, known),
                )
            elif name not in fired:
                self.fail(scalar.place, f"l'alerte {name} n'est pas déclenchée.")
        if extra := fired - set(wanted):
            self.fail(self.example.place, f"alerte(s) en plus : {enumerate_french(sorted(extra))}.")

    def check_visibility(self) -> None:
        for scalar in self.example.visible:
            if self.knows(scalar.text, scalar.place) and scalar.text not in self.state.visible:
                self.fail(scalar.place, f"{scalar.text} n'est pas affiché.")
        for scalar in self.example.hidden:
            if self.knows(scalar.text, scalar.place) and scalar.text in self.state.visible:
                self.fail(scalar.place, f"{scalar.text} est affiché.")

    def check_missing(self) -> None:
        missing = {item.path for item in self.state.missing}
        for scalar in self.example.missing:
            if scalar.text not in missing:
                self.fail(scalar.place, f"{scalar.text} n'est pas signalé manquant.")

    def check_errors(self) -> None:
        found = {_owner(error.path, self.program) for error in self.state.errors}
        wanted = {scalar.text: scalar for scalar in self.example.errors}
        for name, scalar in wanted.items():
            if self.knows(name, scalar.place) and name not in found:
                self.fail(scalar.place, f"{name} n'est pas signalé en erreur.")
        if extra := found - set(wanted):
            texts = (
                error.message
                for error in self.state.errors
                if _owner(error.path, self.program) in extra
            )
            self.fail(
                self.example.place,
                f"erreur(s) en plus sur {enumerate_french(sorted(extra))} ({' '.join(texts)})",
            )


def _owner(path: str, program: Program) -> str:
    candidates = (
        name
        for name in program.display
        if path == name or path.startswith((f"{name}[", f"{name}."))
    )
    return max(candidates, key=len, default=path)


def _is_value(found: Any, wanted: str) -> bool:
    if wanted == UNKNOWN_WORD and found is None:
        return True
    if isinstance(found, DateSpan):
        return found == parse_date(wanted)
    if isinstance(found, float):
        return value_text(found) == wanted.replace(".", ",")
    return value_text(found) == wanted


def value_text(value: Any) -> str:
    """Write a runtime value the way an author writes it in a test."""
    match value:
        case None:
            return UNKNOWN_WORD
        case bool():
            return "oui" if value else "non"
        case float():
            return str(int(value) if value.is_integer() else value).replace(".", ",")
        case DateSpan():
            return "date"
        case tuple() if value and isinstance(value[0], Mapping):
            return f"{len(value)} ligne(s)"
        case tuple():
            return ", ".join(value)
        case _:
            return str(value)
