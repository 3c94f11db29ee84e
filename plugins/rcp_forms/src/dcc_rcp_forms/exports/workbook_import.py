"""Bring changes made in a workbook back to the YAML file, comments and order kept.

The workbook is a view: it changes texts and attributes of fields, and adds simple fields and values
of choices. What it cannot say (tables, decision tables) is written in the file.
"""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from dcc_rcp_forms.exports.dictionary import HEADINGS, dictionary_rows
from dcc_rcp_forms.exports.workbook_additions import Addition, add_rows
from dcc_rcp_forms.language.model import Form

EDITABLE = ("libellé", "aide", "unité", "obligatoire", "si", "min", "max", "phase", "statistique")


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell that differs from the form; `place` tells why it cannot be taken, if so."""

    field: str
    attribute: str
    before: str
    after: str
    refusal: str = ""


def read_changes(form: Form, workbook: Path) -> list[CellChange]:
    """Compare the `champs` sheet of a workbook with a form."""
    from openpyxl import load_workbook  # type: ignore[import-untyped]  # no types published

    sheet = load_workbook(workbook, data_only=True)["champs"]
    lines = [[_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    if not lines or tuple(lines[0]) != HEADINGS:
        raise ValueError("La feuille « champs » n'a pas les colonnes attendues.")
    found = {line[1]: line for line in lines[1:] if len(line) > 1 and line[1]}
    ours = {row[1]: row for row in dictionary_rows(form)}
    inherited = {field.id for field in form.fields() if field.place.file != form.place.file}
    return [_refused_if(change, inherited) for change in _compare(ours, found)]


def _compare(ours: dict[str, tuple[str, ...]], found: dict[str, list[str]]) -> Iterator[CellChange]:
    for name, row in ours.items():
        line = found.get(name)
        if line is None:
            yield CellChange(name, "", "", "", "ligne retirée : masquez le champ dans le fichier")
            continue
        for heading, before, after in zip(HEADINGS, row, line, strict=False):
            if before != after:
                refusal = (
                    "" if heading in EDITABLE else "cette colonne ne se modifie que dans le fichier"
                )
                yield CellChange(name, heading, before, after, refusal)


def _refused_if(change: CellChange, inherited: set[str]) -> CellChange:
    if change.field.partition(".")[0] in inherited:
        return replace(change, refusal="champ du formulaire de base : changez la base")
    return change


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def apply_changes(
    source: str,
    changes: Iterable[CellChange],
    additions: Iterable[Addition] = (),
    form: Form | None = None,
) -> str:
    """Rewrite the text of a form with the changes; everything else keeps its place and comments."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    tree = yaml.load(source)
    for change in changes:
        if not change.refusal:
            _apply(tree, change)
    if form is not None:
        add_rows(tree, form, additions)
    out = io.StringIO()
    yaml.dump(tree, out)
    return out.getvalue()


def _apply(tree: Any, change: CellChange) -> None:
    name, _, column = change.field.partition(".")
    for section in tree["sections"].values():
        field = section.get("champs", {}).get(name)
        target = field["colonnes"].get(column) if field and column else field
        if target is not None:
            if change.after:
                target[change.attribute] = change.after
            else:
                target.pop(change.attribute, None)
