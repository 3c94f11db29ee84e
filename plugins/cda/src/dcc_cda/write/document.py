"""Whole CDA R2 documents: the FRCP at level 3, any document at level 1 or with its own sections."""

from base64 import b64encode
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
from dcc_cda.xml import Xml, element
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
        element("structuredBody", *_sections(arranged, arranged.sections)),
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
    body = element("structuredBody", *_sections(document, document.sections))
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


def _sections(document: ClinicalDocument, sections: tuple[Section, ...]) -> list[Xml]:
    return [element("component", _section(document, section)) for section in sections]


def _section(document: ClinicalDocument, section: Section) -> Xml:
    spec = frcp.BY_KEY.get(section.key) if document.document_class == "FRCP" else None
    derive = not dict(document.attributes).get(COMPLETE_NARRATIVE, False)
    told = tell_section(section, derive=derive)
    scope = f"{document.document_id}/{section.key}"
    writer = StatementWriter(scope, told.references, inline=not derive)
    return element(
        "section",
        *(element("templateId", root=root) for root in (spec.templates if spec else ())),
        element("id", root=writer.section_identifier()),
        coded("code", section.code) if section.code else None,
        element("title", section.title) if section.title else None,
        told.text,
        *writer.entries(section.entries),
        *_sections(document, section.sections),
    )


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
