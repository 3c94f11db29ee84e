"""Check the types and names of an expression and produce its core form.

Reading goes on after a fault: a faulty part becomes the unknown value of any type, so that one
mistake gives one message.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from dcc_rcp_forms.expressions import syntax as s
from dcc_rcp_forms.expressions.calls import check_call
from dcc_rcp_forms.expressions.core import UNKNOWN, Core
from dcc_rcp_forms.expressions.dates import parse_date
from dcc_rcp_forms.expressions.parser import RESERVED_WORDS, parse_expression
from dcc_rcp_forms.expressions.syntax_advice import SyntaxFault
from dcc_rcp_forms.expressions.types import (
    ANY,
    NUMBER,
    TEXT,
    TRUTH,
    Kind,
    Scope,
    ValueType,
)
from dcc_rcp_forms.language.issues import Findings, Place
from dcc_rcp_forms.language.nodes import Scalar
from dcc_rcp_forms.language.scalar_places import place_in_scalar
from dcc_rcp_forms.language.suggest import did_you_mean, enumerate_french

Checked = tuple[Core, ValueType]

_ORDERED = (Kind.NUMBER, Kind.DATE, Kind.TIME)
_TIME = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_FAULT: Checked = (UNKNOWN, ANY)


def check_expression(source: Scalar, scope: Scope, findings: Findings) -> Checked:
    """Parse and check an expression of any type."""
    parsed = parse_expression(source.text)
    if isinstance(parsed, SyntaxFault):
        place = place_in_scalar(source, parsed.at, parsed.length)
        findings.error(parsed.code, place, parsed.fact, parsed.remedy)
        return _FAULT
    return Checker(source, scope, findings).check(parsed)


def check_condition(source: Scalar, scope: Scope, findings: Findings) -> Core:
    """Parse and check an expression that must answer yes or no."""
    core, value_type = check_expression(source, scope, findings)
    if value_type.kind not in {Kind.TRUTH, Kind.ANY}:
        findings.error(
            "FRM-209",
            place_in_scalar(source, 0, len(source.text)),
            f"Une condition est attendue, pas une valeur de type {value_type.kind}.",
            "Comparez la valeur, par exemple avec « = », « > » ou « est renseigné ».",
        )
        return UNKNOWN
    return core


@dataclass(frozen=True, slots=True)
class Checker:
    """Walks one syntax tree with the names in scope."""

    source: Scalar
    scope: Scope
    findings: Findings

    def check(self, node: s.Syntax) -> Checked:
        """Return the core form and the type of a node."""
        handler: Callable[..., Checked] = _HANDLERS[type(node)]
        return handler(self, node)

    def place(self, node: s.Syntax, length: int = 1) -> Place:
        """Return the source place of a node."""
        return place_in_scalar(self.source, node.at, length)

    def fault(
        self, code: str, node: s.Syntax, fact: str, remedy: str = "", length: int = 1
    ) -> Checked:
        """Record a fault and give the unknown value."""
        self.findings.error(code, self.place(node, length), fact, remedy)
        return _FAULT

    def condition(self, node: s.Syntax) -> Core:
        """Check a part that must answer yes or no."""
        core, value_type = self.check(node)
        if value_type.kind not in {Kind.TRUTH, Kind.ANY}:
            self.fault(
                "FRM-209",
                node,
                f"« {described(node)} » n'est pas une condition (type {value_type.kind}).",
                "Comparez-la à une valeur ou ajoutez « est renseigné ».",
            )
            return UNKNOWN
        return core

    def in_rows_of(self, table: ValueType) -> "Checker":
        """Return a checker that sees the columns of a table."""
        return replace(self, scope=replace(self.scope, columns=table.columns))

    # --- leaves

    def _number(self, node: s.Number) -> Checked:
        return ["n", node.value], NUMBER

    def _text(self, node: s.Text) -> Checked:
        return ["t", node.value], TEXT

    def _truth(self, node: s.Truth) -> Checked:
        return ["b", node.value], TRUTH

    def _name(self, node: s.Name) -> Checked:
        if node.path in RESERVED_WORDS:
            return self.fault(
                "FRM-201",
                node,
                f"« {node.path} » n'est pas un champ.",
                "Écrivez par exemple « champ = oui ».",
                len(node.path),
            )
        if node.path in self.scope.columns:
            return ["c", node.path], self.scope.columns[node.path]
        found = self.scope.find_variable(node.path)
        if found is None:
            advice = did_you_mean(
                node.path,
                self.scope.names(),
                "Créez ce champ, ou mettez le mot entre guillemets si c'est une valeur.",
            )
            return self.fault(
                "FRM-202", node, f"Le champ « {node.path} » n'existe pas.", advice, len(node.path)
            )
        return ["v", found], self.scope.variables[found]

    # --- logic and presence

    def _logic(self, node: s.Logic) -> Checked:
        return [node.operator, *(self.condition(part) for part in node.parts)], TRUTH

    def _negation(self, node: s.Not) -> Checked:
        return ["non", self.condition(node.part)], TRUTH

    def _answered(self, node: s.Answered) -> Checked:
        core: Core = ["rens", self.check(node.value)[0]]
        return (["non", core] if node.is_negated else core), TRUTH

    def _absent(self, node: s.Absent) -> Checked:
        core, _ = self.check(node.value)
        if core[0] not in {"v", "?"}:
            return self.fault(
                "FRM-205",
                node,
                f"« est {node.reason} » ne s'applique qu'à un champ.",
                "Écrivez le nom du champ seul avant « est ».",
            )
        return (["absent", core[1], node.reason] if core[0] == "v" else UNKNOWN), TRUTH

    def _contains(self, node: s.Contains) -> Checked:
        container, left = self.check(node.container)
        if left.kind is Kind.CHOICES and isinstance(node.part, s.Text):
            self.require_code(node.part, left, node.container)
            return ["contient", container, ["t", node.part.value]], TRUTH
        part, right = self.check(node.part)
        if Kind.ANY in {left.kind, right.kind}:
            return UNKNOWN, TRUTH
        if (left.kind, right.kind) == (Kind.TEXT, Kind.TEXT):
            return ["contient_texte", container, part], TRUTH
        return self.fault(
            "FRM-205",
            node,
            f"« contient » s'applique à un choix multiple ou à un texte, pas à un {left.kind}.",
            "Utilisez « = » ou « parmi ».",
        )

    def _among(self, node: s.Among) -> Checked:
        core, value_type = self.check(node.value)
        if value_type.kind is Kind.ANY:
            return UNKNOWN, TRUTH
        wanted = s.Number if value_type.kind is Kind.NUMBER else s.Text
        if value_type.kind not in {Kind.NUMBER, Kind.TEXT, Kind.CHOICE}:
            return self.fault(
                "FRM-205",
                node,
                f"« parmi » ne s'applique pas à un {value_type.kind}.",
                "Pour un choix multiple, écrivez « contient ».",
            )
        for option in node.options:
            if not isinstance(option, wanted):
                return self.type_clash(option, value_type, NUMBER if wanted is s.Text else TEXT)
            self.require_clear_number(option)
            if isinstance(option, s.Text) and value_type.kind is Kind.CHOICE:
                self.require_code(option, value_type, node.value)
        return ["parmi", core, [option.value for option in node.options]], TRUTH

    # --- comparisons

    def _compare(self, node: s.Compare) -> Checked:
        left, left_type = self.check(node.left)
        right, right_type = self.check(node.right)
        if isinstance(node.left, s.Text) and not isinstance(node.right, s.Text):
            left, left_type = self.literal_as(node.left, right_type, node.right)
        elif isinstance(node.right, s.Text):
            right, right_type = self.literal_as(node.right, left_type, node.left)
        if Kind.ANY in {left_type.kind, right_type.kind}:
            return UNKNOWN, TRUTH
        if left_type.kind is not right_type.kind:
            return self.type_clash(node, left_type, right_type)
        if not self._is_comparable(node, left_type):
            return UNKNOWN, TRUTH
        self.warn_of_units(node, left_type, right_type)
        suffix = "d" if left_type.kind is Kind.DATE else ""
        return _comparison(node.operator, left, right, suffix), TRUTH

    def _is_comparable(self, node: s.Compare, value_type: ValueType) -> bool:
        if value_type.kind in {Kind.CHOICES, Kind.TABLE}:
            self.fault(
                "FRM-205",
                node,
                f"Un {value_type.kind} ne se compare pas avec « {node.operator} ».",
                "Utilisez « contient », « existe(…) » ou « nombre(…) ».",
            )
            return False
        if node.operator not in {"=", "≠"} and value_type.kind not in _ORDERED:
            self.fault(
                "FRM-205",
                node,
                f"« {node.operator} » compare des nombres ou des dates, pas un {value_type.kind}.",
                "Utilisez « = », « ≠ » ou « parmi (…) ».",
            )
            return False
        return True

    def literal_as(self, literal: s.Text, wanted: ValueType, other: s.Syntax) -> Checked:
        """Read a quoted text as a value of the type it is compared with."""
        if wanted.kind is Kind.CHOICE:
            self.require_code(literal, wanted, other)
            return ["t", literal.value], wanted
        if wanted.kind is Kind.DATE:
            span = parse_date(literal.value)
            if span is None:
                return self.fault(
                    "FRM-210",
                    literal,
                    f"« {literal.value} » n'est pas une date.",
                    "Écrivez '15/03/2024', '03/2024' ou '2024'.",
                    len(literal.value) + 2,
                )
            return ["d", *span], wanted
        if wanted.kind is Kind.TIME:
            minutes = minutes_of(literal.value)
            if minutes is None:
                return self.fault(
                    "FRM-210",
                    literal,
                    f"« {literal.value} » n'est pas une heure.",
                    "Écrivez '14:30'.",
                    len(literal.value) + 2,
                )
            return ["n", minutes], wanted
        return ["t", literal.value], TEXT

    def require_code(self, literal: s.Text, choice: ValueType, field: s.Syntax) -> None:
        """Report a text that is no code of the choice it is compared with."""
        if not choice.labels or literal.value in choice.labels:
            return
        by_label = {label.casefold(): code for code, label in choice.labels.items()}
        meant = by_label.get(literal.value.casefold())
        advice = (
            f"C'est un libellé : écrivez le code '{meant}'."
            if meant is not None
            else did_you_mean(
                literal.value, choice.labels, "Choisissez l'une d'elles ou ajoutez-la."
            )
        )
        codes = enumerate_french(choice.labels)
        self.fault(
            "FRM-206",
            literal,
            f"« {literal.value} » n'est pas une valeur de {described(field)} ({codes}).",
            advice,
            len(literal.value) + 2,
        )

    def type_clash(self, node: s.Syntax, left: ValueType, right: ValueType) -> Checked:
        """Report two types that cannot be compared."""
        kinds = {left.kind, right.kind}
        remedy = "Comparez des valeurs de même type."
        if kinds == {Kind.CHOICE, Kind.NUMBER} or kinds == {Kind.TEXT, Kind.NUMBER}:
            remedy = "Un code s'écrit entre guillemets ; un nombre s'écrit sans guillemets."
        elif kinds == {Kind.DATE, Kind.NUMBER}:
            remedy = "Une date s'écrit entre guillemets ('15/03/2024') ; un délai, jours(…)."
        elif Kind.CHOICES in kinds:
            remedy = "Pour un choix multiple, écrivez « contient »."
        elif Kind.TRUTH in kinds:
            remedy = "Un champ oui/non se compare à oui ou non, sans guillemets."
        return self.fault(
            "FRM-205",
            node,
            f"Une valeur de type {left.kind} est comparée à une valeur de type {right.kind}.",
            remedy,
        )

    def warn_of_units(self, node: s.Syntax, *types: ValueType) -> None:
        """Warn when numbers of different units meet."""
        units = sorted({value.unit for value in types if value.unit})
        if len(units) > 1:
            self.findings.warning(
                "FRM-208",
                self.place(node),
                f"Des unités différentes sont mêlées ({', '.join(units)}).",
                "Convertissez d'abord l'une des valeurs.",
            )

    # --- arithmetic

    def _arithmetic(self, node: s.Arithmetic) -> Checked:
        left, left_type = self.check_number(node.left)
        right, right_type = self.check_number(node.right)
        if node.operator in {"+", "-"}:
            self.warn_of_units(node, left_type, right_type)
            unit = left_type.unit or right_type.unit
        else:
            unit = None
        return [node.operator, left, right], replace(NUMBER, unit=unit)

    def _negative(self, node: s.Negative) -> Checked:
        core, value_type = self.check_number(node.part)
        return ["-", ["n", 0.0], core], replace(NUMBER, unit=value_type.unit)

    def check_number(self, node: s.Syntax) -> Checked:
        """Check a part that must be a number."""
        core, value_type = self.check(node)
        if value_type.kind in {Kind.NUMBER, Kind.ANY}:
            return core, value_type
        remedy = (
            "Pour les points d'un choix, écrivez points(…)."
            if value_type.points
            else (
                "Pour un délai entre deux dates, écrivez jours(…) ou mois(…)."
                if value_type.kind is Kind.DATE
                else "Seuls les nombres se calculent."
            )
        )
        return self.fault(
            "FRM-205",
            node,
            f"« {described(node)} » n'est pas un nombre (type {value_type.kind}).",
            remedy,
        )

    def require_clear_number(self, node: s.Syntax) -> None:
        """Refuse `max(1,5)`: one number or two, nobody can tell."""
        if isinstance(node, s.Number) and "," in node.text:
            whole, decimals = node.text.split(",")
            self.fault(
                "FRM-213",
                node,
                f"« {node.text} » peut se lire de deux façons.",
                f"Écrivez {whole}.{decimals} pour un nombre, {whole} ; {decimals} pour deux.",
                len(node.text),
            )

    def _call(self, node: s.Call) -> Checked:
        return check_call(self, node)


def _comparison(operator: str, left: Core, right: Core, suffix: str) -> Core:
    """Write the six comparisons with `=`, `<` and `≤` alone."""
    match operator:
        case "≠":
            return ["non", ["=" + suffix, left, right]]
        case ">":
            return ["<" + suffix, right, left]
        case "≥":
            return ["≤" + suffix, right, left]
        case _:
            return [operator + suffix, left, right]


def minutes_of(text: str) -> float | None:
    """Read `14:30` as minutes since midnight; None when it is no time."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hours, minutes = int(match[1]), int(match[2])
    return float(hours * 60 + minutes) if hours < 24 and minutes < 60 else None


def described(node: s.Syntax) -> str:
    """Name a part of an expression in a message."""
    match node:
        case s.Name(path=path):
            return path
        case s.Text(value=value):
            return value
        case s.Number(text=text):
            return text
        case s.Call(function=function):
            return f"{function}(…)"
        case _:
            return "cette partie"


_HANDLERS: dict[type, Callable[..., Checked]] = {
    s.Number: Checker._number,
    s.Text: Checker._text,
    s.Truth: Checker._truth,
    s.Name: Checker._name,
    s.Logic: Checker._logic,
    s.Not: Checker._negation,
    s.Answered: Checker._answered,
    s.Absent: Checker._absent,
    s.Contains: Checker._contains,
    s.Among: Checker._among,
    s.Compare: Checker._compare,
    s.Arithmetic: Checker._arithmetic,
    s.Negative: Checker._negative,
    s.Call: Checker._call,
}
