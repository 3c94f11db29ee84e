"""Overlays: typos, locks and missing reasons are refused where they are written."""

from pathlib import Path

import pytest

from dcc_rcp_forms.composition.catalogue import Catalogue, version_fits
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.loading import LoadedForm, load_form

BASE = """\
fiche: base
version: 1.2.0
titre: Base
listes:
  côtés: {droit: Droit, gauche: Gauche}
sections:
  s:
    titre: S
    champs:
      a: {libellé: A, type: oui_non, obligatoire: oui, verrou: national}
      b: {libellé: B, type: choix, liste: côtés}
      c: {libellé: C, type: texte, si: a = oui}
  z:
    titre: Z
    champs:
      d: {libellé: D, type: nombre, unité: mm}
alertes:
  al: {si: a = non, message: Non}
essais: []
"""
HEAD = "fiche: base\nsurcharge: pack/base 1.x\nversion: 1.2.0+mq.1\n"


def overlay(tmp_path: Path, text: str) -> tuple[LoadedForm, list[tuple[str, int]]]:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "base.yaml").write_text(BASE, encoding="utf-8")
    path = tmp_path / "region.yaml"
    path.write_text(text if "fiche" in text else HEAD + text, encoding="utf-8")
    findings = Findings()
    loaded = load_form(path, findings, Catalogue({"pack": tmp_path / "pack"}))
    assert loaded is not None
    return loaded, [(issue.code, issue.place.line) for issue in findings.in_order()]


def section(*lines: str) -> str:
    return "sections:\n  s:\n    champs:\n" + "".join(f"      {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (section("e: {libellé: E}"), "FRM-401", 7),
        (section("-e: {motif: Inutile}"), "FRM-401", 7),
        (section("-c: {}"), "FRM-402", 7),
        (section("-a: {motif: Inutile}"), "FRM-403", 7),
        (section("a: {obligatoire: non}"), "FRM-403", 7),
        (section("a: {obligatoire: b est renseigné}"), "FRM-403", 7),
        (section("a: {si: b est renseigné}"), "FRM-403", 7),
        (section("c: {type: nombre}"), "FRM-404", 7),
        (section("+c: {libellé: C, type: texte}"), "FRM-407", 7),
        (section("+e: {après: zz, libellé: E, type: texte}"), "FRM-401", 7),
        ("sections:\n  t:\n    champs: {}\n", "FRM-401", 5),
        ("sections:\n  -s: {motif: Inutile}\n", "FRM-403", 5),
        ("sections:\n  -t: {motif: Inutile}\n", "FRM-401", 5),
        ("ordre: [z, y]\n", "FRM-401", 4),
        ("listes:\n  cotes: {ajoute: {deux: Deux}}\n", "FRM-401", 5),
        ("listes:\n  côtés: {masque: [haut]}\n", "FRM-401", 5),
        ("alertes:\n  -al: {}\n", "FRM-402", 5),
        ("alertes:\n  -zz: {motif: Inutile}\n", "FRM-401", 5),
    ],
)
def test_bad_overlays_are_refused(tmp_path: Path, text: str, code: str, line: int) -> None:
    _, issues = overlay(tmp_path, text)
    assert issues == [(code, line)]


@pytest.mark.parametrize(
    ("reference", "line"),
    [("pack/base 2.x", 2), ("pack/basse 1.x", 2), ("pack/base", 2), ("n'importe quoi", 2)],
)
def test_a_base_that_is_not_there_is_reported(tmp_path: Path, reference: str, line: int) -> None:
    text = f"fiche: base\nsurcharge: {reference}\nversion: 1.2.0+mq.1\ntitre: T\nsections: {{}}\n"
    _, issues = overlay(tmp_path, text)
    assert issues == [("FRM-405", line)]


def test_forms_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    form = "fiche: {0}\nversion: 1.0.0\ntitre: T\nétend: {1} 1.x\nsections: {{}}\n"
    (tmp_path / "a.yaml").write_text(form.format("a", "b"), encoding="utf-8")
    (tmp_path / "b.yaml").write_text(form.format("b", "a"), encoding="utf-8")
    findings = Findings()
    load_form(tmp_path / "a.yaml", findings)
    assert [(issue.code, issue.place.file) for issue in findings] == [("FRM-406", "b.yaml")]


def test_allowed_changes(tmp_path: Path) -> None:
    text = (
        "ordre: [z]\nlistes:\n  côtés: {masque: [gauche], ajoute: {médian: Médian}}\n"
        "alertes:\n  -al: {motif: Sans objet}\n"
        "sections:\n  -z: {motif: Sans objet ici}\n  s:\n    ordre: [c, a]\n    champs:\n"
        "      a: {libellé: Autre libellé, aide: Une aide}\n"
        "      +e: {après: a, libellé: E, type: texte}\n"
    )
    loaded, issues = overlay(tmp_path, text)
    assert issues == []
    assert [part.id for part in loaded.form.sections] == ["z", "s"]
    assert [field.id for field in loaded.form.sections[1].fields] == ["c", "a", "e", "b"]
    assert loaded.form.field("d").is_hidden
    assert [c.code for c in loaded.form.field("b").choices if not c.is_retired] == [
        "droit",
        "médian",
    ]
    assert loaded.form.alerts == ()
    assert len(loaded.differences) == 9


@pytest.mark.parametrize(
    ("version", "wanted", "fits"),
    [
        ("2.1.0", "2.x", True),
        ("2.1.0", "2.1.x", True),
        ("2.1.0+mq.1", "2.1.0", True),
        ("2.1.0", "2.0.x", False),
        ("3.0.0", "2.x", False),
        ("", "2.x", False),
    ],
)
def test_versions_fit_their_range(version: str, wanted: str, fits: bool) -> None:
    assert version_fits(version, wanted) is fits
