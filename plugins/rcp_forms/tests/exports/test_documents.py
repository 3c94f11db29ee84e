"""A form's author sees what the nation and the paper will receive."""

import io
import shutil
import subprocess
from pathlib import Path

import pytest
from docx import Document

from dcc_core.api import ClinicalDocument, IdentityStatus, Role
from dcc_rcp_forms.composition.catalogue import NATIONAL_PACK
from dcc_rcp_forms.exports.formats import FORMATS, example_fiche
from dcc_rcp_forms.exports.rendering import NoRendererError, render_document
from dcc_rcp_forms.exports.specimen import specimen_document
from dcc_rcp_forms.linter.lint import lint_file
from dcc_rcp_forms.loading import LoadedForm


@pytest.fixture(scope="module")
def base() -> LoadedForm:
    loaded = lint_file(NATIONAL_PACK / "socle-frcp.yaml").loaded
    assert loaded is not None
    return loaded


@pytest.fixture(scope="module")
def document(base: LoadedForm) -> ClinicalDocument:
    return specimen_document(example_fiche(base, base.form.examples[-1]), "2024-03-15")


def test_the_specimen_is_visibly_fictitious_and_qualified(document: ClinicalDocument) -> None:
    assert document.patient.birth_family_name.startswith("DÉMO-")
    assert document.patient.status is IdentityStatus.QUALIFIED
    assert len(document.having(Role.QUORUM_MEMBER)) == 3
    names = [part.professional.family_name for part in document.participations if part.professional]
    assert all(name.startswith("DÉMO-") for name in names)


def test_a_media_type_nobody_makes_is_named(document: ClinicalDocument) -> None:
    with pytest.raises(NoRendererError, match="image/png"):
        render_document(document, ("image/png",))


def words(content: bytes) -> str:
    opened = Document(io.BytesIO(content))
    cells = [cell.text for table in opened.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in opened.paragraphs), *cells])


def test_a_blank_word_form_has_every_question_and_boxes(base: LoadedForm) -> None:
    text = words(FORMATS["docx"](base, None))
    for field in base.form.fields():
        if field.is_answerable:
            assert field.label in text
    assert "☐ Féminin   ☐ Masculin" in text


def test_a_filled_word_form_has_answers_and_no_empty_question(base: LoadedForm) -> None:
    text = words(FORMATS["docx"](base, base.form.examples[-1]))
    assert "Chirurgie d'emblée ?" in text
    assert "Colectomie droite" in text
    assert "02/2024" in text
    assert "☐" not in text
    assert "Score G8" not in text


SOFFICE = shutil.which("soffice")


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_the_word_form(base: LoadedForm, tmp_path: Path) -> None:
    path = tmp_path / "socle.docx"
    path.write_bytes(FORMATS["docx"](base, None))
    command = [
        str(SOFFICE),
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
        str(path),
    ]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    assert (tmp_path / "socle.pdf").read_bytes().startswith(b"%PDF")


def test_a_case_counts_as_discussed_unless_the_form_says_otherwise(base: LoadedForm) -> None:
    for example in base.form.examples:
        stated = [
            entry.value.code
            for section in specimen_document(example_fiche(base, example)).walk_sections()
            for entry in section.entries
            if entry.slot == "motif.statut_cas"
        ]
        recorded = "enregistré" in example.name
        assert stated == ["ORG-128" if recorded else "ORG-134"], example.name
