"""A received CDA document as a neutral document: FRCP, PPS, CR-GM, CR-ACP or any other, level 1
or 3.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from collections import Counter

from lxml import etree

from dcc_cda.frcp.slots import SLOTS
from dcc_cda.read import header
from dcc_cda.read.narrative import lines_of, narratives_of, read_blocks
from dcc_cda.read.safe import open_document
from dcc_cda.read.statements import read_entries
from dcc_cda.read.values import Narratives, child, member, read_coded, read_moment, tag, text_of
from dcc_cda.standards import frcp
from dcc_cda.standards.documents import BY_TEMPLATE, BY_TYPE, OTHER
from dcc_cda.write.document import COMPLETE_NARRATIVE
from dcc_cda.write.narrative import DERIVED, EMPTY, slug
from dcc_core.api import (
    Attachment,
    ClinicalDocument,
    Coded,
    Confidentiality,
    Entry,
    InvalidInput,
    Organisation,
    Paragraph,
    Section,
)

_FRCP_KEYS = {spec.templates[-1]: spec.key for spec in (*frcp.SECTIONS, *frcp.FUNCTIONAL_SECTIONS)}
_KEYS_BY_CODE = {spec.code.code: spec.key for spec in reversed(frcp.SECTIONS)}
_SUB_SECTIONS = frozenset(spec.key for spec in frcp.FUNCTIONAL_SECTIONS)
_TOLD_ONLY = ("examens", "synthèse", "question")


def read_document(content: bytes) -> ClinicalDocument:
    """Return the neutral document of a CDA file.

    Raises:
        InvalidInput: ``DCC-CDA-101`` to ``105`` the file is dangerous or not CDA, ``106`` no
            identifier, ``107`` no date, ``108`` unreadable body.
    """
    root = open_document(content)
    document_class = document_class_of(root)
    custodian = child(root, "custodian", "assignedCustodian", "representedCustodianOrganization")
    level = _attribute(root, "confidentialityCode", "code")
    ours = document_class == "FRCP" and _has_derived_tables(root)
    return ClinicalDocument(
        document_id=header.read_identifier(child(root, "id")),
        set_id=_set_id(root),
        version=_version(root),
        document_class=document_class,
        type_code=read_coded(child(root, "code")) or Coded("", "", "Document"),
        title=text_of(child(root, "title")),
        created_at=header.read_instant(child(root, "effectiveTime")),
        patient=header.read_patient(child(root, "recordTarget", "patientRole")),
        participations=header.read_participations(root),
        custodian=header.read_organisation(custodian) or Organisation("", ""),
        service_events=header.read_service_events(root),
        encounter=header.read_encounter(child(root, "componentOf", "encompassingEncounter")),
        sections=_sections(root, document_class, ours=ours),
        body=_body(root),
        confidentiality=member(Confidentiality, level, Confidentiality.VERY_RESTRICTED),
        language=_attribute(root, "languageCode", "code") or "fr-FR",
        replaces=_replaced(root),
        attributes=() if ours else ((COMPLETE_NARRATIVE, True),),
    )


def _attribute(root: etree._Element, name: str, attribute: str) -> str:
    element = child(root, name)
    return element.get(attribute, "") if element is not None else ""


def document_class_of(root: etree._Element) -> str:
    """Return the class of a ``ClinicalDocument``, by its template or else its type."""
    for one in root.findall(tag("templateId")):
        if one.get("root", "") in BY_TEMPLATE:
            return BY_TEMPLATE[one.get("root", "")]
    return BY_TYPE.get(_attribute(root, "code", "code"), OTHER)


def _set_id(root: etree._Element) -> str:
    element = child(root, "setId")
    return header.read_identifier(child(root, "id") if element is None else element)


def _version(root: etree._Element) -> int:
    stated = _attribute(root, "versionNumber", "value")
    return int(stated) if stated.isdecimal() and int(stated) else 1


def _replaced(root: etree._Element) -> str | None:
    for one in root.findall(tag("relatedDocument")):
        if one.get("typeCode") == "RPLC":
            return header.read_identifier(child(one, "parentDocument", "id"))
    return None


def _body(root: etree._Element) -> Attachment | None:
    text = child(root, "component", "nonXMLBody", "text")
    if text is None:
        return None
    words = "".join(text.itertext())
    media_type = text.get("mediaType", "text/plain")
    if text.get("representation") != "B64":
        return Attachment(media_type, words.encode())
    try:
        return Attachment(media_type, b64decode("".join(words.split()), validate=True))
    except Base64Error as error:
        raise InvalidInput(
            "DCC-CDA-108",
            "Le fichier contenu dans le document est illisible (base 64). Le document est refusé. "
            "Demandez à l'expéditeur de l'envoyer de nouveau.",
        ) from error


def _has_derived_tables(root: etree._Element) -> bool:
    return any(one.get("ID", "").startswith(DERIVED) for one in root.iter(tag("table")))


def _sections(root: etree._Element, document_class: str, *, ours: bool) -> tuple[Section, ...]:
    body = child(root, "component", "structuredBody")
    if body is None:
        return ()
    narratives = narratives_of(body, breaks=ours)
    keys: Counter[str] = Counter()
    slotted = document_class == "FRCP"
    return tuple(
        _section(section, "", narratives, keys, slotted=slotted, ours=ours)
        for component in body.findall(tag("component"))
        if (section := child(component, "section")) is not None
    )


def _section(
    section: etree._Element,
    above: str,
    narratives: Narratives,
    keys: Counter[str],
    *,
    slotted: bool,
    ours: bool,
) -> Section:
    code = read_coded(child(section, "code"))
    key = _key(section, code, above, keys)
    text = child(section, "text")
    told = _take_derived(text) if ours and text is not None else ()
    blocks = read_blocks(text)
    return Section(
        key=key,
        title=text_of(child(section, "title")),
        narrative=() if blocks == (Paragraph(EMPTY),) else blocks,
        entries=(*told, *read_entries(section, key if slotted else "", narratives)),
        sections=tuple(
            _section(inner, key, narratives, keys, slotted=slotted, ours=ours)
            for component in section.findall(tag("component"))
            if (inner := child(component, "section")) is not None
        ),
        code=code,
    )


def _key(section: etree._Element, code: Coded | None, above: str, keys: Counter[str]) -> str:
    """Return the FRCP key of the section's template, else its code; a section inside another is
    named after it, and the second of a name is numbered.
    """
    roots = (one.get("root", "") for one in section.findall(tag("templateId")))
    known = next((_FRCP_KEYS[root] for root in roots if root in _FRCP_KEYS), "")
    key = known or _KEYS_BY_CODE.get(code.code if code else "") or _code_key(code)
    if above and key not in _SUB_SECTIONS:
        key = f"{above}-{key}"
    keys[key] += 1
    return key if keys[key] == 1 else f"{key}-{keys[key]}"


def _code_key(code: Coded | None) -> str:
    return f"loinc-{slug(code.code)}" if code else "section"


def _take_derived(text: etree._Element) -> tuple[Entry, ...]:
    """Remove the table that our writer derived, and return what it alone held: the statements that
    the volet tells in words only.
    """
    table = next(
        (one for one in text.findall(tag("table")) if one.get("ID", "").startswith(DERIVED)), None
    )
    if table is None:
        return ()
    text.remove(table)
    contents = {one.get("ID", ""): lines_of(one) for one in table.iter(tag("content"))}
    return tuple(
        entry
        for identifier in contents
        for slot in _TOLD_ONLY
        if _is_row_of(slot, identifier) and (entry := _told(slot, identifier, contents))
    )


def _is_row_of(slot: str, identifier: str) -> bool:
    number = identifier.removeprefix(slug(slot))
    return number != identifier and (not number or number.lstrip("-").isdecimal())


def _told(slot: str, identifier: str, contents: dict[str, str]) -> Entry:
    words = contents[identifier]
    if SLOTS[slot].takes == "text":
        note = contents.get(f"{identifier}-note", "")
        return Entry(code=None, slot=slot, value=words, text=note)
    day = contents.get(f"{identifier}-date", "")
    moment = read_moment("".join(reversed(day.split("/")))) if day else None
    return Entry(
        code=None,
        slot=slot,
        value=contents.get(f"{identifier}-resultat"),
        text=words,
        effective=moment,
    )
