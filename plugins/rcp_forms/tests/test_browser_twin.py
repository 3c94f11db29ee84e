"""The browser evaluates like the server: same expressions, same forms, same results."""

import json
import random
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

from dcc_rcp_forms.composition.catalogue import NATIONAL_PACK
from dcc_rcp_forms.engine.evaluate_form import Engine
from dcc_rcp_forms.engine.state import FormState
from dcc_rcp_forms.expressions.core import Core
from dcc_rcp_forms.expressions.dates import DateSpan, parse_date
from dcc_rcp_forms.expressions.evaluate import Context, evaluate
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.language.model import FieldKind
from dcc_rcp_forms.loading import load_form
from dcc_rcp_forms.program.model import Program, Step

T = TypeVar("T")

STATIC = Path(__file__).parents[1] / "src" / "dcc_rcp_forms" / "static"

RUNNER = """
const forms = require(process.argv[1]);
const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
const results = cases.map((item) => item.program
  ? item.answers.map((one) => forms.evaluateForm(item.program, one, item.date))
  : forms.evaluate(item.core, item.context));
process.stdout.write(JSON.stringify(results));
"""

NUMBERS = [
    -7.5,
    -1.0,
    0.0,
    0.1,
    0.2,
    0.3,
    0.7,
    1.0,
    1.005,
    2.5,
    3.0,
    10.0,
    99.99,
    1e-7,
    123456789.125,
    1e14,
]
MANY = ["max", "min", "somme", "moyenne", "premier"]
ROWS = ["max_t", "min_t", "somme_t", "moyenne_t"]
TEXTS = ["a", "b", "2+", "à confirmer", ""]
CODES = ["x", "y", "z"]
DATES = ["2024", "2023-02", "2024-02-29", "2024-03-15", "2023-12-31", "1957-08", "2100-01-01"]


def run_in_node(cases: list[Any]) -> list[Any]:
    node = subprocess.run(
        ["node", "-e", RUNNER, str(STATIC / "form.js")],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    result: list[Any] = json.loads(node.stdout)
    return result


class ExpressionMaker:
    """Makes random well-typed core expressions and contexts."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311  reproducible, not secret

    def pick(self, items: Sequence[T]) -> T:
        return self.random.choice(items)

    def number(self, depth: int, *, in_row: bool = False) -> Core:
        if depth <= 0:
            column = ["c", "cn"] if in_row else ["v", "n1"]
            return self.pick([["n", self.pick(NUMBERS)], ["v", self.pick(["n2", "n3"])], column])

        def one() -> Core:
            return self.number(depth - 1, in_row=in_row)

        def dates() -> list[Core]:
            return [self.date(in_row=in_row), self.date(in_row=in_row)]

        makers: list[Callable[[], Core]] = [
            lambda: [self.pick("+-*/"), one(), one()],
            lambda: [self.pick(MANY), one(), one(), one()],
            lambda: ["arrondi", one(), ["n", float(self.random.randint(0, 6))]],
            lambda: ["ln", one()],
            lambda: ["borné", one(), one(), one()],
            lambda: [self.pick(["jours", "mois", "âge"]), *dates()],
            lambda: ["points", ["v", "c1"], {"x": 1, "y": 2.5}],
            lambda: ["taille", self.pick([["v", "m1"], ["v", "t1"]])],
            lambda: [self.pick(ROWS), "t1", self.number(depth - 1, in_row=True)],
            lambda: ["compte", "t1", self.truth(depth - 1, in_row=True)],
            lambda: ["cas", [[self.truth(depth - 1, in_row=in_row), one()], [["b", True], one()]]],
        ]
        return self.pick(makers)()

    def date(self, *, in_row: bool) -> Core:
        span = parse_date(self.pick(DATES))
        assert span is not None
        column = ["c", "cd"] if in_row else ["v", "d1"]
        return self.pick([["d", *span], ["v", "d1"], ["v", "d2"], column])

    def truth(self, depth: int, *, in_row: bool = False) -> Core:
        if depth <= 0:
            return self.pick([["v", "b1"], ["b", self.pick([True, False])], ["?"]])

        def part() -> Core:
            return self.truth(depth - 1, in_row=in_row)

        def number() -> Core:
            return self.number(depth - 1, in_row=in_row)

        def dates() -> list[Core]:
            return [self.date(in_row=in_row), self.date(in_row=in_row)]

        def text() -> Core:
            return self.pick([["v", "c1"], ["t", self.pick(CODES)]])

        makers: list[Callable[[], Core]] = [
            lambda: [self.pick(["et", "ou"]), part(), part(), part()],
            lambda: ["non", part()],
            lambda: [self.pick("=<≤"), number(), number()],
            lambda: [self.pick(["=d", "<d", "≤d"]), *dates()],
            lambda: ["=", text(), text()],
            lambda: ["parmi", text(), [self.pick(CODES), self.pick(CODES)]],
            lambda: ["contient", ["v", "m1"], ["t", self.pick(CODES)]],
            lambda: ["contient_texte", ["v", "x1"], ["t", self.pick(TEXTS)]],
            lambda: ["rens", self.pick([["v", "m1"], ["v", "t1"], ["v", "x1"], number()])],
            lambda: ["absent", self.pick(["n1", "c1"]), self.pick(["inconnu", "non fait"])],
            lambda: ["existe", "t1", self.truth(depth - 1, in_row=True)],
        ]
        return self.pick(makers)()

    def context(self) -> dict[str, Any]:
        values = {
            "n1": self.maybe(NUMBERS),
            "n2": self.maybe(NUMBERS),
            "n3": self.maybe(NUMBERS),
            "c1": self.maybe(CODES),
            "x1": self.maybe(TEXTS),
            "b1": self.maybe([True, False]),
            "d1": self.maybe_date(),
            "d2": self.maybe_date(),
            "m1": self.pick([None, ["x"], ["x", "z"]]),
            "t1": self.pick([None, [], [self.row()], [self.row(), self.row()]]),
        }
        absences = self.pick([{}, {"n1": "inconnu"}, {"c1": "non fait"}])
        return {"values": values, "absences": absences, "row": {}}

    def row(self) -> dict[str, Any]:
        return {"cn": self.maybe(NUMBERS), "cd": self.maybe_date()}

    def maybe(self, items: list[Any]) -> Any:
        return None if self.random.random() < 0.2 else self.pick(items)

    def maybe_date(self) -> list[int] | None:
        text = self.maybe(DATES)
        span = parse_date(text) if text else None
        return list(span) if span else None


def python_context(context: Mapping[str, Any]) -> Context:
    values = dict(context["values"])
    for name in ("d1", "d2"):
        values[name] = DateSpan(*values[name]) if values[name] else None
    if values["t1"] is not None:
        values["t1"] = tuple(
            {**row, "cd": DateSpan(*row["cd"]) if row["cd"] else None} for row in values["t1"]
        )
    values["m1"] = tuple(values["m1"]) if values["m1"] else None
    return Context(values, context["absences"])


def compare_expressions(count: int, seed: int) -> int:
    """Compare `count` evaluations; return how many gave a known value."""
    maker = ExpressionMaker(seed)
    cases: list[dict[str, Any]] = []
    for _ in range(count):
        depth = maker.random.randint(1, 4)
        core = maker.truth(depth) if maker.random.random() < 0.5 else maker.number(depth)
        cases.append({"core": core, "context": maker.context()})
    known = 0
    for case, theirs in zip(cases, run_in_node(cases), strict=True):
        ours = evaluate(case["core"], python_context(case["context"]))
        assert (type(ours) is bool) == (type(theirs) is bool), case
        assert ours == theirs, case
        known += ours is not None
    return known


def test_expressions_agree_with_the_browser() -> None:
    assert compare_expressions(3_000, seed=20_240_315) > 1_000


@pytest.mark.campaign
def test_expressions_agree_with_the_browser_at_length() -> None:
    known = sum(compare_expressions(20_000, seed) for seed in range(6))
    assert known > 40_000


def random_answer(step: Step, pick: random.Random) -> Any:
    if pick.random() < 0.05:
        return pick.choice(
            [{"absent": "inconnu"}, {"absent": "non fait"}, "n'importe quoi", 12, [], {}, True]
        )
    match step.kind:
        case FieldKind.NUMBER | FieldKind.SCALE:
            return pick.choice([0, 1, 2, 3, 5.5, 8, 10, 14, 18, 42, 76, 100, -3, 1e20])
        case FieldKind.YES_NO:
            return pick.random() < 0.5
        case FieldKind.DATE:
            return pick.choice([*DATES, "2024-13-01", "15/03/2024"])
        case FieldKind.CODE:
            return pick.choice([*step.codes[:3], "C99.99"])
        case FieldKind.CHOICE:
            return pick.choice([*step.codes, "absent_de_la_liste"])
        case FieldKind.CHOICES:
            return pick.sample(step.codes, k=min(2, len(step.codes)))
        case FieldKind.TABLE:
            return [random_cells(step, pick) for _ in range(pick.randint(0, 3))]
        case FieldKind.MATRIX:
            return {row: random_cells(step, pick) for row in step.rows if pick.random() < 0.7}
        case _:
            return pick.choice(["texte", "  ", "C50.9", "12345678901", "2A0000001", "14:30"])


def random_cells(step: Step, pick: random.Random) -> dict[str, Any]:
    return {
        column.id: random_answer(column, pick) for column in step.columns if pick.random() < 0.7
    }


def as_browser(state: FormState) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(
        json.dumps(
            {
                "visible": state.visible,
                "values": dict(state.values),
                "absences": dict(state.absences),
                "answered": state.answered,
                "missing": [[item.path, item.phase] for item in state.missing],
                "errors": [[error.path, error.message, error.level] for error in state.errors],
                "alerts": [
                    [alert.id, alert.message, alert.level, alert.blocks] for alert in state.alerts
                ],
            }
        )
    )
    return plain


def compare_forms(programs: list[Program], count: int, seed: int) -> None:
    pick = random.Random(seed)  # noqa: S311  reproducible, not secret
    cases: list[dict[str, Any]] = []
    for program in programs:
        fill = [
            {step.id: random_answer(step, pick) for step in program.steps if pick.random() < 0.8}
            for _ in range(count)
        ]
        cases.append({"program": program.to_json(), "answers": fill, "date": pick.choice(DATES)})
    for program, case, theirs in zip(programs, cases, run_in_node(cases), strict=True):
        engine = Engine(program)
        for answers, state in zip(case["answers"], theirs, strict=True):
            assert as_browser(engine.evaluate(answers, case["date"])) == state, answers


def national_programs() -> list[Program]:
    programs = []
    for path in sorted(NATIONAL_PACK.glob("*.yaml")):
        loaded = load_form(path, Findings())
        assert loaded is not None
        programs.append(loaded.program)
    return programs


def test_forms_agree_with_the_browser() -> None:
    compare_forms(national_programs(), 10, seed=7)


@pytest.mark.campaign
def test_forms_agree_with_the_browser_at_length() -> None:
    compare_forms(national_programs(), 150, seed=8)
