"""Each usual mistake in a rule gives one exact message."""

import pytest

from dcc_rcp_forms.expressions.checker import check_condition
from dcc_rcp_forms.expressions.types import DATE, NUMBER, TEXT, TRUTH, Kind, Scope, ValueType
from dcc_rcp_forms.language.issues import Findings, Place
from dcc_rcp_forms.language.nodes import Scalar

HER2 = ValueType(Kind.CHOICE, {"0": "Négatif", "1+": "Faible", "2+": "Équivoque"}, {"0": 0.0})
NAMES = {
    "re": ValueType(Kind.NUMBER, unit="%"),
    "taille": ValueType(Kind.NUMBER, unit="mm"),
    "her2": HER2,
    "grade": ValueType(Kind.CHOICE, {"1": "I", "2": "II"}),
    "début": DATE,
    "fin": DATE,
    "opéré": TRUTH,
    "mutation": ValueType(Kind.CHOICES, {"brca1": "BRCA1"}),
    "note": TEXT,
    "examens": ValueType(Kind.TABLE, columns={"modalité": HER2, "mm": NUMBER, "date": DATE}),
}


def faults(text: str) -> list[tuple[str, int, str]]:
    findings = Findings()
    check_condition(Scalar(text, Place("f"), text), Scope(NAMES), findings)
    return [(i.code, i.place.column, f"{i.fact} {i.remedy}") for i in findings.in_order()]


@pytest.mark.parametrize(
    "text",
    [
        "re ≥ 10 ou re < 2,5",
        "her2 parmi ('0', \"1+\") et non opéré",
        "opéré = non et début < '15/03/2024'",
        "existe(examens ; modalité = '0' et jours(date ; fin) ≤ 60)",
        "nombre(examens, mm > 3) ≥ 2 et moyenne(examens ; mm) > 1",
        "mutation contient 'brca1' et nombre(mutation) = 1",
        "note contient 'abc' ou note est renseigné",
        "re n’est pas renseigné et her2 est non fait",
        "borné(ln(re) ; 0 ; 1) × 2 ÷ 3 − 1 > arrondi(re/3;2)",
        "premier(re ; 0) > 1 et points(her2) = 0",
        "âge(début ; fin) ≥ 18 et mois(début, fin) != 3",
    ],
)
def test_correct_rules_pass(text: str) -> None:
    assert faults(text) == []


@pytest.mark.parametrize(
    ("text", "code", "column", "words"),
    [
        ("rre > 1", "FRM-202", 1, "« re »"),
        ("her2 = '2'", "FRM-206", 8, "(0, 1+, 2+)"),
        ("her2 = 'Équivoque'", "FRM-206", 8, "écrivez le code '2+'"),
        ("re = = 1", "FRM-201", 6, "« = »"),
        ("re == 1", "FRM-201", 4, "Écrivez « = »"),
        ("re > 'x'", "FRM-205", 1, "sans guillemets"),
        ("her2 = 2", "FRM-205", 1, "entre guillemets"),
        ("grade ≥ '2'", "FRM-205", 1, "parmi"),
        ("opéré = 'oui'", "FRM-205", 1, "sans guillemets"),
        ("mutation = 'brca1'", "FRM-205", 1, "contient"),
        ("mutation contient 'brca'", "FRM-206", 19, "brca1"),
        ("re et opéré", "FRM-209", 1, "n'est pas une condition"),
        ("re", "FRM-209", 1, "Comparez"),
        ("max(1,5 ; re) > 2", "FRM-213", 5, "deux façons"),
        ("maxi(re ; 2) > 1", "FRM-203", 1, "« max »"),
        ("borné(re ; 1) > 1", "FRM-204", 1, "borné(x ; 0 ; 10)"),
        ("arrondi(re ; 9) > 1", "FRM-204", 1, "décimales"),
        ("jours(re ; fin) > 1", "FRM-205", 7, "date est attendue"),
        ("début > '32/01/2024'", "FRM-210", 9, "15/03/2024"),
        ("début + 3 > 1", "FRM-205", 1, "jours"),
        ("her2 + 1 > 1", "FRM-205", 1, "points"),
        ("points(grade) > 1", "FRM-205", 1, "points"),
        ("re > taille", "FRM-208", 1, "%, mm"),
        ("existe(re ; re > 1)", "FRM-205", 1, "tableau"),
        ("existe(examens)", "FRM-204", 1, "existe(tableau ; condition)"),
        ("existe(examens ; modalite = '0')", "FRM-202", 18, "« modalité »"),
        ("=SI(A1>3;1;2)", "FRM-207", 1, "tableur"),
        ("ET(re>1;opéré)", "FRM-207", 1, "tableur"),
        ("re > 10%", "FRM-201", 6, "unité"),
        ("re > 10mm", "FRM-201", 6, "unité"),
        ("(re > 1", "FRM-201", 1, "parenthèse"),
        ("re > 1)", "FRM-201", 7, "parenthèse"),
        ("her2 = '2+", "FRM-201", 8, "guillemet"),
        ("her2 = ‘2+’", "FRM-201", 8, "droits"),
        ("re > 1 and opéré", "FRM-201", 8, "« et »"),
        ("re > 1 && opéré", "FRM-201", 8, "« et »"),
        ("${re} > 1", "FRM-201", 1, "nom du champ seul"),
        ("re >", "FRM-201", 4, "trop tôt"),
        ("0 < re < 10", "FRM-201", 8, "enchaînent"),
        ("oui", "FRM-201", 1, "champ = oui"),
        ("début > 15/03/2024", "FRM-205", 1, "guillemets"),
        ("re => 3", "FRM-201", 4, "à l'envers"),
        ("re > 1 re", "FRM-201", 8, "« re »"),
        ("x" * 3000 + " > 1", "FRM-211", 1, "calculés"),
        (" + ".join(["re"] * 200) + " > 1", "FRM-211", 1, "calculés"),
    ],
)
def test_mistakes_are_named_where_they_are(text: str, code: str, column: int, words: str) -> None:
    found = faults(text)
    assert [(item[0], item[1]) for item in found] == [(code, column)]
    assert words in found[0][2]


def test_one_mistake_gives_one_message() -> None:
    assert len(faults("max(zzz ; re) > 3 et her2 = '0' ou opéré = non")) == 1
