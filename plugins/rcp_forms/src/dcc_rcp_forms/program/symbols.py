"""Give each field the type its rules see."""

from dcc_rcp_forms.expressions.types import (
    DATE,
    TEXT,
    TIME,
    TRUTH,
    Kind,
    ValueType,
)
from dcc_rcp_forms.language.identifiers import ROW_LABEL, SESSION_DATE
from dcc_rcp_forms.language.model import Choice, Field, FieldKind, Form

_SIMPLE: dict[FieldKind, ValueType] = {
    FieldKind.DATE: DATE,
    FieldKind.TIME: TIME,
    FieldKind.YES_NO: TRUTH,
}
_NUMERIC = (FieldKind.NUMBER, FieldKind.SCALE)


def field_type(field: Field) -> ValueType:
    """Return the type of an answerable field; computed fields get theirs when checked."""
    if field.kind in _NUMERIC:
        return ValueType(Kind.NUMBER, unit=field.unit or None)
    if field.kind in {FieldKind.CHOICE, FieldKind.CHOICES}:
        kind = Kind.CHOICE if field.kind is FieldKind.CHOICE else Kind.CHOICES
        return choice_type(field.choices, kind)
    if field.kind in {FieldKind.TABLE, FieldKind.MATRIX}:
        columns = {
            column.id: field_type(column)
            for column in field.columns
            if column.kind not in {FieldKind.COMPUTED, FieldKind.FIXED_TEXT}
        }
        if field.kind is FieldKind.MATRIX:
            columns[ROW_LABEL] = choice_type(field.rows)
        return ValueType(Kind.TABLE, columns=columns)
    return _SIMPLE.get(field.kind, TEXT)


def choice_type(choices: tuple[Choice, ...], kind: Kind = Kind.CHOICE) -> ValueType:
    """Return the type of a choice among values."""
    labels = {choice.code: choice.label for choice in choices}
    points = {choice.code: choice.points for choice in choices if choice.points is not None}
    return ValueType(kind, labels, points)


def form_symbols(form: Form) -> dict[str, ValueType]:
    """Return the type of every name, computed fields left out."""
    symbols = {SESSION_DATE: DATE}
    for field in form.fields():
        if not field.is_answerable:
            continue
        symbols[field.id] = field_type(field)
        if field.kind is FieldKind.MATRIX:
            for row in field.rows:
                for column in field.columns:
                    if column.is_answerable:
                        symbols[f"{field.id}.{row.code}.{column.id}"] = field_type(column)
    return symbols
