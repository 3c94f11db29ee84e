"""The commands an author runs."""

import json
import threading
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dcc_rcp_forms.bench import command as bench
from dcc_rcp_forms.cli.group import forms
from dcc_rcp_forms.cli.preview import preview_server
from dcc_rcp_forms.composition.catalogue import NATIONAL_PACK, Catalogue

FORM = """\
# Commentaire gardé
fiche: essai
version: 1.0.0
titre: Essai
sections:
  s:
    titre: S
    champs:
      a: {libellé: A, type: oui_non}   # note
      b: {libellé: B, type: nombre, si: a = oui, obligatoire: oui}
alertes:
  al: {si: b > 3, message: Trop}
essais:
  - {nom: grand, réponses: {a: oui, b: 5}, alertes: [al], visibles: [b]}
  - {nom: vide, réponses: {a: oui}, alertes: [], manquants: [b]}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "essai.yaml"
    path.write_text(FORM, encoding="utf-8")
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(forms, [str(argument) for argument in arguments])


def test_lint_says_nothing_is_wrong(file: Path) -> None:
    result = run("lint", file)
    assert (result.exit_code, result.stdout) == (0, "0 erreur(s), 0 avertissement(s).\n")


def test_lint_of_a_damaged_form_fails_in_every_format(file: Path) -> None:
    file.write_text(FORM.replace("a = oui", "aa = oui"), encoding="utf-8")
    result = run("lint", file)
    assert result.exit_code == 1
    assert "essai.yaml:10:41: erreur FRM-202" in result.stdout
    assert json.loads(run("lint", file, "--json").stdout)["issues"][0]["code"] == "FRM-202"
    assert run("lint", file, "--ci").stdout.startswith("::error file=essai.yaml,line=10,col=41")


def test_tests_pass_and_count_conditions(file: Path) -> None:
    result = run("test", file, "--minimum", "1")
    assert result.exit_code == 0
    assert "2 essai(s) réussi(s), 0 en échec, 2/2 conditions" in result.stdout


def test_a_failing_test_fails_the_command(file: Path) -> None:
    file.write_text(FORM.replace("b: 5", "b: 1"), encoding="utf-8")
    result = run("test", file)
    assert result.exit_code == 1
    assert "l'alerte al n'est pas déclenchée" in result.stdout


def test_the_national_pack_passes() -> None:
    result = run("test", "--minimum", "0.9")
    assert result.exit_code == 0, result.stdout
    assert result.stdout.count("essai(s) réussi(s)") == len(list(NATIONAL_PACK.glob("*.yaml")))


def test_diff_of_two_versions_and_of_an_overlay(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "suite.yaml"
    other.write_text(FORM.replace("libellé: A", "libellé: AA"), encoding="utf-8")
    assert "1 différence(s). Version : 1.0.1." in run("diff", file, other).stdout
    overlay = Path(__file__).parents[1] / "fixtures" / "martinique" / "sein.yaml"
    assert "8 différence(s)" in run("diff", overlay).stdout
    assert len(json.loads(run("diff", overlay, "--json").stdout)["changes"]) == 8


def test_publish_refuses_then_freezes(file: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    assert "Publié" in run("publish", file, "--archive", archive).stdout
    file.write_text(FORM.replace("b > 3", "b > 4"), encoding="utf-8")
    refused = run("publish", file, "--archive", archive)
    assert refused.exit_code == 1
    assert "FRM-703" in refused.stdout
    file.write_text(FORM.replace("b > 3", "b > 4").replace("1.0.0", "1.1.0"), encoding="utf-8")
    assert run("publish", file, "--archive", archive, "--dry-run").exit_code == 0
    assert not (archive / "essai" / "1.1.0.yaml").exists()
    assert run("publish", file, "--archive", archive).exit_code == 0


def test_publish_counts_migrations_on_stored_answers(file: Path, tmp_path: Path) -> None:
    archive, stored = tmp_path / "archive", tmp_path / "réponses.jsonl"
    run("publish", file, "--archive", archive)
    stored.write_text('{"version": "1.0.0", "answers": {"b": 2}}\n', encoding="utf-8")
    moved = (
        FORM.replace("b:", "c:")
        .replace("b > 3", "c > 3")
        .replace("[b]", "[c]")
        .replace("1.0.0", "2.0.0")
    )
    file.write_text(moved + "migrations: [{de: 1.x, renomme: {b: c}}]\n", encoding="utf-8")
    result = run("publish", file, "--archive", archive, "--answers", stored)
    assert result.exit_code == 0, result.output
    assert "Réponses : 1, reprises 1, avec perte 0." in result.stdout


@pytest.mark.parametrize("target", ["html", "csv", "xlsx", "fhir", "json-schema", "document"])
def test_export_writes_every_format(file: Path, tmp_path: Path, target: str) -> None:
    output = tmp_path / "sortie"
    result = run("export", file, "--to", target, "--essai", "grand", "--output", output)
    assert result.exit_code == 0, result.output
    assert output.stat().st_size > 100


def test_export_of_an_unknown_test_lists_those_there_are(file: Path) -> None:
    result = run("export", file, "--to", "html", "--essai", "absent")
    assert result.exit_code == 1
    assert "grand ; vide" in result.stderr


def test_a_workbook_goes_out_and_comes_back(file: Path, tmp_path: Path) -> None:
    book = tmp_path / "essai.xlsx"
    run("export", file, "--to", "xlsx", "--output", book)
    result = run("import", book, "--into", file, "--write")
    assert (result.exit_code, result.stdout) == (0, "")
    assert file.read_text("utf-8") == FORM


def test_a_row_added_to_a_workbook_shows_its_difference_then_is_written(
    file: Path, tmp_path: Path
) -> None:
    from openpyxl import load_workbook  # type: ignore[import-untyped]  # no types published

    path = tmp_path / "essai.xlsx"
    run("export", file, "--to", "xlsx", "--output", path)
    book = load_workbook(path)
    book["champs"].append(["s", "c", "Cm", "nombre", "cm"])
    book["champs"].append(["s", "d", "=A1", "nombre"])
    book.save(path)
    shown = run("import", path, "--into", file)
    assert "+      c: {libellé: Cm, type: nombre, unité: cm}" in shown.stdout
    assert "formule de tableur" in shown.stderr
    assert file.read_text("utf-8") == FORM
    assert run("import", path, "--into", file, "--write").exit_code == 0
    assert "# note" in file.read_text("utf-8")
    assert run("lint", file).exit_code == 0


def test_value_sets_are_imported_and_listed(tmp_path: Path) -> None:
    bad = tmp_path / "JDV.xml"
    bad.write_text("<a/>", encoding="utf-8")
    refused = run("valueset", "import", bad, "--folder", tmp_path)
    assert refused.exit_code == 1
    assert "format SVS" in refused.stderr
    assert "JDV_Tumeur_CISIS  2021-09-22  724" in run("valueset", "list").stdout


def test_the_schema_is_json() -> None:
    assert json.loads(run("schema").stdout)["title"] == "Formulaire RCP"


def test_the_preview_answers_reloads_and_shows_faults(file: Path) -> None:
    server = preview_server(file, 0, Catalogue())
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        address = f"http://127.0.0.1:{server.server_address[1]}"
        saved = read(f"{address}/saved")
        assert "Essai" in read(f"{address}/")
        answered = read(f"{address}/", b"a=oui&b=5")
        assert "Trop" in answered
        assert 'value="5"' in answered
        assert json.loads(read(f"{address}/programme.json"))["display"] == ["a", "b"]
        assert "storedFromText" in read(f"{address}/static/live.js")
        assert "&#34;QuestionnaireResponse&#34;" in read(f"{address}/?onglet=fhir&essai=grand")
        assert "ClinicalDocument" in read(f"{address}/?onglet=cda&essai=grand")
        assert "<iframe" in read(f"{address}/?onglet=pdf")
        file.write_text(FORM.replace("a = oui", "aa = oui"), encoding="utf-8")
        assert read(f"{address}/saved") != saved
        assert "FRM-202" in read(f"{address}/")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def read(address: str, body: bytes | None = None) -> str:
    with urllib.request.urlopen(address, body, timeout=10) as answer:
        text: str = answer.read().decode()
    return text


def test_the_benchmark_measures_a_form_of_120_fields() -> None:
    assert bench.callback is not None
    figures = bench.callback(rounds=1)
    assert figures["fields"] == 120
    assert set(figures["cpu_ms"]) == set(figures["goal_ms"])
