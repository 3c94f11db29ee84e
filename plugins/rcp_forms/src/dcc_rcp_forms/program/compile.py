"""Check every rule of a form and turn the form into a program."""

from dataclasses import dataclass, field, replace

from dcc_rcp_forms.expressions.checker import Checked, Checker, check_condition, check_expression
from dcc_rcp_forms.expressions.core import UNKNOWN, Core
from dcc_rcp_forms.expressions.parser import parse_expression
from dcc_rcp_forms.expressions.syntax import Text
from dcc_rcp_forms.expressions.types import ANY, NUMBER, TRUTH, Kind, Scope, ValueType
from dcc_rcp_forms.language.identifiers import ROW_LABEL, SESSION_DATE
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.language.model import Alert, Choice, Field, FieldKind, Form, Level, Rule, Section
from dcc_rcp_forms.language.nodes import Scalar
from dcc_rcp_forms.program.constraints import decimals_of, rows_at_most
from dcc_rcp_forms.program.model import (
    ALWAYS,
    FRESHNESS,
    NEVER,
    AlertRule,
    Constraint,
    Program,
    Step,
)
from dcc_rcp_forms.program.order import column_order, dependency_graph, evaluation_order
from dcc_rcp_forms.program.symbols import choice_type, form_symbols
from dcc_rcp_forms.valuesets.collection import Library


def compile_form(form: Form, findings: Findings) -> Program:
    """Check the rules of a form; a faulty rule is reported and becomes unknown."""
    return _Compiler(form, findings, form_symbols(form)).compile()


@dataclass(slots=True)
class _Compiler:
    form: Form
    findings: Findings
    types: dict[str, ValueType]
    sections: dict[str, Core] = field(default_factory=dict)

    def compile(self) -> Program:
        homes = {item.id: section for section in self.form.sections for item in section.fields}
        fields = {item.id: item for item in self.form.fields()}
        order = evaluation_order(dependency_graph(self.form), self.findings)
        self.types.update({name: ANY for name in order if name not in self.types})
        values = {name: self._computed(fields[name]) for name in order}
        steps = tuple(self._step(fields[name], homes[name], values[name]) for name in order)
        alerts = [*self._freshness_alerts(), *map(self._alert, self.form.alerts)]
        return Program(
            form_id=self.form.id,
            version=self.form.version,
            steps=steps,
            display=tuple(fields),
            alerts=tuple(alerts),
            types=self.types,
        )

    # --- values of computed fields, in order, so that each type is known before it is read

    def _computed(self, item: Field) -> Core | None:
        if item.kind is not FieldKind.COMPUTED:
            return None
        core, value_type = self._value(item, Scope(self.types, prefix=item.prefix))
        self.types[item.id] = value_type
        return core

    def _value(self, item: Field, scope: Scope) -> Checked:
        if item.formula:
            core, value_type = self._formula(item, item.formula, scope)
        else:
            core, value_type = self._cases(item, scope)
        return core, replace(value_type, unit=item.unit or value_type.unit)

    def _formula(self, item: Field, formula: Rule, scope: Scope) -> Checked:
        core, value_type = check_expression(formula, scope, self.findings)
        if item.otherwise:
            literal, _ = _literals((item.otherwise,))
            core = ["premier", core, *literal]
        return core, value_type

    def _cases(self, item: Field, scope: Scope) -> Checked:
        literals = [case.literal for case in item.cases if case.literal]
        written = tuple([*literals, item.otherwise] if item.otherwise else literals)
        cores, value_type = _literals(written)
        ready = iter(cores)
        cases: list[list[Core]] = []
        for case in item.cases:
            condition = check_condition(case.condition, scope, self.findings)
            if case.formula:
                core, value_type = self._case_formula(
                    case.formula, scope, value_type, mixed=bool(literals)
                )
            else:
                core = next(ready, UNKNOWN)
            cases.append([condition, core])
        if item.otherwise:
            cases.append([ALWAYS, next(ready, UNKNOWN)])
        return ["cas", cases], value_type

    def _case_formula(
        self, formula: Rule, scope: Scope, literal_type: ValueType, *, mixed: bool
    ) -> Checked:
        core, value_type = check_expression(formula, scope, self.findings)
        if mixed and value_type.kind not in {literal_type.kind, Kind.ANY}:
            self.findings.error(
                "FRM-205",
                formula.place,
                f"Les cas mêlent un {literal_type.kind} et un {value_type.kind}.",
                "Donnez le même type à tous les résultats.",
            )
        return core, value_type

    # --- steps

    def _step(self, item: Field, section: Section, value: Core | None) -> Step:
        scope = Scope(self.types, prefix=item.prefix)
        conditions = [check_condition(rule, scope, self.findings) for rule in item.visible_if]
        step = self._plain_step(item, scope, value, ["v", item.id])
        return replace(
            step,
            visible=NEVER
            if item.is_hidden
            else _all([*self._section_condition(section), *conditions]),
            columns=self._columns(item),
            rows=tuple(row.code for row in item.rows),
            constraints=(*step.constraints, *rows_at_most(item)),
        )

    def _section_condition(self, section: Section) -> list[Core]:
        if section.visible_if is None:
            return []
        if section.id not in self.sections:
            self.sections[section.id] = check_condition(
                section.visible_if, Scope(self.types), self.findings
            )
        return [self.sections[section.id]]

    def _plain_step(self, item: Field, scope: Scope, value: Core | None, itself: Core) -> Step:
        constraints = [
            *self._bounds(item, scope, itself),
            *decimals_of(item, itself),
            *(
                Constraint(
                    check_condition(check.rule, scope, self.findings),
                    check.message,
                    check.level,
                    "contrôle",
                )
                for check in item.checks
            ),
        ]
        self._check_default(item)
        return Step(
            id=item.id,
            kind=item.kind,
            phase=item.phase,
            visible=ALWAYS,
            required=self._required(item, scope),
            formula=value,
            constraints=tuple(constraints),
            codes=_accepted_codes(item),
            precision=item.precision,
            allows_unknown=item.allows_unknown,
            min_rows=item.min_rows,
            max_rows=item.max_rows,
            columns=(),
            rows=(),
        )

    def _columns(self, item: Field) -> tuple[Step, ...]:
        if not item.columns:
            return ()
        columns = {column.id: column for column in item.columns}
        types = dict(self.types[item.id].columns)
        if item.kind is FieldKind.MATRIX:
            types[ROW_LABEL] = choice_type(item.rows)
        steps = []
        for name in column_order(item.columns, self.findings):
            scope = Scope(self.types, types, item.prefix)
            column = columns[name]
            value = None
            if column.kind is FieldKind.COMPUTED:
                value, types[name] = self._value(column, scope)
            visible = [check_condition(rule, scope, self.findings) for rule in column.visible_if]
            step = self._plain_step(column, scope, value, ["c", name])
            steps.append(replace(step, visible=_all(visible)))
        return tuple(steps)

    def _required(self, item: Field, scope: Scope) -> Core:
        if isinstance(item.required, bool):
            return ALWAYS if item.required or item.min_rows else NEVER
        return check_condition(item.required, scope, self.findings)

    def _bounds(self, item: Field, scope: Scope, itself: Core) -> list[Constraint]:
        constraints = []
        for rule, word in ((item.low, "minimum"), (item.high, "maximum")):
            core = self._bound(item, rule, scope) if rule else None
            if rule is None or core is None:
                continue
            pair = (core, itself) if word == "minimum" else (itself, core)
            suffix = "d" if item.kind is FieldKind.DATE else ""
            limit = f" ({rule.text}{f' {item.unit}' if item.unit else ''})"
            side = "inférieure au minimum" if word == "minimum" else "supérieure au maximum"
            constraints.append(
                Constraint(["≤" + suffix, *pair], f"Valeur {side}{limit}.", Level.ERROR, "borne")
            )
        return constraints

    def _bound(self, item: Field, rule: Rule, scope: Scope) -> Core | None:
        wanted = self.types.get(item.id) or scope.columns.get(item.id) or NUMBER
        syntax = parse_expression(_bare_literal(rule, wanted))
        if isinstance(syntax, Text) and wanted.kind in {Kind.DATE, Kind.TIME}:
            rule_of = Checker(rule, scope, self.findings)
            return rule_of.literal_as(syntax, wanted, syntax)[0]
        core, value_type = check_expression(rule, scope, self.findings)
        if value_type.kind not in {wanted.kind, Kind.ANY}:
            self.findings.error(
                "FRM-205",
                rule.place,
                f"La borne est de type {value_type.kind}, le champ de type {wanted.kind}.",
                "Donnez une borne du même type que le champ.",
            )
            return None
        return core

    def _check_default(self, item: Field) -> None:
        codes = {choice.code for choice in item.choices}
        if item.default and codes and item.default.text not in codes:
            self.findings.error(
                "FRM-206",
                item.default.place,
                f"Le défaut « {item.default.text} » n'est pas une valeur de {item.id}.",
                f"Valeurs : {', '.join(list(codes)[:12])}.",
            )

    # --- alerts

    def _alert(self, alert: Alert) -> AlertRule:
        core = check_condition(alert.condition, Scope(self.types), self.findings)
        return AlertRule(alert.id, core, alert.message, alert.level, alert.blocks)

    def _freshness_alerts(self) -> list[AlertRule]:
        return [freshness_alert(item) for item in self.form.fields() if item.freshness]


def freshness_alert(item: Field) -> AlertRule:
    """Fire when every dated row, or the date itself, is known to be too old at the session."""
    assert item.freshness is not None  # noqa: S101  caller's condition
    limit: Core = ["n", float(item.freshness.days)]
    session: Core = ["v", SESSION_DATE]
    if item.kind is FieldKind.DATE:
        core: Core = ["<", limit, ["jours", ["v", item.id], session]]
    else:
        recent: Core = ["≤", ["jours", ["c", item.freshness.column], session], limit]
        filled: Core = ["<", ["n", 0.0], ["taille", ["v", item.id]]]
        core = ["et", filled, ["non", ["existe", item.id, recent]]]
    return AlertRule(f"{FRESHNESS}{item.id}", core, item.freshness.message, Level.ATTENTION, "")


def _accepted_codes(item: Field) -> tuple[str, ...]:
    """Return the codes of a choice, or of the value set of a coded field, retired ones included."""
    if item.kind is not FieldKind.CODE:
        return tuple(choice.code for choice in item.choices)
    codes = Library().find(item.terminology.removeprefix("jdv:"))
    return tuple(code.code for code in codes.codes) if codes else ()


def _all(conditions: list[Core]) -> Core:
    if not conditions:
        return ALWAYS
    return conditions[0] if len(conditions) == 1 else ["et", *conditions]


def _bare_literal(rule: Rule, wanted: ValueType) -> str:
    """Quote a bare date or time bound, so that `max: 31/12/2030` reads as one value."""
    if wanted.kind in {Kind.DATE, Kind.TIME} and rule.text[:1].isdigit():
        return f"'{rule.text}'"
    return rule.text


def _literals(written: tuple[Scalar, ...]) -> tuple[list[Core], ValueType]:
    """Read the results of a decision table: all numbers, all yes/no, otherwise words."""
    texts = [literal.text for literal in written]
    if texts and all(literal.is_plain and _is_number(literal.text) for literal in written):
        return [["n", float(text.replace(",", "."))] for text in texts], NUMBER
    if texts and all(literal.is_plain and literal.text in {"oui", "non"} for literal in written):
        return [["b", text == "oui"] for text in texts], TRUTH
    labels = tuple(Choice(text, text, written[0].place) for text in dict.fromkeys(texts))
    return [["t", text] for text in texts], choice_type(labels)


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return text[:1].isdigit() or text[:1] == "-"
