"""Documents in the formats that plugins produce, with the identity as it stands now."""

from dataclasses import replace
from uuid import UUID

from sqlmodel import Session

from dcc_core.audit import record_event
from dcc_core.errors import PermanentExchangeError
from dcc_core.exchange.gate import standing_of
from dcc_core.exchange.workshop import Workshop
from dcc_core.hooks.contracts.documents import ClinicalDocument
from dcc_core.hooks.contracts.outbound import Rendition
from dcc_core.records import read_document

RENDER_TIMEOUT_S = 60.0


def render(workshop: Workshop, document: ClinicalDocument, media_type: str) -> Rendition:
    """Return a document in one media type, made by the plugin that renders it.

    Raises:
        PermanentExchangeError: ``EXC-022`` no plugin renders it, or the renderer's own.
    """
    found = workshop.parts.renderer_of(document.document_class, media_type)
    if found is None:
        raise PermanentExchangeError(
            "EXC-022",
            f"Aucun greffon de la région ne produit {media_type} pour un document "
            f"{document.document_class}. Ajoutez-le à la région, puis relancez.",
        )
    plugin, renderer = found
    branding = {
        name: str(value) for name, value in workshop.region.branding.model_dump().items() if value
    }
    return workshop.ask(
        plugin, lambda: renderer.render(document, branding=branding), timeout_s=RENDER_TIMEOUT_S
    )


def export_document(
    session: Session,
    workshop: Workshop,
    document_id: UUID,
    *,
    media_type: str,
    version: int | None = None,
    basis: str = "",
) -> Rendition:
    """Return a document to print or download. Like whatever leaves, it carries the INS only while
    the identity is qualified; the access and the export are audited.

    Args:
        basis: What the access was permitted on, for the audit.

    Raises:
        NotFound: ``REC-001`` the document or the version does not exist.
        PermanentExchangeError: ``EXC-020`` only the received file is known, ``EXC-022`` no plugin
            renders it.
    """
    content = read_document(session, document_id, version=version, basis=basis)
    document = neutral_form(content.document)
    standing = standing_of(session, content.description.patient_id)
    rendition = render(workshop, replace(document, patient=standing.traits), media_type)
    record_event(
        session,
        "document.export",
        patient_id=content.description.patient_id,
        object_kind="document",
        object_id=document_id,
        object_version=content.description.version,
        basis=basis,
        details={"media_type": media_type, "ins": standing.may_carry_ins},
    )
    return rendition


def neutral_form(document: ClinicalDocument | None) -> ClinicalDocument:
    """Return the neutral form of a document.

    Raises:
        PermanentExchangeError: ``EXC-020`` only the received file is known.
    """
    if document is None:
        raise PermanentExchangeError(
            "EXC-020",
            "Seul le fichier reçu de ce document est connu : il ne peut être ni converti ni "
            "transmis. Ouvrez le fichier d'origine.",
        )
    return document
