"""A form as an editable Word document: blank to fill by hand, or filled with a fiche."""

import io
from collections.abc import Iterator
from typing import Any

from dcc_rcp_forms.exports.answers import Fiche
from dcc_rcp_forms.exports.texts import shown
from dcc_rcp_forms.language.model import Field, FieldKind, Printed, Section

_BLANK_ROWS = 3
_BOX = "☐"


def word_document(fiche: Fiche, *, is_blank: bool) -> bytes:
    """Return DOCX; a blank form shows every field that could be asked, boxes to tick included."""
    from docx import Document

    document = Document()
    document.core_properties.title = fiche.form.title
    document.core_properties.language = "fr-FR"
    document.add_heading(fiche.form.title, 0)
    document.add_paragraph(f"Version {fiche.form.version}")
    for section in fiche.form.sections:
        lines = list(_blank(section)) if is_blank else list(_filled(fiche, section))
        tables = [
            field
            for field in section.fields
            if field.columns and _has_table(fiche, field, is_blank)
        ]
        if lines or tables:
            document.add_heading(section.title, 1)
        if lines:
            _add_lines(document, lines)
        for field in tables:
            document.add_paragraph(field.label)
            _add_table(document, field, [] if is_blank else list(_rows(fiche, field)))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _has_table(fiche: Fiche, field: Field, is_blank: bool) -> bool:
    return not field.is_hidden and (is_blank or bool(list(_rows(fiche, field))))


def _blank(section: Section) -> Iterator[tuple[str, str]]:
    for field in section.fields:
        if field.columns or field.is_hidden or not field.is_answerable:
            continue
        label = f"{field.group_label} — {field.label}" if field.prefix else field.label
        unit = f" ({field.unit})" if field.unit else ""
        condition = (
            f"\nSi {' et '.join(rule.text for rule in field.visible_if)}"
            if field.visible_if
            else ""
        )
        yield f"{label}{unit}{condition}", "   ".join(f"{_BOX} {word}" for word in _boxes(field))


def _boxes(field: Field) -> Iterator[str]:
    if field.kind is FieldKind.YES_NO:
        yield from ("Oui", "Non")
    if field.kind in {FieldKind.CHOICE, FieldKind.CHOICES}:
        yield from (choice.label for choice in field.choices if not choice.is_retired)
    if field.allows_unknown:
        yield from ("Inconnu", "Non fait")


def _filled(fiche: Fiche, section: Section) -> Iterator[tuple[str, str]]:
    for item in fiche.answered(section):
        if not item.field.columns and item.field.printed is not Printed.NEVER:
            label = item.field.label
            yield f"{item.field.group_label} — {label}" if item.field.prefix else label, item.text


def _rows(fiche: Fiche, field: Field) -> Iterator[list[str]]:
    stored = fiche.answers.get(field.id) if field.id in fiche.state.visible else None
    columns = [column for column in field.columns if column.is_answerable]
    if field.kind is FieldKind.MATRIX and isinstance(stored, dict):
        for row in field.rows:
            cells = stored.get(row.code) or {}
            yield [row.label, *(shown(column, cells.get(column.id)) for column in columns)]
    elif isinstance(stored, list | tuple):
        for cells in stored:
            yield [shown(column, cells.get(column.id)) for column in columns]


def _add_lines(document: Any, lines: list[tuple[str, str]]) -> None:
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    for label, text in lines:
        cells = table.add_row().cells
        cells[0].text, cells[1].text = label, text


def _add_table(document: Any, field: Field, rows: list[list[str]]) -> None:
    columns = [column.label for column in field.columns if column.is_answerable]
    if field.kind is FieldKind.MATRIX:
        columns = ["", *columns]
        rows = rows or [[row.label] + [""] * (len(columns) - 1) for row in field.rows]
    rows = rows or [[""] * len(columns)] * _BLANK_ROWS
    table = document.add_table(rows=0, cols=len(columns), style="Table Grid")
    for row in [columns, *rows]:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
