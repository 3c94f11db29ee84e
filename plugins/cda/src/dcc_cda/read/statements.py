"""Clinical statements of a received document, as neutral entries; those of an FRCP get their slot
back.
"""

from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from dcc_cda.frcp.slots import SLOTS
from dcc_cda.read.header import read_professional
from dcc_cda.read.narrative import lines_of
from dcc_cda.read.values import (
    Narratives,
    child,
    member,
    pointed_words,
    read_coded,
    read_effective,
    read_null_flavor,
    read_time,
    read_value,
    tag,
)
from dcc_cda.standards import pcc
from dcc_cda.write.statements import COMMENT
from dcc_core.api import Coded, Entry, EntryKind, Mood, Participation, Role, Value

_KINDS = {
    tag("observation"): EntryKind.OBSERVATION,
    tag("procedure"): EntryKind.PROCEDURE,
    tag("encounter"): EntryKind.ENCOUNTER,
    tag("act"): EntryKind.ACT,
    tag("organizer"): EntryKind.ORGANIZER,
}
_Place = tuple[str, EntryKind, Mood, str]
_BY_PLACE: dict[_Place, str] = {
    (slot.section, slot.kind, slot.mood, slot.code.code if slot.code else ""): slot.name
    for slot in SLOTS.values()
    if slot.code or slot.kind is not EntryKind.OBSERVATION
}


def read_entries(section: etree._Element, key: str, narratives: Narratives) -> tuple[Entry, ...]:
    """Return the statements of one section. ``key`` is empty when the volet has no slots."""
    found = (
        read_statement(inner, key, narratives)
        for entry in section.findall(tag("entry"))
        for inner in entry
        if inner.tag in _KINDS
    )
    return tuple(found)


def read_statement(
    element: etree._Element, key: str, narratives: Narratives, relation: str = ""
) -> Entry:
    """Return one statement with what is nested in it; a lone comment becomes its text."""
    kind, mood = _kind(element), _mood(element)
    code = read_coded(child(element, "code"))
    slot = _slot(key, kind, mood, code)
    words, children = _words(element, slot, kind, _nested(element, key, narratives), narratives)
    site = child(element, "targetSiteCode")
    return Entry(
        code=code,
        value=_value(element, slot, kind, narratives),
        kind=kind,
        mood=mood,
        slot=slot,
        effective=read_effective(child(element, "effectiveTime")),
        interpretation=read_coded(child(element, "interpretationCode")),
        target_site=read_coded(site),
        laterality=read_coded(child(site, "qualifier", "value")),
        text=words,
        rank=_rank(child(element, "priorityCode")),
        performer=read_professional(child(element, "performer", "assignedEntity")),
        author=_author(child(element, "author")),
        children=children,
        relation=relation,
        null_flavor=read_null_flavor(element),
        status=_status(child(element, "statusCode"), kind, mood),
    )


def _kind(element: etree._Element) -> EntryKind:
    kind = _KINDS[str(element.tag)]
    code = child(element, "code")
    if kind is EntryKind.ACT and code is not None and code.get("code") == COMMENT.code:
        return EntryKind.COMMENT
    roots = {one.get("root") for one in element.findall(tag("templateId"))}
    return EntryKind.PROBLEM if pcc.PROBLEM[1] in roots else kind


def _mood(element: etree._Element) -> Mood:
    return member(Mood, element.get("moodCode"), Mood.EVENT)


def _slot(key: str, kind: EntryKind, mood: Mood, code: Coded | None) -> str:
    """Return the slot of a statement: by its code, or by its shape when the code is its content."""
    by_code = _BY_PLACE.get((key, kind, mood, code.code if code else ""))
    return by_code or _BY_PLACE.get((key, kind, mood, ""), "")


def _nested(element: etree._Element, key: str, narratives: Narratives) -> Iterator[Entry]:
    for link in (*element.findall(tag("entryRelationship")), *element.findall(tag("component"))):
        for inner in link:
            if inner.tag in _KINDS:
                relation = link.get("typeCode", "COMP")
                yield read_statement(inner, key, narratives, relation)


def _words(
    element: etree._Element,
    slot: str,
    kind: EntryKind,
    nested: Iterator[Entry],
    narratives: Narratives,
) -> tuple[str, tuple[Entry, ...]]:
    children = tuple(nested)
    if kind is EntryKind.COMMENT or (slot and SLOTS[slot].takes == "request"):
        return pointed_words(child(element, "text"), narratives), children
    comments = [one for one in children if one.kind is EntryKind.COMMENT]
    if len(comments) != 1:
        return "", children
    return comments[0].text, tuple(one for one in children if one is not comments[0])


def _value(
    element: etree._Element, slot: str, kind: EntryKind, narratives: Narratives
) -> Value | tuple[Value, ...] | None:
    read = (read_value(one, narratives) for one in element.findall(tag("value")))
    values = tuple(value for value in read if value is not None)
    if kind is EntryKind.ENCOUNTER and slot:
        return True
    return values if len(values) > 1 else next(iter(values), None)


def _rank(element: etree._Element | None) -> int | None:
    words = lines_of(element) if element is not None else ""
    return int(words) if words.isdecimal() else None


def _author(element: etree._Element | None) -> Participation | None:
    person = read_professional(child(element, "assignedAuthor"))
    when = read_time(child(element, "time"))
    if person is None:
        return None
    return Participation(Role.AUTHOR, person, when if isinstance(when, datetime) else None)


def _status(element: etree._Element | None, kind: EntryKind, mood: Mood) -> str:
    status = element.get("code", "") if element is not None else ""
    return "" if status == pcc.usual_status(kind, mood) else status
