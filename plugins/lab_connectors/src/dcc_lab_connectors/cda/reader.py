"""A CDA R2 document as a neutral document, with its coded observations."""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from dcc_core.api import (
    Attachment,
    ClinicalDocument,
    Coded,
    Confidentiality,
    DocumentIdentifier,
    Encounter,
    Entry,
    EntryKind,
    Observation,
    Organisation,
    Period,
    Section,
    ServiceEvent,
)
from dcc_lab_connectors.cda.body import index_narrative, read_sections
from dcc_lab_connectors.cda.people import (
    read_organisation,
    read_participations,
    read_patient,
)
from dcc_lab_connectors.cda.xml import (
    Element,
    attribute,
    find,
    find_all,
    parse_cda,
    read_code,
    read_oid,
    read_period,
    read_time_as_instant,
    text_of,
)
from dcc_lab_connectors.profiles.codes import document_class

_UNTYPED = Coded("", "", "")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CdaReading:
    """The document, and its observations flattened with the place of each."""

    document: ClinicalDocument
    observations: tuple[Observation, ...]


def read_cda(content: bytes) -> CdaReading:
    """Read a CDA document of any French volet, level 1 or 3.

    Raises:
        NotCdaError: the bytes are no CDA document.
    """
    root = parse_cda(content)
    body = find(root, "component/structuredBody")
    sections = read_sections(body, index_narrative(root)) if body is not None else ()
    document = _read_document(root, sections)
    return CdaReading(document, tuple(_flatten(sections)))


def _read_document(root: Element, sections: tuple[Section, ...]) -> ClinicalDocument:
    kind = read_code(find(root, "code")) or _UNTYPED
    document_id = read_oid(find(root, "id"))
    custodian = find(root, "custodian/assignedCustodian/representedCustodianOrganization")
    return ClinicalDocument(
        document_id=document_id,
        set_id=read_oid(find(root, "setId")) or document_id,
        version=_version(attribute(root, "versionNumber", "value")),
        document_class=document_class(kind.code),
        type_code=kind,
        title=text_of(find(root, "title")) or kind.label,
        created_at=read_time_as_instant(find(root, "effectiveTime")) or _EPOCH,
        patient=read_patient(root),
        participations=read_participations(root),
        custodian=read_organisation(custodian) if custodian is not None else Organisation("", ""),
        service_events=tuple(_service_events(root)),
        encounter=_encounter(find(root, "componentOf/encompassingEncounter")),
        sections=sections,
        body=_level_one_body(root),
        confidentiality=_confidentiality(attribute(root, "confidentialityCode", "code")),
        language=attribute(root, "languageCode", "code") or "fr-FR",
        replaces=_replaced(root),
    )


def _version(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 1


def _confidentiality(code: str) -> Confidentiality:
    """An unknown code is read as the strictest."""
    if not code:
        return Confidentiality.NORMAL
    known = code in set(Confidentiality)
    return Confidentiality(code) if known else Confidentiality.VERY_RESTRICTED


def _replaced(root: Element) -> str | None:
    related = find_all(root, "relatedDocument")
    parents = (find(r, "parentDocument/id") for r in related if r.get("typeCode") == "RPLC")
    return next((read_oid(parent) for parent in parents if parent is not None), None)


def _service_events(root: Element) -> Iterator[ServiceEvent]:
    for event in find_all(root, "documentationOf/serviceEvent"):
        code = read_code(find(event, "code"))
        yield ServiceEvent(code=code, period=read_period(find(event, "effectiveTime")))


def _encounter(element: Element | None) -> Encounter:
    if element is None:
        return Encounter(Period())
    return Encounter(
        period=read_period(find(element, "effectiveTime")),
        identifiers=tuple(
            DocumentIdentifier(found.get("root", ""), found.get("extension", ""))
            for found in find_all(element, "id")
            if found.get("root")
        ),
        code=read_code(find(element, "code")),
    )


def _level_one_body(root: Element) -> Attachment | None:
    text = find(root, "component/nonXMLBody/text")
    if text is None:
        return None
    media_type = text.get("mediaType", "application/pdf")
    written = text.text or ""
    if text.get("representation") != "B64":
        return Attachment(media_type, written.encode())
    try:
        return Attachment(media_type, base64.b64decode(written))
    except binascii.Error:
        return None


def _flatten(sections: tuple[Section, ...]) -> Iterator[Observation]:
    """Observations of every section, each located by section and rank."""
    for section in sections:
        for part in section.walk():
            rank = 0
            for entry in _walk(part.entries):
                if entry.kind is EntryKind.OBSERVATION and entry.code and entry.value is not None:
                    rank += 1
                    yield from _observe(entry, f"{part.key}#{rank}")


def _walk(entries: tuple[Entry, ...]) -> Iterator[Entry]:
    for entry in entries:
        yield entry
        yield from _walk(entry.children)


def _observe(entry: Entry, locator: str) -> Iterator[Observation]:
    if entry.code is None:
        return
    values = entry.value if isinstance(entry.value, tuple) else (entry.value,)
    when = entry.effective.low if isinstance(entry.effective, Period) else entry.effective
    for value in values:
        yield Observation(
            code=entry.code,
            value=value,
            abnormal=entry.interpretation.code if entry.interpretation else "",
            observed_at=when,
            locator=locator,
        )
