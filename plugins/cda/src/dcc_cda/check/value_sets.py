"""The value sets that our own checks know, without the national files.

Source: ANS, Nomenclature des objets de santé, sets of the FRCP volet 2022.01 and JDV_J01; the OID
and the revision date of each stand beside its codes in ``data/value_sets.tsv``.
"""

import csv
from functools import cache
from importlib.resources import files

Concept = tuple[str, str]
"""Code and OID of its system."""


@cache
def value_sets() -> dict[str, frozenset[Concept]]:
    """Return the concepts of each set by its short name."""
    text = files("dcc_cda.check").joinpath("data/value_sets.tsv").read_text(encoding="utf-8")
    sets: dict[str, set[Concept]] = {}
    for row in csv.DictReader(text.splitlines(), delimiter="\t"):
        concepts = ((code, row["system"]) for code in row["codes"].split())
        sets.setdefault(row["set"], set()).update(concepts)
    return {name: frozenset(concepts) for name, concepts in sets.items()}
