"""The fixed list of functions: how each is written, how it is checked, which operation runs it."""

from dataclasses import dataclass

from dcc_rcp_forms.expressions.types import DATE, NUMBER, ValueType


@dataclass(frozen=True, slots=True)
class Function:
    """A function of plain values.

    Attributes:
        usage: how an author writes it, shown in messages and in the guide.
        meaning: what it gives, in French.
        argument: type of every argument.
        result: type of the result.
        fewest: smallest number of arguments.
        most: largest number of arguments.
        keeps_unit: the result has the unit of the arguments.
    """

    usage: str
    meaning: str
    argument: ValueType = NUMBER
    result: ValueType = NUMBER
    fewest: int = 2
    most: int = 50
    keeps_unit: bool = True


PLAIN_FUNCTIONS: dict[str, Function] = {
    "max": Function("max(a ; b)", "le plus grand ; inconnu si l'un manque"),
    "min": Function("min(a ; b)", "le plus petit ; inconnu si l'un manque"),
    "somme": Function("somme(a ; b)", "le total ; inconnu si l'un manque"),
    "moyenne": Function("moyenne(a ; b)", "la moyenne ; inconnue si l'un manque"),
    "arrondi": Function("arrondi(x ; 1)", "x arrondi à ce nombre de décimales"),
    "borné": Function("borné(x ; 0 ; 10)", "x ramené entre deux bornes", fewest=3, most=3),
    "ln": Function("ln(x)", "logarithme naturel", fewest=1, most=1, keeps_unit=False),
    "jours": Function("jours(début ; fin)", "jours écoulés", DATE, most=2, keeps_unit=False),
    "mois": Function("mois(début ; fin)", "mois entiers écoulés", DATE, most=2, keeps_unit=False),
    "âge": Function("âge(naissance ; date)", "années révolues", DATE, most=2, keeps_unit=False),
}

ROW_FUNCTIONS: dict[str, str] = {
    "existe": "existe(tableau ; condition)",
    "nombre": "nombre(tableau ; condition) ou nombre(choix_multiple)",
    "max": "max(tableau ; colonne)",
    "min": "min(tableau ; colonne)",
    "somme": "somme(tableau ; colonne)",
    "moyenne": "moyenne(tableau ; colonne)",
}

OTHER_FUNCTIONS: dict[str, str] = {
    "points": "points(choix)",
    "premier": "premier(a ; b)",
}


def function_names() -> list[str]:
    """List every function, for suggestions and for the names a field may not take."""
    return sorted({*PLAIN_FUNCTIONS, *ROW_FUNCTIONS, *OTHER_FUNCTIONS})


def usage_of(name: str) -> str:
    """Return how a function is written."""
    if name in PLAIN_FUNCTIONS:
        return PLAIN_FUNCTIONS[name].usage
    return ROW_FUNCTIONS.get(name) or OTHER_FUNCTIONS[name]
