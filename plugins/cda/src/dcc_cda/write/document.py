"""Whole CDA R2 documents: the FRCP at level 3, any document at level 1 or with its own sections."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace

from dcc_cda.datatypes import coded
from dcc_cda.demands import require_frcp, require_header
from dcc_cda.frcp.arrange import arrange_frcp
from dcc_cda.frcp.filled import FilledSlots, filled_slots
from dcc_cda.standards import ci_sis, frcp
from dcc_cda.standards.cda_r2 import NAMESPACE, XSI
from dcc_cda.wording import say_value
from dcc_cda.write.header import Template, write_header
from dcc_cda.write.narrative import tell_section
from dcc_cda.write.statements import StatementWriter
from dcc_cda.xml import Xml, element, join
from dcc_core.api import (
    Attachment,
    ClinicalDocument,
    Coded,
    NullFlavor,
    Participation,
    Period,
    Role,
    Section,
    ServiceEvent,
)

_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
COMPLETE_NARRATIVE = "narrative_complete"
"""Document attribute set by the reader: the narrative already says what the entries say."""


def write_frcp(document: ClinicalDocument) -> bytes:
    """Return a tumour-board form at level 3.

    Raises:
        PermanentExchangeError: ``DCC-CDA-001`` the header is incomplete, ``DCC-CDA-002`` something
            that the volet demands and that may not be stated as absent.
    """
    slots = filled_slots(document)
    require_header(document)
    require_frcp(document, slots)
    arranged = arrange_frcp(_with_frcp_header(document, slots), slots)
    return _write(
        arranged,
        ((frcp.TEMPLATE, frcp.TEMPLATE_VERSION),),
        element("structuredBody", _sections(arranged, arranged.sections)),
    )


def write_level_1(document: ClinicalDocument, body: Attachment) -> bytes:
    """Return any document with a file as its body.

    Raises:
        PermanentExchangeError: ``DCC-CDA-001``, the header is incomplete.
    """
    require_header(document)
    text = element(
        "text",
        b64encode(body.content).decode("ascii"),
        mediaType=body.media_type,
        representation="B64",
    )
    return _write(document, ((ci_sis.UNSTRUCTURED_BODY, ""),), element("nonXMLBody", text))


def write_sections(document: ClinicalDocument) -> bytes:
    """Return a document with the sections it has, under the common templates only: how a document
    received from elsewhere goes back to CDA.

    Raises:
        PermanentExchangeError: ``DCC-CDA-001``, the header is incomplete.
    """
    require_header(document)
    body = element("structuredBody", _sections(document, document.sections))
    return _write(document, (), body)


def _write(document: ClinicalDocument, templates: tuple[Template, ...], body: Xml) -> bytes:
    common = ((ci_sis.HL7_FRANCE, ""), (ci_sis.CI_SIS, ""))
    root = element(
        "ClinicalDocument",
        *write_header(document, (*common, *templates)),
        element("component", body),
        **{"xmlns": NAMESPACE, "xmlns:xsi": XSI},
    )
    return _DECLARATION + root.encode()


def _sections(document: ClinicalDocument, sections: tuple[Section, ...]) -> Xml:
    known = _SECTION_TEMPLATES if document.document_class == "FRCP" else {}
    derive = not dict(document.attributes).get(COMPLETE_NARRATIVE, False)
    return join(
        f"<component>{_section(document.document_id, section, known, derive)}</component>"
        for section in sections
    )


def _section(document_id: str, section: Section, known: Mapping[str, Xml], derive: bool) -> str:
    told = tell_section(section, derive=derive)
    writer = StatementWriter(f"{document_id}/{section.key}", told.references, inline=not derive)
    below = "".join(
        f"<component>{_section(document_id, one, known, derive)}</component>"
        for one in section.sections
    )
    return (
        f'<section>{known.get(section.key, "")}<id root="{writer.section_identifier()}"/>'
        f"{coded('code', section.code) if section.code else ''}"
        f"{element('title', section.title) if section.title else ''}"
        f"{told.text}{writer.entries(section.entries)}{below}</section>"
    )


_SECTION_TEMPLATES = {
    spec.key: join(element("templateId", root=root) for root in spec.templates)
    for spec in frcp.BY_KEY.values()
}


def _with_frcp_header(document: ClinicalDocument, slots: FilledSlots) -> ClinicalDocument:
    """Return the document with what the FRCP header always says: the RCP as principal act, the
    topography as second act for an organ RCP, the treating physician even when unknown.
    """
    first, *others = document.service_events
    name = first.text or (first.code.original_text if first.code else "")
    act = replace(first, code=frcp.RCP_ACT, text=name or document.title)
    return replace(
        document,
        service_events=(act, *(others or _topography(slots))),
        participations=(*document.participations, *_unknown_physician(document)),
        encounter=replace(
            document.encounter, code=document.encounter.code or frcp.VIRTUAL_ENCOUNTER
        ),
    )


def _topography(slots: FilledSlots) -> list[ServiceEvent]:
    if "rcp.soins" in slots:
        return []
    given = slots.one("tumeur.topographie")
    if given is not None and isinstance(given.value, Coded):
        return [ServiceEvent(given.value, Period())]
    words = (given.text or say_value(given.value)) if given else ""
    return [ServiceEvent(frcp.TOPOGRAPHY_AS_TEXT, Period(), text=words or "Non précisée")]


def _unknown_physician(document: ClinicalDocument) -> list[Participation]:
    if document.having(Role.GENERAL_PRACTITIONER):
        return []
    return [Participation(Role.GENERAL_PRACTITIONER, None, null_flavor=NullFlavor.UNKNOWN)]
