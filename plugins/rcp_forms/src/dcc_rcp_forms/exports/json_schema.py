"""JSON Schema of the answers of a form: shape of stored answers, rules left out."""

from typing import Any

from dcc_rcp_forms.engine.stored import ABSENCES
from dcc_rcp_forms.language.model import Field, FieldKind, Form
from dcc_rcp_forms.language.nodes import Scalar

Schema = dict[str, Any]

_ABSENT: Schema = {
    "type": "object",
    "properties": {"absent": {"enum": list(ABSENCES)}},
    "required": ["absent"],
    "additionalProperties": False,
}
_DATES = {
    "jour": r"^\d{4}-\d{2}-\d{2}$",
    "mois": r"^\d{4}-\d{2}(-\d{2})?$",
    "année": r"^\d{4}(-\d{2}(-\d{2})?)?$",
}
_SIMPLE: dict[FieldKind, Schema] = {
    FieldKind.TIME: {"type": "string", "pattern": r"^([01]?\d|2[0-3]):[0-5]\d$"},
    FieldKind.YES_NO: {"type": "boolean"},
    FieldKind.PROFESSIONAL: {"type": "string", "pattern": r"^\d{11}$"},
    FieldKind.ORGANISATION: {"type": "string", "pattern": r"^\d[\dAB]\d{7}$"},
}


def answers_schema(form: Form, digest: str) -> Schema:
    """Return the JSON Schema (draft 2020-12) of the stored answers of one version."""
    properties = {field.id: _field(field) for field in form.fields() if field.is_answerable}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:dcc:form:{form.id}:{form.version}",
        "$comment": f"sha256:{digest}",
        "title": form.title,
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _field(field: Field) -> Schema:
    schema = {**_shape(field), "title": field.label}
    if field.help:
        schema["description"] = field.help
    if field.allows_unknown:
        return {"title": field.label, "anyOf": [schema, _ABSENT]}
    return schema


def _shape(field: Field) -> Schema:
    match field.kind:
        case FieldKind.NUMBER | FieldKind.SCALE:
            return _number(field)
        case FieldKind.DATE:
            return {"type": "string", "pattern": _DATES[field.precision]}
        case FieldKind.CHOICE:
            return {"enum": [choice.code for choice in field.choices]}
        case FieldKind.CHOICES:
            codes = {"enum": [choice.code for choice in field.choices]}
            return {"type": "array", "items": codes, "uniqueItems": True}
        case FieldKind.TABLE:
            return {"type": "array", "items": _cells(field)}
        case FieldKind.MATRIX:
            rows = {row.code: _cells(field) for row in field.rows}
            return {"type": "object", "properties": rows, "additionalProperties": False}
        case _:
            return _SIMPLE.get(field.kind, {"type": "string"})


def _number(field: Field) -> Schema:
    is_whole = field.kind is FieldKind.SCALE or field.decimals == 0
    schema: Schema = {"type": "integer" if is_whole else "number"}
    for key, rule in (("minimum", field.low), ("maximum", field.high)):
        if isinstance(rule, Scalar) and rule.text.lstrip("-").replace(".", "", 1).isdecimal():
            schema[key] = float(rule.text)
    return schema


def _cells(field: Field) -> Schema:
    columns = {column.id: _field(column) for column in field.columns if column.is_answerable}
    return {"type": "object", "properties": columns, "additionalProperties": False}
