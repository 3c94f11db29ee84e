"""Faults of structure: each has its code, its line, and one message."""

from typing import Any

import pytest

HEAD = "fiche: essai\nversion: 1.0.0\ntitre: Essai\n"
SECTION = "sections:\n  s:\n    titre: S\n    champs:\n      a: {libellé: A, type: oui_non}\n"

TWICE = "  t:\n    titre: T\n    champs:\n      a: {libellé: A, type: texte}\n"


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("x: {libellé: X, type: texte, couleur: rouge}", "FRM-101"),
        ("x: {type: texte}", "FRM-102"),
        ("x: {libellé: X}", "FRM-102"),
        ("x: {libellé: X, type: calcul}", "FRM-102"),
        ("x: {libellé: X, type: texte_fixe}", "FRM-102"),
        ("x: texte", "FRM-103"),
        ("x: {libellé: [X], type: texte}", "FRM-103"),
        ("x: {libellé: X, type: texto}", "FRM-104"),
        ("x: {libellé: X, type: texte, inconnu: peut-être}", "FRM-104"),
        ("x: {libellé: X, type: texte, phase: demain}", "FRM-104"),
        ("x: {libellé: X, type: texte, depuis: lune.face}", "FRM-104"),
        ("x: {libellé: X, type: code, terminologie: cim11}", "FRM-104"),
        ("2x: {libellé: X, type: texte}", "FRM-105"),
        ("+x: {libellé: X, type: texte}", "FRM-105"),
        ("date_rcp: {libellé: X, type: date}", "FRM-106"),
        ("renseigné: {libellé: X, type: texte}", "FRM-106"),
        ("x: {libellé: X, type: texte, unité: mm}", "FRM-108"),
        ("x: {libellé: X, type: nombre, décimales: deux}", "FRM-109"),
        ("x: {libellé: X, type: choix, liste: absente}", "FRM-110"),
        ("x: {libellé: X, type: bloc, bloc: absent}", "FRM-111"),
        ("x: {libellé: X, type: choix}", "FRM-113"),
        ("x: {libellé: X, type: tableau}", "FRM-115"),
        ("x: {libellé: X, type: matrice, colonnes: {c: {libellé: C, type: texte}}}", "FRM-115"),
        ("x: {libellé: X, type: tableau, colonnes: {c: {libellé: C, type: tableau}}}", "FRM-115"),
        ("x: {libellé: X, type: choix, valeurs: [a, a]}", "FRM-006"),
        ("x: {libellé: X, type: choix, valeurs: {a: {libellé: A, points: deux}}}", "FRM-109"),
        ("x: {libellé: X, type: choix, valeurs: [a], défaut: b}", "FRM-206"),
        ("x: {libellé: X, type: texte, contrôle: {message: M}}", "FRM-102"),
        ("x: {libellé: X, type: calcul, cas: [{si: y = oui}]}", "FRM-102"),
    ],
)
def test_field_faults(load_fields: Any, field: str, code: str) -> None:
    _, issues = load_fields(f"y: {{libellé: Y, type: oui_non}}\n{field}")
    found = [(issue.code, issue.place.line) for issue in issues]
    assert (code, 9) in found
    assert len({issue.place.line for issue in issues}) == 1


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("version: 1.0.0\ntitre: T\n" + SECTION, "FRM-102", 1),
        (HEAD, "FRM-102", 1),
        (HEAD.replace("1.0.0", "1.0") + SECTION, "FRM-109", 2),
        (HEAD + "couleur: bleu\n" + SECTION, "FRM-101", 4),
        (HEAD + "phases: {demain: {}}\n" + SECTION, "FRM-104", 4),
        (HEAD + "alertes: {a: oui}\n" + SECTION, "FRM-103", 4),
        (HEAD + "alertes: {a: {message: M}}\n" + SECTION, "FRM-102", 4),
        (HEAD + "alertes: {a: {si: a, message: M, bloque: tout}}\n" + SECTION, "FRM-104", 4),
        (HEAD + "impression: {résumé: [zz]}\n" + SECTION, "", 0),
        (HEAD + "essais: [texte]\n" + SECTION, "FRM-103", 4),
        (HEAD + SECTION + TWICE, "FRM-107", 12),
        (HEAD + "blocs: {b: {paramètres: [p], champs: {c: {libellé: C, type: texte}}}}\n" + SECTION
         + "      d: {libellé: D, type: bloc, bloc: b}\n", "FRM-112", 10),
        (HEAD + "blocs: {b: {champs: {c: {libellé: C, type: texte}}}}\n" + SECTION
         + "      d: {libellé: D, type: bloc, bloc: b, avec: {q: 1}}\n", "FRM-112", 10),
    ],
)  # fmt: skip
def test_form_faults(load: Any, text: str, code: str, line: int) -> None:
    _, issues = load(text)
    expected = [(code, line)] if code else []
    assert [(issue.code, issue.place.line) for issue in issues] == expected
