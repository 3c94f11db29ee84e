"""The core language both evaluators run: nested JSON lists, `[operation, argument…]`.

| operation | meaning |
|---|---|
| `n` `t` `b` `d` `?` | number, text, truth, date (first and last day), unknown |
| `v` `c` | field, column of the current row |
| `et` `ou` `non` | three-valued logic |
| `=` `<` `≤` | comparisons, of dates with a `d` added; others are written with `non` and swaps |
| `parmi` `contient` `contient_texte` | membership |
| `rens` `absent` | an answer is known, its absence was declared |
| `+` `-` `*` `/` | arithmetic |
| `max` `min` `somme` `moyenne` `arrondi` `ln` `borné` | functions of numbers |
| `jours` `mois` `âge` `points` `premier` `taille` | of dates, of a choice, first known, size |
| `existe` `compte` `max_t` `min_t` `somme_t` `moyenne_t` | over the rows of a table |
| `cas` | first case whose condition is true |
"""

from typing import Any

Core = list[Any]
"""A core expression; a JSON list whose head is the operation."""

UNKNOWN: Core = ["?"]


ROW_OPERATIONS = frozenset(("existe", "compte", "max_t", "min_t", "somme_t", "moyenne_t"))
_LEAVES = frozenset(("n", "t", "b", "d", "?", "v", "c", "absent"))


def variables_of(core: Core) -> set[str]:
    """Return the ids of the fields a core expression reads."""
    found: set[str] = set()
    pending: list[Core] = [core]
    while pending:
        node = pending.pop()
        if node[0] in {"v", "absent"} or node[0] in ROW_OPERATIONS:
            found.add(node[1])
        pending += _children(node)
    return found


def _children(node: Core) -> list[Core]:
    match node[0]:
        case head if head in _LEAVES:
            return []
        case "cas":
            return [part for case in node[1] for part in case]
        case "parmi" | "points":
            return [node[1]]
        case head if head in ROW_OPERATIONS:
            return [node[2]]
        case _:
            return list(node[1:])
