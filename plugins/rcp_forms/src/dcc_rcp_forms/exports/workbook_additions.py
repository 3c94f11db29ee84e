"""Rows that somebody added to a workbook: new fields, and new values of choices.

They are written into the text of the form where they belong; the linter then judges the form.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcc_rcp_forms.exports.dictionary import HEADINGS
from dcc_rcp_forms.exports.workbook import CHOICE_HEADINGS
from dcc_rcp_forms.language.model import Field, FieldKind, Form

_COPIED = (
    "libellé", "type", "unité", "obligatoire", "si", "min", "max", "phase", "cda", "statistique",
    "aide",
)  # fmt: skip
_NOT_IN_ROWS = (FieldKind.TABLE, FieldKind.MATRIX, FieldKind.BLOCK)
_VALUE = re.compile(r"(?P<code>[^=\[\]|]+?)\s*(?:=\s*(?P<label>[^\[\]|]+?))?\s*(?:\[[^\]]*\])?")
_FORMULA = "une formule de tableur : collez sa valeur"


@dataclass(frozen=True, slots=True)
class NewField:
    """A field that a workbook adds; `after` names the one above it, empty at the top."""

    section: str
    name: str
    values: Mapping[str, str]
    after: str
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class NewChoice:
    """A value that a workbook adds to a choice."""

    field: str
    code: str
    label: str
    points: str = ""
    refusal: str = ""


Addition = NewField | NewChoice


def read_additions(form: Form, workbook: Path) -> list[Addition]:
    """Return the rows of a workbook that the form does not have yet, in sheet order."""
    from openpyxl import load_workbook  # type: ignore[import-untyped]  # no types published

    book = load_workbook(workbook, data_only=False)
    found: list[Addition] = list(_new_fields(form, _lines(book, "champs")))
    return [*found, *_new_choices(form, _lines(book, "listes"))]


def add_rows(tree: Any, form: Form, additions: Iterable[Addition]) -> None:
    """Write the additions that are not refused into the tree of a form file."""
    for item in additions:
        if item.refusal:
            continue
        if isinstance(item, NewField):
            _add_field(tree, item)
        else:
            _add_choice(tree, form, item)


def _lines(book: Any, title: str) -> list[list[str]]:
    if title not in book.sheetnames:
        return []
    rows = book[title].iter_rows(values_only=True)
    return [["" if cell is None else str(cell).strip() for cell in row] for row in rows][1:]


def _new_fields(form: Form, lines: list[list[str]]) -> Iterator[NewField]:
    known = {field.id for field in form.fields()}
    sections = {
        section.id: section.place.file == form.place.file
        or any(field.place.file == form.place.file for field in section.fields)
        for section in form.sections
    }
    above: dict[str, str] = {}
    for line in lines:
        row = dict(zip(HEADINGS, line, strict=False))
        section, name = row.get("section", ""), row.get("champ", "")
        if not name or "." in name:
            continue
        if name not in known:
            refusal = _field_refusal(row, sections)
            yield NewField(section, name, row, above.get(section, ""), refusal)
        above[section] = name


def _field_refusal(row: Mapping[str, str], sections: Mapping[str, bool]) -> str:
    if any(cell.startswith("=") for cell in row.values()):
        return _FORMULA
    if not sections.get(row.get("section", "")):
        return "cette section n'est pas écrite dans ce fichier"
    if not row.get("libellé") or not row.get("type"):
        return "un nouveau champ demande au moins un libellé et un type"
    if row["type"] in _NOT_IN_ROWS:
        return "un tableau, une matrice ou un bloc s'écrit dans le fichier"
    return ""


def _new_choices(form: Form, lines: list[list[str]]) -> Iterator[NewChoice]:
    fields = {field.id: field for field in form.fields()}
    for line in lines:
        row = dict(zip(CHOICE_HEADINGS, line, strict=False))
        name, code = row.get("champ", ""), row.get("code", "")
        field = fields.get(name)
        if not code or (field and code in {choice.code for choice in field.choices}):
            continue
        if not name or "." in name:
            continue
        refusal = _choice_refusal(form, field, row)
        yield NewChoice(name, code, row.get("libellé", ""), row.get("points", ""), refusal)


def _choice_refusal(form: Form, field: Field | None, row: Mapping[str, str]) -> str:
    if any(cell.startswith("=") for cell in row.values()):
        return _FORMULA
    if field is None:
        return "champ inconnu : ajoutez-le d'abord à la feuille « champs »"
    if field.place.file != form.place.file:
        return "champ du formulaire de base : changez la base"
    return "" if field.choices else "ce champ n'est pas un choix"


def _add_field(tree: Any, item: NewField) -> None:
    from ruamel.yaml.comments import CommentedMap

    entry = CommentedMap({key: item.values[key] for key in _COPIED if item.values.get(key)})
    if values := _values(item.values.get("valeurs", "")):
        entry["valeurs"] = CommentedMap(values)
        entry["valeurs"].fa.set_flow_style()
    if item.values.get("calcul") and entry.get("type") == FieldKind.COMPUTED:
        entry["valeur"] = item.values["calcul"]
    entry.fa.set_flow_style()
    fields = tree["sections"][item.section].setdefault("champs", CommentedMap())
    names = list(fields)
    place = names.index(item.after) + 1 if item.after in names else len(names)
    fields.insert(place, item.name, entry)


def _values(written: str) -> dict[str, str]:
    found = {}
    for part in filter(None, (part.strip() for part in written.split("|"))):
        if match := _VALUE.fullmatch(part):
            found[match["code"]] = match["label"] or match["code"]
    return found


def _add_choice(tree: Any, form: Form, item: NewChoice) -> None:
    entry: Any = item.label or item.code
    if item.points:
        entry = {"libellé": entry, "points": item.points}
    for section in tree["sections"].values():
        field = (section.get("champs") or {}).get(item.field)
        if field is None:
            continue
        holder, key = (tree["listes"], field["liste"]) if "liste" in field else (field, "valeurs")
        if isinstance(holder[key], list):
            holder[key].append(item.code)
        else:
            holder[key][item.code] = entry
        return
