"""Evaluate a form: visibility, values, missing answers, errors, alerts.

`form.js` does the same in the browser, step for step.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dcc_rcp_forms.engine.state import FieldError, FiredAlert, FormState, Missing
from dcc_rcp_forms.engine.stored import UNANSWERED, Reading, Stored, read_stored
from dcc_rcp_forms.expressions.core import Core
from dcc_rcp_forms.expressions.dates import parse_date
from dcc_rcp_forms.expressions.evaluate import Context, Thunk, prepare
from dcc_rcp_forms.language.identifiers import ROW_LABEL, SESSION_DATE
from dcc_rcp_forms.language.model import FieldKind, Level
from dcc_rcp_forms.program.model import Program, Step

_NOT_ANSWERABLE = (FieldKind.COMPUTED, FieldKind.FIXED_TEXT)


class ConditionKey(NamedTuple):
    """Names one condition of a form: where it stands, its role, its rank among its like."""

    path: str
    role: str
    rank: int


Observer = Callable[[ConditionKey, Any], None] | None


@dataclass(frozen=True, slots=True)
class _Ready:
    """A step with its expressions turned into functions."""

    step: Step
    visible: Thunk
    required: Thunk
    formula: Thunk | None
    constraints: tuple[tuple[Thunk, str, Level], ...]
    columns: tuple["_Ready", ...]


@dataclass(slots=True)
class _Run:
    """One evaluation under way."""

    context: Context
    answers: Mapping[str, Stored]
    readings: dict[str, Reading] = field(default_factory=dict)
    missing: dict[str, list[Missing]] = field(default_factory=dict)
    errors: dict[str, list[FieldError]] = field(default_factory=dict)


class Engine:
    """Evaluates one form; build it once, use it for every fiche of that form.

    Args:
        program: the checked form.
        observe: told the value of every condition as it is evaluated, for test coverage.
    """

    def __init__(self, program: Program, observe: Observer = None) -> None:
        self.program = program
        self._steps = tuple(_ready(step, "", observe) for step in program.steps)
        self._alerts = tuple(
            (alert, _watched(prepare(alert.core), ConditionKey(alert.id, "alerte", 0), observe))
            for alert in program.alerts
        )

    def evaluate(self, answers: Mapping[str, Stored], session_date: str = "") -> FormState:
        """Evaluate all answers.

        Args:
            answers: stored answers by field id; those of hidden fields are ignored, not lost.
            session_date: date of the meeting, as stored; empty when there is none yet.
        """
        values: dict[str, Any] = {SESSION_DATE: parse_date(session_date)}
        absences: dict[str, str] = {}
        run = _Run(Context(values, absences), answers)
        for ready in self._steps:
            if ready.visible(run.context) is True:
                self._settle(ready, run, values, absences)
        for ready in self._steps:
            if ready.step.id in run.readings:
                self._check(ready, run)
        return self._state(run, values, absences)

    def _settle(
        self, ready: _Ready, run: _Run, values: dict[str, Any], absences: dict[str, str]
    ) -> None:
        step = ready.step
        reading = self._reading(ready, run)
        run.readings[step.id] = reading
        values[step.id] = reading.value
        if reading.absence:
            absences[step.id] = reading.absence
        if step.kind is FieldKind.MATRIX:
            for row in reading.value or ():
                for column in step.columns:
                    values[f"{step.id}.{row[ROW_LABEL]}.{column.id}"] = row.get(column.id)

    def _reading(self, ready: _Ready, run: _Run) -> Reading:
        if ready.formula:
            return Reading(ready.formula(run.context))
        if ready.step.kind is FieldKind.FIXED_TEXT:
            return UNANSWERED
        stored = run.answers.get(ready.step.id)
        if ready.step.kind is FieldKind.TABLE:
            return self._table(ready, stored, run)
        if ready.step.kind is FieldKind.MATRIX:
            return self._matrix(ready, stored, run)
        return read_stored(ready.step, stored)

    # --- rows

    def _table(self, ready: _Ready, stored: Stored, run: _Run) -> Reading:
        if isinstance(stored, Mapping):
            reading = read_stored(ready.step, stored)
            return Reading((), reading.absence, reading.fault)
        if not isinstance(stored or [], list | tuple):
            return Reading((), fault="Un tableau est attendu.")
        rows = [
            self._row(ready, row, f"{ready.step.id}[{index}]", run, {})
            for index, row in enumerate(stored or [])
        ]
        return Reading(tuple(rows))

    def _matrix(self, ready: _Ready, stored: Stored, run: _Run) -> Reading:
        given = stored if isinstance(stored, Mapping) else {}
        if stored and (not isinstance(stored, Mapping) or set(given) - set(ready.step.rows)):
            return Reading((), fault="Une ligne de la matrice n'existe pas.")
        rows = [
            self._row(ready, given.get(code, {}), f"{ready.step.id}.{code}", run, {ROW_LABEL: code})
            for code in ready.step.rows
        ]
        is_filled = any(isinstance(row, Mapping) and row for row in given.values())
        return Reading(tuple(rows) if is_filled else ())

    def _row(
        self, ready: _Ready, stored: Stored, path: str, run: _Run, row: dict[str, Any]
    ) -> Mapping[str, Any]:
        cells = stored if isinstance(stored, Mapping) else {}
        context = Context(run.context.values, run.context.absences, row)
        shown: list[tuple[_Ready, Reading]] = []
        for column in ready.columns:
            if column.visible(context) is not True:
                continue
            reading = (
                Reading(column.formula(context))
                if column.formula
                else read_stored(column.step, cells.get(column.step.id))
            )
            row[column.step.id] = reading.value
            shown.append((column, reading))
        for column, reading in shown:
            self._check_one(
                column, reading, f"{path}.{column.step.id}", ready.step.id, context, run
            )
        return row

    # --- checks

    def _check(self, ready: _Ready, run: _Run) -> None:
        step, reading = ready.step, run.readings[ready.step.id]
        self._check_one(ready, reading, step.id, step.id, run.context, run)

    def _check_one(
        self, ready: _Ready, reading: Reading, path: str, owner: str, context: Context, run: _Run
    ) -> None:
        step = ready.step
        if reading.fault:
            run.errors.setdefault(owner, []).append(FieldError(path, reading.fault, Level.ERROR))
            return
        if ready.required(context) is True and _is_short(step, reading):
            run.missing.setdefault(owner, []).append(Missing(path, step.phase))
        for thunk, message, level in ready.constraints:
            if thunk(context) is False:
                run.errors.setdefault(owner, []).append(FieldError(path, message, level))

    def _state(self, run: _Run, values: dict[str, Any], absences: dict[str, str]) -> FormState:
        visible = [name for name in self.program.display if name in run.readings]
        known = {name: values[name] for name in visible if values[name] not in (None, ())}
        answerable = {step.id for step in self.program.steps if step.kind not in _NOT_ANSWERABLE}
        return FormState(
            visible=tuple(visible),
            values=known,
            absences=absences,
            answered=tuple(
                name
                for name in visible
                if name in answerable and (name in known or name in absences)
            ),
            missing=tuple(item for name in visible for item in run.missing.get(name, ())),
            errors=tuple(item for name in visible for item in run.errors.get(name, ())),
            alerts=tuple(self._fired(run.context)),
        )

    def _fired(self, context: Context) -> Iterator[FiredAlert]:
        for alert, thunk in self._alerts:
            if thunk(context) is True:
                yield FiredAlert(alert.id, alert.message, alert.level, alert.blocks)


def _is_short(step: Step, reading: Reading) -> bool:
    if step.kind in _NOT_ANSWERABLE or reading.absence:
        return False
    if step.kind is FieldKind.TABLE:
        return len(reading.value or ()) < max(1, step.min_rows)
    return reading.value in (None, ())


def _ready(step: Step, owner: str, observe: Observer) -> _Ready:
    path = f"{owner}.{step.id}" if owner else step.id

    def watched(core: Core, role: str, index: int = 0) -> Thunk:
        return _watched(prepare(core), ConditionKey(path, role, index), observe)

    formula = step.formula
    if formula and formula[0] == "cas":
        formula_thunk: Thunk | None = _watched_cases(formula, path, observe)
    else:
        formula_thunk = prepare(formula) if formula else None
    return _Ready(
        step=step,
        visible=watched(step.visible, "si"),
        required=watched(step.required, "obligatoire"),
        formula=formula_thunk,
        constraints=tuple(
            (watched(rule.core, "contrôle", index), rule.message, rule.level)
            for index, rule in enumerate(step.constraints)
        ),
        columns=tuple(_ready(column, path, observe) for column in step.columns),
    )


def _watched(thunk: Thunk, key: ConditionKey, observe: Observer) -> Thunk:
    if observe is None:
        return thunk

    def run(context: Context) -> Any:
        value = thunk(context)
        observe(key, value)
        return value

    return run


def _watched_cases(core: Core, path: str, observe: Observer) -> Thunk:
    if observe is None:
        return prepare(core)
    cases = [
        (_watched(prepare(condition), ConditionKey(path, "cas", index), observe), prepare(value))
        for index, (condition, value) in enumerate(core[1])
    ]

    def run(context: Context) -> Any:
        return next(
            (value(context) for condition, value in cases if condition(context) is True), None
        )

    return run
