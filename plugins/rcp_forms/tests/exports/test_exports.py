"""What leaves a form is true, complete where it claims to be, and never holds a hidden answer."""

import csv
import io
import json
import shutil
import subprocess
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.questionnaire import Questionnaire
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse
from openpyxl import load_workbook  # type: ignore[import-untyped]  # no types published

from dcc_core.api import Coded, NullFlavor, Paragraph, PartialDate
from dcc_rcp_forms.composition.catalogue import NATIONAL_PACK
from dcc_rcp_forms.engine.evaluate_form import Engine
from dcc_rcp_forms.exports.answers import Fiche
from dcc_rcp_forms.exports.dictionary import dictionary_csv, disarmed
from dcc_rcp_forms.exports.document import document_sections
from dcc_rcp_forms.exports.fhir import lost, questionnaire, response
from dcc_rcp_forms.exports.formats import FORMATS, example_fiche
from dcc_rcp_forms.exports.json_schema import answers_schema
from dcc_rcp_forms.exports.page import form_page
from dcc_rcp_forms.exports.workbook import workbook
from dcc_rcp_forms.exports.workbook_import import apply_changes, read_changes
from dcc_rcp_forms.linter.lint import lint_file
from dcc_rcp_forms.loading import LoadedForm

FORMS = sorted(NATIONAL_PACK.glob("*.yaml"))
each_form = pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)


@cache
def loaded(path: Path) -> LoadedForm:
    found = lint_file(path).loaded
    assert found is not None
    return found


@pytest.fixture
def breast() -> LoadedForm:
    return loaded(NATIONAL_PACK / "sein.yaml")


@pytest.fixture
def base() -> LoadedForm:
    return loaded(NATIONAL_PACK / "socle-frcp.yaml")


def fiche_of(form: LoadedForm, answers: dict[str, Any]) -> Fiche:
    return Fiche(form.form, answers, Engine(form.program).evaluate(answers, "2024-03-15"))


# --- FHIR, read by an independent library


@each_form
def test_questionnaires_and_responses_are_valid_r4(path: Path) -> None:
    form = loaded(path)
    Questionnaire.model_validate(json.loads(FORMATS["fhir"](form, None)))
    for example in form.form.examples:
        QuestionnaireResponse.model_validate(json.loads(FORMATS["fhir"](form, example)))


def items_of(item: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = {child["linkId"]: child for child in item.get("item", [])}
    for child in item.get("item", []):
        found |= items_of(child)
    return found


def test_fhir_says_conditions_and_tells_what_it_loses(breast: LoadedForm) -> None:
    items = items_of(questionnaire(breast))
    [when] = items["her2_his"]["enableWhen"]
    assert (when["question"], when["operator"]) == ("her2", "=")
    assert [c["operator"] for c in items["grade"]["enableWhen"]] == ["exists", "!="]
    assert items["her2_his"]["code"][0]["code"] == "48675-3"
    assert items["statut_her2"]["readOnly"] is True
    assert any("essais" in text for text in lost(breast))
    assert any("désir_grossesse" not in text for text in lost(breast))


def test_fhir_responses_hold_absences_and_no_hidden_answer(breast: LoadedForm) -> None:
    answers = {"sexe": "M", "ménopause": "oui", "date_diagnostic": {"absent": "inconnu"}}
    items = items_of(response(fiche_of(breast, answers)))
    assert "ménopause" not in items
    [answer] = items["date_diagnostic"]["answer"]
    assert answer["extension"][0]["valueCode"] == "asked-unknown"


# --- JSON Schema, CSV, XLSX


def test_the_schema_describes_stored_answers(breast: LoadedForm) -> None:
    schema = answers_schema(breast.form, breast.content_hash)
    assert schema["properties"]["re"] == {
        "type": "number",
        "minimum": 0.0,
        "maximum": 100.0,
        "title": "Récepteurs aux estrogènes",
    }
    assert "statut_her2" not in schema["properties"]
    assert schema["properties"]["oms"]["anyOf"][1]["properties"]["absent"]


@each_form
def test_the_dictionary_has_one_row_per_field(path: Path) -> None:
    form = loaded(path).form
    rows = list(csv.reader(io.StringIO(dictionary_csv(form)), delimiter=";"))
    assert len(rows) == 1 + sum(1 + len(field.columns) for field in form.fields())
    assert not [cell for row in rows for cell in row if cell[:1] in "=+-@" and cell]


def test_formulas_are_disarmed() -> None:
    assert disarmed("=HYPERLINK()") == "'=HYPERLINK()"
    assert disarmed("2+") == "2+"


def test_workbook_cells_stay_text(breast: LoadedForm) -> None:
    book = load_workbook(io.BytesIO(workbook(breast.form)))
    assert book.sheetnames == ["champs", "listes", "alertes", "essais"]
    codes = {row[1].value for row in book["listes"].iter_rows() if row[0].value == "her2"}
    assert codes == {"0", "1+", "2+", "3+"}
    kinds = {cell.data_type for row in book["champs"].iter_rows() for cell in row}
    assert kinds <= {"s", "inlineStr", "n"}


def edited(tmp_path: Path, form: LoadedForm, name: str, heading: str, text: str) -> Path:
    book = load_workbook(io.BytesIO(workbook(form.form)))
    sheet = book["champs"]
    headings = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        if row[1].value == name:
            row[headings.index(heading)].value = text
    path = tmp_path / "classeur.xlsx"
    book.save(path)
    return path


def test_a_workbook_comes_back_with_comments_kept(breast: LoadedForm, tmp_path: Path) -> None:
    source = (NATIONAL_PACK / "sein.yaml").read_text(encoding="utf-8")
    path = edited(tmp_path, breast, "ki67", "libellé", "Index Ki67")
    changes = read_changes(breast.form, path)
    assert [(c.field, c.attribute, c.after, c.refusal) for c in changes] == [
        ("ki67", "libellé", "Index Ki67", "")
    ]
    after = apply_changes(source, changes)
    assert "libellé: Index Ki67" in after
    assert after.count("#") == source.count("#")


def test_an_untouched_workbook_changes_nothing(breast: LoadedForm, tmp_path: Path) -> None:
    path = tmp_path / "classeur.xlsx"
    path.write_bytes(workbook(breast.form))
    assert read_changes(breast.form, path) == []


def test_a_workbook_cannot_change_what_it_does_not_understand(
    breast: LoadedForm, tmp_path: Path
) -> None:
    path = edited(tmp_path, breast, "ki67", "type", "texte")
    [change] = read_changes(breast.form, path)
    assert "fichier" in change.refusal


SOFFICE = shutil.which("soffice")


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_the_workbook(breast: LoadedForm, tmp_path: Path) -> None:
    path = tmp_path / "sein.xlsx"
    path.write_bytes(workbook(breast.form))
    command = [
        str(SOFFICE),
        "--headless",
        "--convert-to",
        "csv:Text - txt - csv (StarCalc):44,34,76,1",  # comma, quote, UTF-8, from line 1
        "--outdir",
        str(tmp_path),
        str(path),
    ]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    assert "Récepteurs aux estrogènes" in (tmp_path / "sein.csv").read_text("utf-8")


# --- neutral document


def test_slots_are_coded_and_the_rest_is_told(base: LoadedForm) -> None:
    example = base.form.examples[-1]
    sections = {s.key: s for s in document_sections(example_fiche(base, example))}
    entries = {entry.slot: entry for section in sections.values() for entry in section.entries}
    assert entries["motif.proposition"].value is True
    assert entries["motif.recours"].value is False
    assert entries["motif.statut_cas"].value == Coded(
        "ORG-128", "1.2.250.1.213.1.1.4.322", "Cas enregistré"
    )
    assert entries["tumeur.date"].value == PartialDate(2024, 2)
    topography = entries["tumeur.topographie"].value
    assert isinstance(topography, Coded)
    assert (topography.code, topography.system) == ("C18.2", "2.16.840.1.113883.6.3")
    stage = entries["tumeur.t"].value
    assert isinstance(stage, Coded)
    assert (stage.code, stage.version) == ("T2", "8")
    proposal = entries["plan.propositions"]
    assert proposal.code is not None
    assert (proposal.code.code, proposal.rank, proposal.text) == (
        "387713003",
        1,
        "Colectomie droite",
    )
    assert entries["cadre.référentiel"].value == "Référentiel régional 2024"
    labels = [getattr(block, "label", "") for block in sections["plan_de_soins"].narrative]
    assert labels == ["Nature de l'avis", "Visée du traitement"]


def test_organ_fields_go_to_the_narrative_and_hidden_ones_nowhere(breast: LoadedForm) -> None:
    answers = {"sexe": "M", "ménopause": "oui", "histo": "canalaire", "her2": "3+", "re": 90}
    sections = document_sections(fiche_of(breast, answers))
    told = {
        block.label: block.text
        for section in sections
        for block in section.narrative
        if isinstance(block, Paragraph)
    }
    assert told["HER2 (IHC)"] == "3+"
    assert told["Récepteurs aux estrogènes"] == "90\u00a0%"
    assert "Statut ménopausique" not in told
    morphology = next(e for s in sections for e in s.entries if e.slot == "tumeur.morphologie")
    assert isinstance(morphology.value, Coded)
    assert morphology.value.code == "8500/3"
    organs = [e.value for s in sections for e in s.entries if e.slot == "rcp.organe"]
    assert [organ.code for organ in organs if isinstance(organ, Coded)] == ["76752008"]


def test_a_declared_absence_becomes_a_null_flavor(base: LoadedForm) -> None:
    answers = {"date_diagnostic": {"absent": "inconnu"}, "oms": {"absent": "non fait"}}
    sections = document_sections(fiche_of(base, answers))
    values = {entry.slot: entry.value for section in sections for entry in section.entries}
    assert values["tumeur.date"] is NullFlavor.ASKED_UNKNOWN
    assert values["clinique.oms"] is NullFlavor.NOT_ASKED


# --- page


class Accessible(HTMLParser):
    """Collects what an accessible form needs: ids, labels, described controls."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.controls: list[tuple[str, dict[str, str]]] = []
        self.described: list[str] = []
        self.depth_label = 0
        self.depth_cell = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "label":
            self.depth_label += 1
            self.labelled.add(values.get("for", ""))
        if tag == "td":
            self.depth_cell += 1
        if tag in {"input", "select", "textarea"}:
            if not self.depth_label and not self.depth_cell:
                self.controls.append((tag, values))
            self.described += values.get("aria-describedby", "").split()
        assert "style" not in values
        assert not [key for key in values if key.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        self.depth_label -= tag == "label"
        self.depth_cell -= tag == "td"


@each_form
def test_pages_label_every_control_and_repeat_no_id(path: Path) -> None:
    form = loaded(path)
    for example in (None, *form.form.examples):
        page = Accessible()
        page.feed(FORMATS["html"](form, example).decode())
        assert len(page.ids) == len(set(page.ids))
        assert {values["id"] for _, values in page.controls} <= page.labelled
        assert set(page.described) <= set(page.ids)


def test_a_page_escapes_what_was_typed(base: LoadedForm) -> None:
    answers = {"question": "<script>alert(1)</script>", "âge": 'x" onfocus="y'}
    page = form_page(base, answers, Engine(base.program).evaluate(answers))
    assert "<script>alert" not in page
    assert 'onfocus="y"' not in page
