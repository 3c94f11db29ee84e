"""FHIR R4 Questionnaire and QuestionnaireResponse (HL7 FHIR 4.0.1).

What FHIR has no room for (in-file tests, migrations, write roles, locks) stays in the form; `lost`
tells it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from dcc_rcp_forms.engine.stored import Stored
from dcc_rcp_forms.exports.answers import Answered, Fiche
from dcc_rcp_forms.exports.fhir_coding import FORM_URN, coding
from dcc_rcp_forms.exports.fhir_conditions import enable_when, is_expressible
from dcc_rcp_forms.exports.fhir_sdc import not_carried, sdc_extensions
from dcc_rcp_forms.exports.systems import FHIR_SYSTEMS
from dcc_rcp_forms.expressions.types import Kind
from dcc_rcp_forms.language.model import Choice, Field, FieldKind, Form, Section
from dcc_rcp_forms.language.nodes import Scalar
from dcc_rcp_forms.loading import LoadedForm

Resource = dict[str, Any]

_EXT = "http://hl7.org/fhir/StructureDefinition"
_DATA_ABSENT = f"{_EXT}/data-absent-reason"
_ABSENT_CODES = {"inconnu": "asked-unknown", "non fait": "not-performed"}

_TYPES: Mapping[FieldKind, str] = {
    FieldKind.TEXT: "string",
    FieldKind.LONG_TEXT: "text",
    FieldKind.NUMBER: "decimal",
    FieldKind.DATE: "date",
    FieldKind.TIME: "time",
    FieldKind.YES_NO: "boolean",
    FieldKind.CHOICE: "choice",
    FieldKind.CHOICES: "choice",
    FieldKind.CODE: "string",
    FieldKind.SCALE: "integer",
    FieldKind.TABLE: "group",
    FieldKind.MATRIX: "group",
    FieldKind.COMPUTED: "string",
    FieldKind.FILE: "string",
    FieldKind.PROFESSIONAL: "string",
    FieldKind.ORGANISATION: "string",
    FieldKind.FIXED_TEXT: "display",
}


_COMPUTED_TYPES = {Kind.NUMBER: "decimal", Kind.TRUTH: "boolean"}


def questionnaire(loaded: LoadedForm) -> Resource:
    """Return a form as a FHIR R4 Questionnaire."""
    form = loaded.form
    return {
        "resourceType": "Questionnaire",
        "url": questionnaire_url(form),
        "version": form.version,
        "name": "".join(part.capitalize() for part in form.id.split("-")),
        "title": form.title,
        "status": "active",
        "language": "fr-FR",
        "subjectType": ["Patient"],
        "identifier": [
            {"system": "urn:ietf:rfc:3986", "value": f"urn:sha256:{loaded.content_hash}"}
        ],
        "item": [_section(section, loaded) for section in form.sections if section.fields],
    }


def questionnaire_url(form: Form) -> str:
    """Return the canonical address of a form."""
    return f"{FORM_URN}:{form.id}"


def lost(loaded: LoadedForm) -> list[str]:
    """Tell what of a form the Questionnaire does not carry."""
    form, found = loaded.form, []
    hidden = [step.id for step in loaded.program.steps if not is_expressible(step.visible, loaded)]
    if hidden:
        found.append(f"conditions d'affichage sans équivalent ({', '.join(hidden)})")
    found += not_carried(loaded)
    if form.examples:
        found.append(f"essais ({len(form.examples)})")
    if form.migrations:
        found.append(f"migrations ({len(form.migrations)})")
    if any(rule.roles for rule in form.phases):
        found.append("rôles d'écriture par phase")
    if form.alerts:
        found.append(f"alertes ({len(form.alerts)})")
    if any(field.lock for field in form.fields()):
        found.append("verrous")
    return found


def _section(section: Section, loaded: LoadedForm) -> Resource:
    item: Resource = {"linkId": f"section.{section.id}", "type": "group", "text": section.title}
    item["item"] = [_item(field, loaded) for field in section.fields if not field.is_hidden]
    return item


def _item(field: Field, loaded: LoadedForm, owner: str = "") -> Resource:
    link = f"{owner}.{field.id}" if owner else field.id
    item: Resource = {
        "linkId": link,
        "type": _type(field, loaded),
        "text": field.label or field.text,
    }
    if not owner:
        item |= enable_when(loaded.program.step(field.id).visible, loaded)
    if field.kind is FieldKind.FIXED_TEXT:
        return {**item, "text": field.text}
    if field.source and field.source.loinc:
        item["code"] = [{"system": FHIR_SYSTEMS["loinc"], "code": field.source.loinc}]
    if field.required is True and field.is_answerable:
        item["required"] = True
    if field.kind is FieldKind.COMPUTED:
        item["readOnly"] = True
    if field.kind in {FieldKind.CHOICES, FieldKind.TABLE}:
        item["repeats"] = True
    if field.kind in {FieldKind.CHOICE, FieldKind.CHOICES}:
        item["answerOption"] = [
            {"valueCoding": coding(choice, field)} for choice in _offered(field)
        ]
    return item | _rest(field, loaded, link, is_column=bool(owner))


def _rest(field: Field, loaded: LoadedForm, link: str, *, is_column: bool) -> Resource:
    """Return the extensions, the first answer and the nested items of an item."""
    sdc = [] if is_column else sdc_extensions(field, loaded.program.step(field.id), loaded)
    parts: Resource = {
        "extension": [*_extensions(field), *sdc],
        "initial": _initial(field),
        "item": _nested(field, loaded, link),
    }
    return {name: part for name, part in parts.items() if part}


def _type(field: Field, loaded: LoadedForm | None = None) -> str:
    if field.kind is FieldKind.COMPUTED and loaded is not None and field.id in loaded.program.types:
        return _COMPUTED_TYPES.get(loaded.program.types[field.id].kind, "string")
    return (
        "integer" if field.kind is FieldKind.NUMBER and field.decimals == 0 else _TYPES[field.kind]
    )


def _initial(field: Field) -> list[Resource]:
    """Return the default answer as `initial`; a choice with options has it there."""
    if field.default is None or not field.is_answerable:
        return []
    text = field.default.text
    match field.kind:
        case FieldKind.YES_NO:
            return [{"valueBoolean": text == "oui"}]
        case FieldKind.TEXT:
            return [{"valueString": text}]
        case _:
            return []


def _offered(field: Field) -> Iterator[Choice]:
    return (choice for choice in field.choices if not choice.is_retired)


def _nested(field: Field, loaded: LoadedForm, link: str) -> list[Resource]:
    columns = [column for column in field.columns if column.is_answerable]
    if field.kind is FieldKind.MATRIX:
        return [
            {
                "linkId": f"{link}.{row.code}",
                "type": "group",
                "text": row.label,
                "item": [_item(column, loaded, f"{link}.{row.code}") for column in columns],
            }
            for row in field.rows
        ]
    return [_item(column, loaded, link) for column in columns]


def _extensions(field: Field) -> Iterator[Resource]:
    if field.unit:
        yield {"url": f"{_EXT}/questionnaire-unit", "valueCoding": {"display": field.unit}}
    for name, rule in (("minValue", field.low), ("maxValue", field.high)):
        if (
            isinstance(rule, Scalar)
            and _is_number(rule.text)
            and field.kind in {FieldKind.NUMBER, FieldKind.SCALE}
        ):
            whole = _type(field) == "integer"
            value = (
                {"valueInteger": int(float(rule.text))}
                if whole
                else {"valueDecimal": float(rule.text)}
            )
            yield {"url": f"{_EXT}/{name}", **value}
    if field.decimals:
        yield {"url": f"{_EXT}/maxDecimalPlaces", "valueInteger": field.decimals}


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdecimal()


# --- responses


def response(fiche: Fiche, *, status: str = "completed") -> Resource:
    """Return the visible answers of a fiche as a FHIR R4 QuestionnaireResponse."""
    items = [
        {"linkId": f"section.{section.id}", "text": section.title, "item": answered}
        for section in fiche.form.sections
        if (answered := [_answer(item) for item in fiche.answered(section)])
    ]
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{questionnaire_url(fiche.form)}|{fiche.form.version}",
        "status": status,
        "language": "fr-FR",
        "item": items,
    }


def _answer(item: Answered) -> Resource:
    head = {"linkId": item.field.id, "text": item.field.label}
    if item.absence:
        reason = {"url": _DATA_ABSENT, "valueCode": _ABSENT_CODES[item.absence]}
        return {**head, "answer": [{"extension": [reason]}]}
    if item.field.kind is FieldKind.TABLE:
        rows = [list(_cells(item.field, row, item.field.id)) for row in item.rows()]
        return {**head, "item": [cell for row in rows for cell in row]}
    if item.field.kind is FieldKind.MATRIX:
        return {**head, "item": list(_matrix(item))}
    return {**head, "answer": list(_values(item.field, item.stored, item.text))}


def _cells(field: Field, row: Mapping[str, Stored], owner: str) -> Iterator[Resource]:
    for column in field.columns:
        stored = row.get(column.id)
        if stored not in (None, "", []):
            link = f"{owner}.{column.id}"
            yield {
                "linkId": link,
                "text": column.label,
                "answer": list(_values(column, stored, str(stored))),
            }


def _matrix(item: Answered) -> Iterator[Resource]:
    for row in item.field.rows:
        cells = item.stored.get(row.code) or {}
        link = f"{item.field.id}.{row.code}"
        if nested := list(_cells(item.field, cells, link)):
            yield {"linkId": link, "text": row.label, "item": nested}


def _values(field: Field, stored: Stored, text: str) -> Iterator[Resource]:
    match field.kind:
        case FieldKind.CHOICE | FieldKind.CHOICES:
            codes = stored if isinstance(stored, list | tuple) else [stored]
            for choice in field.choices:
                if choice.code in codes:
                    yield {"valueCoding": coding(choice, field)}
        case FieldKind.YES_NO:
            yield {"valueBoolean": stored}
        case FieldKind.NUMBER | FieldKind.SCALE if isinstance(stored, int | float):
            whole = _type(field) == "integer"
            yield {"valueInteger": int(stored)} if whole else {"valueDecimal": stored}
        case FieldKind.COMPUTED if isinstance(stored, bool):
            yield {"valueBoolean": stored}
        case FieldKind.COMPUTED if isinstance(stored, int | float):
            yield {"valueDecimal": stored}
        case FieldKind.DATE:
            yield {"valueDate": stored}
        case FieldKind.TIME:
            yield {"valueTime": f"{stored:0>5}:00"}
        case _:
            yield {"valueString": text}
