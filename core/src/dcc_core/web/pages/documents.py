"""Documents of a patient: lists, viewer, results, downloads. Each reading is audited."""

from dataclasses import replace
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath, FromQuery
from markupsafe import Markup
from sqlmodel import Session

from dcc_core.audit import record_event
from dcc_core.errors import NotFound, PermanentExchangeError
from dcc_core.exchange.gate import standing_of
from dcc_core.hooks.contracts.outbound import Rendition
from dcc_core.records import (
    DocumentContent,
    is_safe_inline,
    list_documents,
    list_versions,
    read_document,
)
from dcc_core.web.guards import PERMISSION
from dcc_core.web.i18n import gettext as _
from dcc_core.web.inject import CurrentPage, Transaction
from dcc_core.web.opened import OpenedPatient, open_patient
from dcc_core.web.page import Html, Page
from dcc_core.web.timeline import RESULT_CLASSES

_LIST = {PERMISSION: "core.document.list"}
_READ = {PERMISSION: "core.document.read"}
_EXPORT = {PERMISSION: "core.document.export"}
_OF_PATIENT = "/patients/{patient_id:uuid}"
_OF_DOCUMENT = "/patients/{patient_id:uuid}/documents/{document_id:uuid}"
_INERT = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""Policy of a file shown as it is: it may run nothing and load nothing."""
_PDF = "application/pdf"
_HTML = "text/html"


@get(f"{_OF_PATIENT}/documents", name="core.patient.documents", opt=_LIST, sync_to_thread=True)
def patient_documents(page: CurrentPage, session: Transaction, patient_id: FromPath[UUID]) -> Html:
    """List the documents of a patient, those masked for this visitor left out."""
    opened = open_patient(page, session, patient_id, action="core.document.list")
    documents = opened.readable(list_documents(session, opened.id), action="core.document.list")
    return page.render("core/patient/documents.html", opened=opened, documents=documents)


@get(f"{_OF_PATIENT}/resultats", name="core.patient.results", opt=_READ, sync_to_thread=True)
def patient_results(page: CurrentPage, session: Transaction, patient_id: FromPath[UUID]) -> Html:
    """List the laboratory and pathology reports of a patient."""
    opened = open_patient(page, session, patient_id, action="core.document.read")
    documents = opened.readable(list_documents(session, opened.id), action="core.document.read")
    results = [document for document in documents if document.document_class in RESULT_CLASSES]
    return page.render("core/patient/results.html", opened=opened, documents=results)


@get(_OF_DOCUMENT, name="core.document", opt=_READ, sync_to_thread=True)
def document_page(
    page: CurrentPage,
    session: Transaction,
    patient_id: FromPath[UUID],
    document_id: FromPath[UUID],
    version: FromQuery[int | None] = None,
) -> Html:
    """Show a document: its neutral form as a page, or the file received."""
    opened = open_patient(page, session, patient_id, action="core.document.read")
    content = _content(session, opened, document_id, version, action="core.document.read")
    return page.render(
        "core/patient/document.html",
        opened=opened,
        content=content,
        reading=_reading(page, content),
        formats=_formats(page, content) if opened.may("core.document.export") else (),
    )


@get(f"{_OF_DOCUMENT}/versions", name="core.document.versions", opt=_READ, sync_to_thread=True)
def versions_page(
    page: CurrentPage,
    session: Transaction,
    patient_id: FromPath[UUID],
    document_id: FromPath[UUID],
) -> Html:
    """List the versions of a document, the latest first."""
    opened = open_patient(page, session, patient_id, action="core.document.read")
    versions = list_versions(session, document_id)
    latest = versions[0]
    if latest.patient_id != opened.id or not opened.may(
        "core.document.read", confidentiality=latest.confidentiality
    ):
        raise _unknown()
    return page.render("core/patient/versions.html", opened=opened, versions=versions)


@get(f"{_OF_DOCUMENT}/fichier", name="core.document.source", opt=_READ, sync_to_thread=True)
def source_file(
    page: CurrentPage,
    session: Transaction,
    patient_id: FromPath[UUID],
    document_id: FromPath[UUID],
    version: FromQuery[int | None] = None,
) -> Response[bytes]:
    """Send the file as it was received; only inert types are shown, the others are downloaded."""
    opened = open_patient(page, session, patient_id, action="core.document.read")
    content = _content(session, opened, document_id, version, action="core.document.read")
    source = content.source
    if source is None:
        raise _unknown()
    inline = is_safe_inline(source.content, source.media_type)
    return _file(
        source.content, source.media_type, _name(content, source.media_type), inline=inline
    )


@get(f"{_OF_DOCUMENT}/export", name="core.document.export", opt=_EXPORT, sync_to_thread=True)
def export(
    page: CurrentPage,
    session: Transaction,
    patient_id: FromPath[UUID],
    document_id: FromPath[UUID],
    media_type: FromQuery[str],
) -> Response[bytes]:
    """Send a document in the format of one of the region's renderers, and note the download."""
    opened = open_patient(page, session, patient_id, action="core.document.export")
    content = _content(session, opened, document_id, None, action="core.document.export")
    rendition = _render(page, session, content, media_type)
    record_event(
        session,
        "document.export",
        patient_id=opened.id,
        object_kind="document",
        object_id=document_id,
        object_version=content.description.version,
        basis=opened.basis,
        details={"media_type": media_type},
    )
    name = rendition.file_name or _name(content, media_type)
    return _file(rendition.content, media_type, name, inline=False)


def _content(
    session: Session,
    opened: OpenedPatient,
    document_id: UUID,
    version: int | None,
    *,
    action: str,
) -> DocumentContent:
    """Return a document of this very patient that the visitor may read.

    A document of somebody else, a masked one and one that does not exist answer alike.
    """
    content = read_document(session, document_id, version=version)
    about = content.description
    if about.patient_id != opened.id:
        raise _unknown()
    if not opened.may(action, confidentiality=about.confidentiality):
        raise _unknown()
    return content


def _formats(page: Page, content: DocumentContent) -> tuple[str, ...]:
    if content.document is None:
        return ()
    own = {content.description.document_class, "*"}
    known = page.site.parts.renderers
    formats = {media for document_class, media in known if document_class in own}
    return tuple(sorted(formats - {_HTML}))


def _reading(page: Page, content: DocumentContent) -> Markup | None:
    """Return the document as its own renderer shows it, None when its sections say everything."""
    document = content.document
    found = page.site.parts.renderer_of(content.description.document_class, _HTML)
    if document is None or found is None:
        return None
    plugin, renderer = found
    rendition = page.site.runtime.dispatcher.guard(
        plugin, renderer.key, lambda: renderer.render(document, branding={})
    )
    return Markup(rendition.content.decode()) if rendition else None  # noqa: S704 - as panels


def _render(page: Page, session: Session, content: DocumentContent, media_type: str) -> Rendition:
    """Return a document with the identity as it may leave now: the INS only when qualified."""
    stored = content.document
    found = page.site.parts.renderer_of(content.description.document_class, media_type)
    if stored is None or found is None:
        raise _unknown()
    plugin, renderer = found
    document = replace(stored, patient=standing_of(session, content.description.patient_id).traits)
    branding = {"name": page.site.runtime.region.name}
    rendition = page.site.runtime.dispatcher.guard(
        plugin, renderer.key, lambda: renderer.render(document, branding=branding), timeout_s=30
    )
    if rendition is None:
        raise PermanentExchangeError(
            "WEB-110",
            _(
                "Le document n’a pas pu être mis dans ce format. Choisissez-en un autre, ou"
                " prévenez l’assistance régionale."
            ),
        )
    return rendition


def _file(content: bytes, media_type: str, name: str, *, inline: bool) -> Response[bytes]:
    disposition = "inline" if inline else "attachment"
    headers = {"content-disposition": f'{disposition}; filename="{name}"'}
    if media_type != _PDF:  # browsers refuse to show a PDF under a sandbox
        headers["content-security-policy"] = _INERT
    return Response(content, media_type=media_type, headers=headers)


def _name(content: DocumentContent, media_type: str) -> str:
    """Return a file name without any trait of the patient."""
    extension = media_type.rpartition("/")[2].partition("+")[0]
    return f"document-{str(content.description.id)[:8]}-v{content.description.version}.{extension}"


def _unknown() -> NotFound:
    return NotFound("REC-001", _("Ce document n'existe pas, ou vous n'y avez pas accès."))


ROUTES = (patient_documents, patient_results, document_page, versions_page, source_file, export)
"""Route handlers of this module."""
