"""The sections of the neutral clinical document: coded slots, and narrative in form order.

A field without slot goes to the narrative of its section, never to a wrong code. A section without
national counterpart is told in words after the tumour.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from dcc_core.api import (
    Block,
    Coded,
    Entry,
    Moment,
    NullFlavor,
    Paragraph,
    PartialDate,
    Period,
    Table,
    Value,
)
from dcc_core.api import Section as DocumentSection
from dcc_rcp_forms.exports.answers import Answered, Fiche
from dcc_rcp_forms.exports.systems import NATIONAL_OIDS, PREFERRED, TNM_OID
from dcc_rcp_forms.exports.texts import shown
from dcc_rcp_forms.language.model import Choice, Field, FieldKind, Section
from dcc_rcp_forms.linter.declarations import MEETING_SETS
from dcc_rcp_forms.valuesets.collection import Library

_ABSENCES = {"inconnu": NullFlavor.ASKED_UNKNOWN, "non fait": NullFlavor.NOT_ASKED}
_MOTIVES = {
    "MED-235": "motif.avis_diagnostique",
    "ORG-114": "motif.proposition",
    "ORG-115": "motif.recours",
    "ORG-116": "motif.pédiatrie",
}
_DETAILS = ("tumeur.tnm_édition", "clinique.oms.date")
"""Slots that complete another one and have no statement of their own."""


def document_sections(fiche: Fiche) -> tuple[DocumentSection, ...]:
    """Return the sections of the document a fiche makes, in form order.

    Form sections that fill the same national section are joined.
    """
    slots = fiche.by_slot()
    joined: dict[str, DocumentSection] = {}
    for section in fiche.form.sections:
        key = section_key(section)
        entries = tuple(
            entry for item in fiche.answered(section) for entry in _entries(item, slots, fiche)
        )
        if section.slot == "motif":
            entries = (*_meeting(fiche), *entries)
        narrative = tuple(_narrative(fiche, section))
        if not entries and not narrative:
            continue
        before = joined.get(key)
        joined[key] = DocumentSection(
            key,
            before.title if before else section.title,
            (*(before.narrative if before else ()), *narrative),
            (*(before.entries if before else ()), *entries),
        )
    return tuple(joined.values())


def section_key(section: Section) -> str:
    """Return the stable key of a section: the national one without accents, or its own id."""
    decomposed = unicodedata.normalize("NFD", section.slot or section.id)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


# --- narrative


def _narrative(fiche: Fiche, section: Section) -> Iterator[Block]:
    for item in fiche.printed(section):
        if item.field.columns:
            yield from _table(item)
        elif not item.field.slot or item.field.slot in _DETAILS:
            label = (
                f"{item.field.group_label} — {item.field.label}"
                if item.field.prefix
                else item.field.label
            )
            yield Paragraph(item.text, label=label)


def _table(item: Answered) -> Iterator[Block]:
    if item.field.slot:
        return
    columns = [column for column in item.field.columns if column.is_answerable]
    if item.field.kind is FieldKind.MATRIX and isinstance(item.stored, Mapping):
        rows = tuple(
            (row.label, *(_cell(column, item.stored[row.code]) for column in columns))
            for row in item.field.rows
            if item.stored.get(row.code)
        )
        yield Table(("", *(column.label for column in columns)), rows, item.field.label)
    elif item.rows():
        rows = tuple(tuple(_cell(column, row) for column in columns) for row in item.rows())
        yield Table(tuple(column.label for column in columns), rows, item.field.label)
    elif item.absence:
        yield Paragraph(item.text, label=item.field.label)


def _cell(column: Field, row: Mapping[str, Any]) -> str:
    return shown(column, row.get(column.id))


# --- coded entries


def _meeting(fiche: Fiche) -> Iterator[Entry]:
    """Code the organ system and the organ the form is made for."""
    for key, set_name in MEETING_SETS.items():
        label = fiche.form.rcp.get(key)
        codes = Library().find(set_name)
        for code in codes.codes if codes and label else ():
            if code.label == label:
                yield _entry(f"rcp.{key}", Coded(code.code, code.system, code.label))


def _entries(item: Answered, slots: Mapping[str, Answered], fiche: Fiche) -> Iterator[Entry]:
    slot = item.field.slot
    if not slot or slot in _DETAILS:
        return
    if item.absence:
        yield _entry(slot.removesuffix("[]"), _ABSENCES[item.absence])
    elif slot == "motif":
        yield from _motives(item)
    elif slot.endswith("[]"):
        yield from _ROW_ENTRIES[slot](item)
    else:
        yield _one(item, slots)


def _one(item: Answered, slots: Mapping[str, Answered]) -> Entry:
    slot = item.field.slot
    if slot in {"tumeur.t", "tumeur.n", "tumeur.m"}:
        edition = slots.get("tumeur.tnm_édition")
        version = str(edition.stored) if edition else ""
        return _entry(slot, Coded(str(item.stored), TNM_OID, str(item.stored), version=version))
    when = slots.get("clinique.oms.date") if slot == "clinique.oms" else None
    text = "G8" if slot == "clinique.fragilité" else ""
    return _entry(
        slot, coded_value(item), text=text, effective=_moment(when.stored) if when else None
    )


def coded_value(item: Answered) -> Value:
    """Return the value of an answer, coded when its form codes it."""
    field, stored = item.field, item.stored
    if item.choice:
        return coded_choice(item.choice) or item.choice.label
    if field.kind is FieldKind.CODE:
        return _terminology_value(field, str(stored))
    if field.kind is FieldKind.DATE:
        return _moment(stored) or str(stored)
    if isinstance(stored, bool):
        return stored
    if isinstance(stored, int | float):
        whole = float(stored).is_integer()
        return int(stored) if whole else Decimal(str(stored))
    return item.text


def coded_choice(choice: Choice) -> Coded | None:
    """Return the code of a value, None when its form gives it none."""
    for name in PREFERRED:
        if code := choice.codings.get(name):
            return Coded(code, NATIONAL_OIDS[name], choice.label)
    return None


def _terminology_value(field: Field, code: str) -> Value:
    if field.terminology.startswith("jdv:"):
        codes = Library().find(field.terminology.removeprefix("jdv:"))
        found = codes.find(code) if codes else None
        return Coded(found.code, found.system, found.label) if found else code
    return Coded(code, NATIONAL_OIDS[field.terminology], code)


def _motives(item: Answered) -> Iterator[Entry]:
    chosen = set(item.stored)
    for choice in item.field.choices:
        slot = _MOTIVES.get(choice.codings.get("ans", ""))
        if slot:
            yield _entry(slot, choice.code in chosen)


def _treatments(item: Answered) -> Iterator[Entry]:
    """Treatments of the past, and proposals with their rank."""
    columns = {column.id: column for column in item.field.columns}
    for number, row in enumerate(item.rows(), 1):
        chosen = next(
            (c for c in columns["type_traitement"].choices if c.code == row.get("type_traitement")),
            None,
        )
        code = coded_choice(chosen) if chosen else None
        low, high = _moment(row.get("début")), _moment(row.get("fin"))
        yield Entry(
            code=code,
            slot=item.field.slot.removesuffix("[]"),
            text=row.get("précision") or "",
            effective=Period(low, high) if low or high else None,
            rank=_rank(row, number) if item.field.slot == "plan.propositions[]" else None,
        )


def _rank(row: Mapping[str, Any], number: int) -> int:
    """Order proposals: the first intention before its alternatives, then step by step."""
    intention, step = int(row.get("intention") or 1), int(row.get("ordre") or number)
    return (intention - 1) * 100 + step


def _exams(item: Answered) -> Iterator[Entry]:
    for row in item.rows():
        result = row.get("résultat")
        text = f"{row.get('examen', '')} : {result}" if result else row.get("examen", "")
        yield _entry("examens", text, effective=_moment(row.get("date")), text=text)


def _requests(item: Answered) -> Iterator[Entry]:
    for row in item.rows():
        low, high = _moment(row.get("au_plus_tôt")), _moment(row.get("au_plus_tard"))
        name = row.get("examen", "")
        yield _entry(
            "plan.examens", name, effective=Period(low, high) if low or high else None, text=name
        )


_ROW_ENTRIES: Mapping[str, Callable[[Answered], Iterator[Entry]]] = {
    "examens[]": _exams,
    "traitements[]": _treatments,
    "plan.propositions[]": _treatments,
    "plan.examens[]": _requests,
}


def _entry(
    slot: str, value: Value, *, text: str = "", effective: Period | Moment | None = None
) -> Entry:
    return Entry(code=None, slot=slot, value=value, text=text, effective=effective)


def _moment(stored: Any) -> Moment | None:
    if not isinstance(stored, str) or not stored:
        return None
    parts = [int(part) for part in stored.split("-")]
    if len(parts) == 3:
        return date(*parts)
    return PartialDate(parts[0], parts[1] if len(parts) == 2 else None)
