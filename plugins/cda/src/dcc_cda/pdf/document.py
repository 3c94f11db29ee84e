"""A clinical document as PDF/A-3, its CDA inside."""

from collections.abc import Mapping
from dataclasses import asdict

from dcc_cda.pdf.model import page_of
from dcc_cda.pdf.typesetting import branded, typeset
from dcc_core.api import ClinicalDocument


def write_pdf(
    document: ClinicalDocument, *, branding: Mapping[str, str], cda: bytes = b""
) -> bytes:
    """Return the printed form of a document.

    Args:
        document: Any clinical document with sections.
        branding: Name, short name and colours of the region.
        cda: The CDA rendition, attached as the source of the page.
    """
    return typeset(
        "document.typ",
        asdict(page_of(document, branded(branding))),
        created_at=document.created_at,
        attachment=cda,
        attachment_name=f"{document.document_id}.xml",
    )
