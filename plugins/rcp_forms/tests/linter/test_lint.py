"""What the linter knows beyond syntax and types."""

import json
import time

import pytest

from dcc_rcp_forms.language.issues import Issue
from dcc_rcp_forms.language.vocabulary import FIELD_KEYWORDS
from dcc_rcp_forms.linter.declarations import coding_problem
from dcc_rcp_forms.linter.editor_schema import editor_schema
from dcc_rcp_forms.linter.lint import lint_text
from dcc_rcp_forms.linter.output import FORMATS

HEADER = "fiche: essai\nversion: 1.0.0\ntitre: Essai\nsections:\n  s:\n    titre: S\n    champs:\n"
FIELDS = """\
      her2: {libellé: HER2, type: choix, valeurs: ["0", "2+", "3+"]}
      his: {libellé: HIS, type: oui_non, si: her2 = '2+'}
      n: {libellé: N, type: nombre, min: 0, max: 10, décimales: 0}
      d: {libellé: D, type: date}
"""


def lint(extra: str, after: str = "") -> list[tuple[str, int]]:
    lines = "".join(f"      {line}\n" for line in extra.split("\n") if line)
    report = lint_text(HEADER + FIELDS + lines + after, "essai.yaml")
    return [(issue.code, issue.place.line) for issue in report.issues]


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("x: {libellé: X, type: texte, si: her2 = '2+' et her2 = '3+'}", "FRM-302"),
        ("x: {libellé: X, type: texte, si: her2 = '3+' et his = oui}", "FRM-302"),
        ("x: {libellé: X, type: texte, si: n > 10}", "FRM-302"),
        ("x: {libellé: X, type: texte, si: n > 3 et n < 4}", "FRM-302"),
        ("x: {libellé: X, type: texte, si: n est renseigné ou n n'est pas renseigné}", "FRM-303"),
        ("x: {libellé: X, type: texte, si: her2 = '0' et his n'est pas renseigné}", "FRM-304"),
        ("x: {libellé: X, type: texte, obligatoire: n < 0}", "FRM-302"),
        ("x: {libellé: X, type: texte, contrôle: {règle: n ≥ 0, message: M}}", "FRM-302"),
        (
            "x: {libellé: X, type: calcul, cas: [{si: n > 3, alors: a}, {si: n > 5, alors: b}]}",
            "FRM-306",
        ),
        ("x: {libellé: X, type: nombre, min: 5, max: 1}", "FRM-307"),
        ("x: {libellé: X, type: texte, si: x est renseigné}", "FRM-301"),
        ("x: {libellé: X, type: texte, cda: tumeur.tt}", "FRM-602"),
        ("x: {libellé: X, type: texte, statistique: Été}", "FRM-605"),
        ("x: {libellé: X, type: choix, valeurs: {a: {libellé: A, cim-o-3: 8500}}}", "FRM-601"),
        ("x: {libellé: X, type: choix, valeurs: {a: {libellé: A, points: 1}, b: B}}", "FRM-606"),
        ("x: {libellé: X, type: choix, valeurs: [3-mars, 4-avr]}", "FRM-114"),
        ("x: {libellé: X, type: choix, valeurs: ['2024-03-02 00:00:00']}", "FRM-114"),
    ],
)
def test_logical_faults(field: str, code: str) -> None:
    found = lint(field)
    assert found
    assert set(found) == {(code, 12)}


@pytest.mark.parametrize(
    "field",
    [
        "x: {libellé: X, type: texte, si: n > 9 et her2 ≠ '0'}",
        "x: {libellé: X, type: texte, si: her2 = '2+' et his n'est pas renseigné}",
        "x: {libellé: X, type: texte, si: d > '01/01/2020' et d < '01/01/2019'}",
        "x: {libellé: X, type: calcul, cas: [{si: n > 5, alors: a}, {si: n > 3, alors: b}]}",
    ],
)
def test_no_false_alarm(field: str) -> None:
    assert lint(field) == []


def test_a_circle_names_its_path() -> None:
    fields = (
        "a: {libellé: A, type: calcul, valeur: b + 1}\n"
        "b: {libellé: B, type: calcul, valeur: c + 1}\n"
        "c: {libellé: C, type: calcul, valeur: a + 1}"
    )
    text = HEADER + "".join(f"      {line}\n" for line in fields.split("\n"))
    [issue] = lint_text(text, "essai.yaml").issues
    assert issue.code == "FRM-301"
    assert "a → b → c → a" in issue.fact


def test_a_sensitive_field_does_not_leak_through_a_computed_one() -> None:
    fields = (
        "vih: {libellé: VIH, type: oui_non, sensible: oui}\n"
        "x: {libellé: X, type: calcul, cas: [{si: vih = oui, alors: a}]}"
    )
    assert lint(fields) == [("FRM-305", 13)]


def test_a_field_of_the_preparation_cannot_wait_for_the_session() -> None:
    fields = (
        "avis: {libellé: Avis, type: oui_non, phase: séance}\n"
        "x: {libellé: X, type: texte, si: avis = oui}"
    )
    assert lint(fields) == [("FRM-309", 13)]


def test_unused_lists_and_unknown_names_in_tests() -> None:
    after = (
        "listes: {vide: [a]}\n"
        "essais:\n  - nom: e\n    réponses: {zz: 1}\n    visibles: [yy]\n    alertes: [al]\n"
    )
    assert lint("", after) == [
        ("FRM-310", 12),
        ("FRM-501", 15),
        ("FRM-501", 16),
        ("FRM-501", 17),
    ]


def test_a_newer_language_is_refused_politely() -> None:
    report = lint_text("langage: 2\n" + HEADER + FIELDS, "essai.yaml")
    assert [issue.code for issue in report.issues] == ["FRM-011"]


@pytest.mark.parametrize(
    ("system", "code", "is_right"),
    [
        ("loinc", "48675-3", True),
        ("loinc", "48675-4", False),
        ("snomed", "387713003", True),
        ("snomed", "387713004", False),
        ("snomed", "76752008", True),
        ("cim-o-3", "8500/3", True),
        ("cim-o-3", "8500", False),
        ("ans", "GEN-092.03.02", True),
        ("ncit", "c15313", False),
    ],
)
def test_codes_are_checked_to_the_check_digit(system: str, code: str, is_right: bool) -> None:
    assert (coding_problem(system, code) == "") is is_right


@pytest.fixture
def issues() -> tuple[Issue, ...]:
    return lint_text(HEADER + "      x: {libellé: 100 % X, type: txte}\n", "essai.yaml").issues


def test_text_json_and_annotations_say_the_same(issues: tuple[Issue, ...]) -> None:
    assert FORMATS["text"](issues).startswith("essai.yaml:8:35: erreur FRM-104 « txte »")
    [found] = json.loads(FORMATS["json"](issues))["issues"]
    assert (found["code"], found["line"], found["column"]) == ("FRM-104", 8, 35)
    annotation = FORMATS["ci"](issues)
    assert annotation.startswith("::error file=essai.yaml,line=8,col=35,title=FRM-104::« txte »")


def test_a_form_of_five_thousand_fields_is_linted_in_seconds() -> None:
    fields = "".join(
        f"      c{i}: {{libellé: C {i}, type: nombre, si: c{i - 1} > {i}}}\n" if i % 10 else
        f"      c{i}: {{libellé: C {i}, type: nombre}}\n"
        for i in range(5_000)
    )  # fmt: skip
    start = time.process_time()
    report = lint_text(HEADER + fields, "essai.yaml")
    assert report.issues == ()
    assert report.loaded is not None
    assert time.process_time() - start < 20


def test_the_editor_schema_describes_every_keyword() -> None:
    schema = editor_schema()
    assert set(FIELD_KEYWORDS) == set(schema["$defs"]["champ"]["properties"])
    assert schema["properties"]["sections"]["additionalProperties"] == {"$ref": "#/$defs/section"}
    assert "matrice" in schema["$defs"]["champ"]["properties"]["type"]["enum"]
