"""The renderers this plugin offers: ``(document class, media type)`` → bytes."""

from collections.abc import Mapping

from dcc_cda.pdf.document import write_pdf
from dcc_cda.standards.cda_r2 import MEDIA_TYPE
from dcc_cda.write.document import write_frcp, write_level_1, write_sections
from dcc_core.api import ClinicalDocument, PermanentExchangeError, Rendition


class FrcpRenderer:
    """Tumour-board form as CDA R2 level 3."""

    key = "cda.frcp"
    document_class = "FRCP"
    media_type = MEDIA_TYPE
    order = 10

    def render(self, document: ClinicalDocument, *, branding: Mapping[str, str]) -> Rendition:
        """Return the CDA. Raise ``PermanentExchangeError`` when the header is incomplete."""
        return Rendition(self.media_type, write_frcp(document), _file_name(document))


class GenericRenderer:
    """Any other document as CDA R2: its file at level 1, or its own sections."""

    key = "cda.generic"
    document_class = "*"
    media_type = MEDIA_TYPE
    order = 20

    def render(self, document: ClinicalDocument, *, branding: Mapping[str, str]) -> Rendition:
        """Return the CDA. Raise ``PermanentExchangeError`` when it has no content."""
        if document.body is not None:
            content = write_level_1(document, document.body)
        elif document.sections:
            content = write_sections(document)
        else:
            raise PermanentExchangeError(
                "DCC-CDA-003",
                "Le document n'a ni fichier ni contenu : il ne peut pas être produit en CDA. "
                "Joignez le fichier au document, puis relancez l'envoi.",
            )
        return Rendition(self.media_type, content, _file_name(document))


def _file_name(document: ClinicalDocument) -> str:
    return f"{document.document_id}.xml"


class PdfRenderer:
    """Any document as PDF/A-3 with its CDA inside; one that is a PDF already stays itself."""

    key = "cda.pdf"
    document_class = "*"
    media_type = "application/pdf"
    order = 30

    def render(self, document: ClinicalDocument, *, branding: Mapping[str, str]) -> Rendition:
        """Return the PDF. One that lacks what CDA demands is printed all the same, alone."""
        name = f"{document.document_id}.pdf"
        if document.body is not None and document.body.media_type == self.media_type:
            return Rendition(self.media_type, document.body.content, name)
        content = write_pdf(document, branding=branding, cda=_source(document))
        return Rendition(self.media_type, content, name)


class ReadingRenderer:
    """Tumour-board form as a part of a web page: the dossier shows its coded statements."""

    key = "cda.reading"
    document_class = "FRCP"
    media_type = "text/html"
    order = 40

    def render(self, document: ClinicalDocument, *, branding: Mapping[str, str]) -> Rendition:
        """Return the fragment."""
        from dcc_cda.reading_page import write_reading_page

        return Rendition(self.media_type, write_reading_page(document))


def _source(document: ClinicalDocument) -> bytes:
    write = write_frcp if document.document_class == "FRCP" else write_sections
    try:
        return write(document)
    except PermanentExchangeError:
        return b""
