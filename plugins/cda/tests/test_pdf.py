"""The printed page: its words, its look, its attachment, what it must not show.

``DCC_UPDATE_GOLDEN=1`` rewrites the golden files; read the difference before keeping it.
"""

import io
import os
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from dcc_cda.api import (
    Agenda,
    AgendaCase,
    BlankField,
    BlankSection,
    write_agenda,
    write_blank_form,
    write_pdf,
)
from dcc_cda.pdf.datamatrix import data_matrix
from dcc_cda.pdf.ins_symbol import ins_message
from dcc_cda.read.document import read_document
from dcc_cda.renderers import GenericRenderer, PdfRenderer
from dcc_cda.specimen import PATIENT, frcp_specimen, slot
from dcc_cda.write.document import write_frcp
from dcc_core.api import (
    Attachment,
    DatePrecision,
    IdentityStatus,
    Paragraph,
    PermanentExchangeError,
    Section,
)

GOLDEN = Path(__file__).parent / "golden"
BRANDING = {"product_name": "DCC Démonstration", "short_name": "DCC Démo", "accent": "#8C2F4B"}
NOW = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
INS = "2 79 03 51 215 189 89"


def pdf(document=None, cda=b"") -> bytes:
    return write_pdf(document or frcp_specimen(), branding=BRANDING, cda=cda)


def text_of(content: bytes, tmp_path) -> str:
    file = tmp_path / "page.pdf"
    file.write_bytes(content)
    command = ["pdftotext", "-layout", "-enc", "UTF-8", str(file), "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def picture_of(content: bytes, tmp_path, dpi: int) -> Image.Image:
    file = tmp_path / "page.pdf"
    file.write_bytes(content)
    command = ["pdftoppm", "-r", str(dpi), "-png", "-f", "1", "-l", "1", str(file)]
    made = subprocess.run(command, check=True, capture_output=True).stdout
    return Image.open(io.BytesIO(made)).convert("L")


def agenda() -> bytes:
    case = AgendaCase(
        1, "DÉMO-D'HÉRICOURT Camille", "12/03/1968", "F", "Dr DÉMO-BLANC", "Chimiothérapie ?"
    )
    session = Agenda("RCP Sein", NOW, "Salle B", "Dr DÉMO-LAURENT", (case,) * 15, ("Dr DÉMO-X",))
    return write_agenda(session, branding=BRANDING, printed_at=NOW)


def blank() -> bytes:
    fields = (
        BlankField("Ménopause", "choice", ("Oui", "Non"), required=True),
        BlankField("Taille", unit="mm"),
        BlankField("Date du diagnostic", "date"),
        BlankField("Synthèse", "text"),
    )
    section = BlankSection("Lésion", fields)
    return write_blank_form(
        "Fiche RCP Sein", "2.1.0", (section,), branding=BRANDING, printed_at=NOW
    )


PAGES = {"fiche": pdf, "agenda": agenda, "vierge": blank}


@pytest.mark.parametrize("name", PAGES)
def test_words_of_the_page(name, tmp_path):
    words = "\n".join(line.rstrip() for line in text_of(PAGES[name](), tmp_path).splitlines())
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("DCC_UPDATE_GOLDEN"):
        golden.write_text(words, encoding="utf-8")
    assert words == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_look_of_the_page(name, tmp_path):
    """Compared in grey at low resolution: what a glance sees, not the rasteriser's last bit."""
    picture = picture_of(PAGES[name](), tmp_path, 36)
    golden = GOLDEN / f"{name}.png"
    if os.environ.get("DCC_UPDATE_GOLDEN"):
        picture.save(golden, optimize=True)
    wanted = Image.open(golden).convert("L")
    assert picture.size == wanted.size
    difference = np.abs(np.asarray(picture, dtype=int) - np.asarray(wanted, dtype=int))
    assert difference.mean() < 1.0


def test_a_whole_form_fits_on_one_page():
    assert len(PdfReader(io.BytesIO(pdf())).pages) == 1


def test_same_document_gives_same_bytes():
    assert pdf() == pdf()


def test_the_cda_inside_is_the_one_that_is_sent():
    cda = write_frcp(frcp_specimen())
    rendition = PdfRenderer().render(frcp_specimen(), branding=BRANDING)
    attachments = PdfReader(io.BytesIO(rendition.content)).attachments
    assert attachments == {f"{frcp_specimen().document_id}.xml": [cda]}
    assert read_document(cda).document_id == frcp_specimen().document_id


def test_it_declares_pdf_a_3_level_a_and_is_tagged():
    reader = PdfReader(io.BytesIO(pdf(cda=write_frcp(frcp_specimen()))))
    assert reader.xmp_metadata is not None
    assert reader.xmp_metadata.pdfaid_part == "3"
    assert reader.xmp_metadata.pdfaid_conformance == "A"
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "fr"
    assert root["/OutputIntents"]
    assert root["/AF"]
    fonts = reader.pages[0]["/Resources"]["/Font"]
    for font in fonts.values():
        descendant = font.get_object()["/DescendantFonts"][0].get_object()
        assert set(descendant["/FontDescriptor"]) & {"/FontFile2", "/FontFile3"}


def test_ins_and_symbol_are_printed_for_a_qualified_identity(tmp_path):
    content = pdf()
    assert INS in text_of(content, tmp_path)
    found = _symbols(content, tmp_path)
    assert found == [ins_message(PATIENT)]


@pytest.mark.parametrize(
    "status", [None, *(one for one in IdentityStatus if one is not IdentityStatus.QUALIFIED)]
)
def test_ins_and_symbol_are_absent_for_any_other(status, tmp_path):
    content = pdf(replace(frcp_specimen(), patient=replace(PATIENT, status=status)))
    words = text_of(content, tmp_path)
    assert INS not in words
    assert INS.replace(" ", "") not in words
    assert "DEMO-000123" in words
    assert _symbols(content, tmp_path) == []


def _symbols(content, tmp_path) -> list[str]:
    picture = np.asarray(picture_of(content, tmp_path, 300))
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.DataMatrix)
    return [one.bytes.decode() for one in found]


def test_an_unknown_birth_day_is_said(tmp_path):
    patient = replace(
        PATIENT, birth_date=date(1979, 3, 1), birth_date_precision=DatePrecision.MONTH
    )
    words = text_of(pdf(replace(frcp_specimen(), patient=patient)), tmp_path)
    assert "03/1979 (jour inconnu)" in words


def test_absent_facts_are_not_printed_as_empty_lines(tmp_path):
    bare = replace(frcp_specimen(), sections=(Section("motif", "Motif"),))
    words = text_of(pdf(bare), tmp_path)
    assert "Non renseigné" not in words


def test_a_long_story_flows_over_pages(tmp_path):
    story = Section("synthese", "Synthèse", (Paragraph("Suivie dans le service. " * 150),) * 8)
    document = replace(frcp_specimen(), sections=(*frcp_specimen().sections, story))
    reader = PdfReader(io.BytesIO(pdf(document)))
    assert 2 < len(reader.pages) < 12
    assert "Page 3 sur" in text_of(pdf(document), tmp_path)


def test_received_molecular_report_is_printed(shared, tmp_path):
    file = shared / "ci-sis/ExemplesCDA/CANCER-CR-GM_2022.01_AnalyseRealisee.xml"
    words = text_of(pdf(read_document(file.read_bytes())), tmp_path)
    assert "EGFR" in words


def test_typst_markup_in_the_text_is_only_text(tmp_path):
    hostile = '#import "/etc/passwd": * *gras* $x^2$ <label> \\ #sys.inputs @ref [x] // fin'
    document = replace(
        frcp_specimen(), sections=(Section("synthese", "", entries=(slot("question", hostile),)),)
    )
    words = " ".join(text_of(pdf(document), tmp_path).split())
    assert "#import" in words
    assert "*gras* $x^2$ <label>" in words


def test_a_document_that_is_a_pdf_stays_itself():
    document = replace(frcp_specimen(), sections=(), body=Attachment("application/pdf", b"%PDF-1"))
    assert PdfRenderer().render(document, branding={}).content == b"%PDF-1"


def test_a_form_without_rcp_identifiers_is_printed_alone():
    bare = replace(frcp_specimen().encounter, identifiers=())
    rendition = PdfRenderer().render(replace(frcp_specimen(), encounter=bare), branding={})
    assert PdfReader(io.BytesIO(rendition.content)).attachments == {}


def test_a_document_without_content_is_refused_in_cda():
    with pytest.raises(PermanentExchangeError, match="DCC-CDA-003"):
        GenericRenderer().render(replace(frcp_specimen(), sections=()), branding={})


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=250))
def test_an_independent_reader_reads_our_symbols(text):
    rows = data_matrix(text)
    dark = np.array([[int(module) for module in row] for row in rows], dtype=np.uint8)
    picture = np.kron(np.pad(255 * (1 - dark), 4, constant_values=255), np.ones((6, 6)))
    found = zxingcpp.read_barcodes(
        picture.astype(np.uint8), formats=zxingcpp.BarcodeFormat.DataMatrix
    )
    assert [one.bytes.decode() for one in found] == [text]


@pytest.mark.parametrize("text", ["é", "A" * 281])
def test_a_symbol_refuses_what_it_cannot_hold(text):
    with pytest.raises(ValueError, match=r"ASCII|fit"):
        data_matrix(text)
