"""Constraints that follow from the type of a field, in core form."""

from dcc_rcp_forms.expressions.core import Core
from dcc_rcp_forms.language.model import Field, FieldKind, Level
from dcc_rcp_forms.program.model import Constraint


def decimals_of(item: Field, itself: Core) -> list[Constraint]:
    """Limit the decimals of a number; a scale takes whole points."""
    decimals = 0 if item.kind is FieldKind.SCALE else item.decimals
    if decimals is None:
        return []
    core: Core = ["=", ["arrondi", itself, ["n", float(decimals)]], itself]
    message = "Nombre entier attendu." if decimals == 0 else f"{decimals} décimale(s) au plus."
    return [Constraint(core, message, Level.ERROR, "décimales")]


def rows_at_most(item: Field) -> list[Constraint]:
    """Limit the number of rows of a table."""
    if item.max_rows is None:
        return []
    core: Core = ["≤", ["taille", ["v", item.id]], ["n", float(item.max_rows)]]
    return [Constraint(core, f"{item.max_rows} ligne(s) au plus.", Level.ERROR, "lignes")]
