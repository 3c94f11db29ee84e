"""The fragment that a dossier shows: every coded statement in words, nothing a browser runs."""

from dataclasses import replace

from lxml import etree

from dcc_cda.reading_page import write_reading_page
from dcc_cda.specimen import PATIENT, frcp_specimen
from dcc_core.api import Paragraph, Section


def shown(document) -> etree._Element:
    return etree.fromstring(b"<div>" + write_reading_page(document) + b"</div>")


def test_coded_statements_are_told():
    words = " ".join(shown(frcp_specimen()).itertext())
    for told in ("Radiothérapie", "T2 N0 M0", "Carcinome canalaire infiltrant", "Stade 0"):
        assert told in words
    assert words.index("Proposition de la RCP") < words.index("Tumeur")


def test_it_bears_no_identity():
    words = " ".join(shown(frcp_specimen()).itertext())
    assert PATIENT.birth_family_name not in words
    assert PATIENT.identifiers[0].value not in words


def test_words_of_a_document_are_never_markup():
    told = Section("essai", "<b>t</b>", (Paragraph("<script>alert(1)</script>", label="a&b"),))
    spoilt = replace(frcp_specimen(), sections=(*frcp_specimen().sections, told))
    page = shown(spoilt)
    assert page.find(".//script") is None
    assert "<script>alert(1)</script>" in "".join(page.itertext())


def test_no_element_is_left_empty():
    empty = [one.tag for one in shown(frcp_specimen()).iter() if not one.text and not len(one)]
    assert empty == []
