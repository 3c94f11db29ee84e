"""Check the calls of an expression: the function exists, its arguments fit."""

from dataclasses import replace
from typing import TYPE_CHECKING

from dcc_rcp_forms.expressions import syntax as s
from dcc_rcp_forms.expressions.core import UNKNOWN, Core
from dcc_rcp_forms.expressions.dates import parse_date
from dcc_rcp_forms.expressions.functions import (
    OTHER_FUNCTIONS,
    PLAIN_FUNCTIONS,
    ROW_FUNCTIONS,
    Function,
    function_names,
    usage_of,
)
from dcc_rcp_forms.expressions.syntax_advice import SPREADSHEET_FUNCTIONS, SPREADSHEET_REMEDY
from dcc_rcp_forms.expressions.types import ANY, DATE, NUMBER, TRUTH, Kind, ValueType
from dcc_rcp_forms.language.suggest import did_you_mean, enumerate_french

if TYPE_CHECKING:
    from dcc_rcp_forms.expressions.checker import Checked, Checker

_MAX_DECIMALS = 6


def check_call(checker: "Checker", node: s.Call) -> "Checked":
    """Check one call and return its core form and type."""
    if node.function in SPREADSHEET_FUNCTIONS:
        return checker.fault(
            "FRM-207", node, "C'est une formule de tableur.", SPREADSHEET_REMEDY, len(node.function)
        )
    if node.function not in {*PLAIN_FUNCTIONS, *ROW_FUNCTIONS, *OTHER_FUNCTIONS}:
        known = enumerate_french(function_names(), 20)
        return checker.fault(
            "FRM-203",
            node,
            f"La fonction « {node.function} » n'existe pas.",
            did_you_mean(node.function, function_names(), f"Fonctions : {known}."),
            len(node.function),
        )
    for argument in node.arguments:
        checker.require_clear_number(argument)
    if node.function in ROW_FUNCTIONS and node.arguments:
        table, table_type = _peek(checker, node.arguments[0])
        if table_type.kind is Kind.TABLE:
            return _over_table(checker, node, table, table_type)
    if node.function == "points":
        return _points(checker, node)
    if node.function == "premier":
        return _first_known(checker, node)
    if node.function in PLAIN_FUNCTIONS:
        return _plain(checker, node, PLAIN_FUNCTIONS[node.function])
    return _count_or_misuse(checker, node)


def _peek(checker: "Checker", node: s.Syntax) -> "Checked":
    """Look at the type of a name without reporting anything twice."""
    if not isinstance(node, s.Name) or node.path in checker.scope.columns:
        return UNKNOWN, ANY
    found = checker.scope.find_variable(node.path)
    return (["v", found], checker.scope.variables[found]) if found else (UNKNOWN, ANY)


def _misuse(checker: "Checker", node: s.Call, fact: str) -> "Checked":
    return checker.fault(
        "FRM-204", node, fact, f"Écrivez {usage_of(node.function)}.", len(node.function)
    )


def _over_table(checker: "Checker", node: s.Call, table: Core, table_type: ValueType) -> "Checked":
    rows = checker.in_rows_of(table_type)
    if node.function == "nombre" and len(node.arguments) == 1:
        return ["taille", table], NUMBER
    if len(node.arguments) != 2:
        return _misuse(checker, node, f"{node.function}() sur un tableau attend deux éléments.")
    name, part = table[1], node.arguments[1]
    if node.function in {"existe", "nombre"}:
        operation = "existe" if node.function == "existe" else "compte"
        return [operation, name, rows.condition(part)], TRUTH if operation == "existe" else NUMBER
    core, value_type = rows.check_number(part)
    return [f"{node.function}_t", name, core], replace(NUMBER, unit=value_type.unit)


def _points(checker: "Checker", node: s.Call) -> "Checked":
    if len(node.arguments) != 1:
        return _misuse(checker, node, "points() attend un seul choix.")
    core, value_type = checker.check(node.arguments[0])
    if value_type.kind is Kind.ANY:
        return UNKNOWN, ANY
    if not value_type.points:
        return checker.fault(
            "FRM-205",
            node,
            "Ce champ n'a pas de points.",
            "Donnez « points » à chacune de ses valeurs.",
        )
    return ["points", core, dict(value_type.points)], NUMBER


def _first_known(checker: "Checker", node: s.Call) -> "Checked":
    if len(node.arguments) < 2:
        return _misuse(checker, node, "premier() attend au moins deux valeurs.")
    parts = [checker.check(argument) for argument in node.arguments]
    types = [value_type for _, value_type in parts if value_type.kind is not Kind.ANY]
    if len({value_type.kind for value_type in types}) > 1:
        return checker.type_clash(node, types[0], types[1])
    return ["premier", *(core for core, _ in parts)], types[0] if types else ANY


def _plain(checker: "Checker", node: s.Call, function: Function) -> "Checked":
    if node.function == "arrondi" and len(node.arguments) == 1:
        node = replace(node, arguments=(*node.arguments, s.Number(0.0, "0", node.at)))
    if not function.fewest <= len(node.arguments) <= _most(node, function):
        return _misuse(checker, node, f"{node.function}() n'a pas le bon nombre d'éléments.")
    if function.argument is DATE:
        return [node.function, *(_date(checker, part) for part in node.arguments)], function.result
    parts = [checker.check_number(part) for part in node.arguments]
    if node.function == "arrondi" and not _is_decimal_count(node.arguments[1]):
        return _misuse(checker, node, f"Le nombre de décimales va de 0 à {_MAX_DECIMALS}.")
    types = [value_type for _, value_type in parts]
    if not function.keeps_unit:
        return [node.function, *(core for core, _ in parts)], function.result
    checker.warn_of_units(node, *types)
    unit = next((value_type.unit for value_type in types if value_type.unit), None)
    return [node.function, *(core for core, _ in parts)], replace(function.result, unit=unit)


def _most(node: s.Call, function: Function) -> int:
    return 2 if node.function == "arrondi" else function.most


def _is_decimal_count(node: s.Syntax) -> bool:
    return isinstance(node, s.Number) and node.value in range(_MAX_DECIMALS + 1)


def _date(checker: "Checker", node: s.Syntax) -> Core:
    if isinstance(node, s.Text) and parse_date(node.value):
        return checker.literal_as(node, DATE, node)[0]
    core, value_type = checker.check(node)
    if value_type.kind not in {Kind.DATE, Kind.ANY}:
        checker.fault(
            "FRM-205",
            node,
            f"Une date est attendue, pas un {value_type.kind}.",
            "Utilisez un champ de type date ou une date entre guillemets.",
        )
        return UNKNOWN
    return core


def _count_or_misuse(checker: "Checker", node: s.Call) -> "Checked":
    if node.function == "nombre" and len(node.arguments) == 1:
        core, value_type = checker.check(node.arguments[0])
        if value_type.kind is Kind.CHOICES:
            return ["taille", core], NUMBER
        if value_type.kind is Kind.ANY:
            return UNKNOWN, ANY
    elif node.arguments and isinstance(node.arguments[0], s.Name):
        _, value_type = checker.check(node.arguments[0])
        if value_type.kind is Kind.ANY:
            return UNKNOWN, ANY
    return checker.fault(
        "FRM-205",
        node,
        f"{node.function}() s'applique à un tableau.",
        f"Écrivez {usage_of(node.function)}.",
        len(node.function),
    )
