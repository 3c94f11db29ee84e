"""A corpus of damaged forms: none crashes the linter, each gets a message on the damaged line."""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from dcc_rcp_forms.composition.catalogue import NATIONAL_PACK
from dcc_rcp_forms.language.issues import Severity
from dcc_rcp_forms.linter.codes import CODES
from dcc_rcp_forms.linter.lint import lint_text

SOURCE = (NATIONAL_PACK / "sein.yaml").read_text(encoding="utf-8")
LINES = SOURCE.split("\n")
BODY = range(LINES.index("sections:") + 1, LINES.index("essais:"))

Mutation = tuple[str, int, str]
"""Name, damaged line (from 1), damaged text."""


def replaced(index: int, line: str) -> str:
    return "\n".join([*LINES[:index], line, *LINES[index + 1 :]])


def line_mutations(name: str, pattern: str, damage: str) -> Iterator[Mutation]:
    """Yield one damage wherever its pattern stands in the body of the form."""
    for index in BODY:
        damaged = re.sub(pattern, damage, LINES[index], count=1)
        if damaged != LINES[index]:
            yield f"{name}@{index + 1}", index + 1, replaced(index, damaged)


DAMAGES = [
    ("accolade perdue", r"\}(\s*(#.*)?)$", r"\1"),
    ("accolade en trop", r"\}(\s*(#.*)?)$", r"}}\1"),
    ("virgule perdue", r", type:", " type:"),
    ("mot-clé mal tapé", r"\btype:", "tpye:"),
    ("libellé mal tapé", r"\blibellé:", "libele:"),
    ("type inconnu", r"type: (nombre|choix|texte|oui_non)\b", r"type: \1s"),
    ("type vide", r"type: (nombre|choix|texte|oui_non)\b(?=,)", "type: ''"),
    ("libellé vide", r"libellé: [^,{}]+", "libellé: ''"),
    ("liste inconnue", r"liste: \w+", "liste: inconnue"),
    ("champ inconnu dans une règle", r"si: (\"?)(\w+)", r"si: \1zz_\2"),
    ("valeur inconnue", r"([=≠]) '[^']+'", r"\1 'zzz'"),
    ("opérateur doublé", r" ([=≠<>≥≤]) ", r" \1 \1 "),
    ("règle inachevée", r"si: (\"?)([^,\"}]+)(\"?)", r"si: \1\2 et\3"),
    ("formule de tableur", r"si: \"[^\"]+\"", 'si: "=SI(A1>3;VRAI;FAUX)"'),
    ("et en anglais", r"(si: .*) et ", r"\1 and "),
    ("obligatoire mal écrit", r"obligatoire: oui", "obligatoire: obligatoire_si"),
    ("borne mal écrite", r"max: \d+", "max: beaucoup"),
    ("borne de mauvais type", r"max: \d+", "max: '''abc'''"),
    ("bornes inversées", r"min: 0, max: (\d+)", r"min: 500, max: \1"),
    ("unité sur un choix", r"type: (choix|oui_non)\b", r"type: \1, unité: mm"),
    ("calcul sans formule", r"type: calcul, (cas|valeur):.*$", "type: calcul}"),
    ("emplacement inconnu", r"cda: (\w+)", r"cda: zz\1"),
    ("nom réservé", r"^      (\w+):", "      non:"),
    ("nom avec espace", r"^      (\w+): \{", r"      mon \1!: {"),
    ("tabulation", r"^      (?=\S)", "\t"),
    ("guillemet ouvert", r"libellé: (\w)", r"libellé: '\1"),
    ("deux-points en trop", r"libellé: ([^,{}]+)", r"libellé: a: \1"),
    ("ancre", r"\{libellé", "&x {libellé"),
    ("étiquette", r"libellé: ", "libellé: !x "),
    ("message perdu", r"^(?!  oncogériatrie)(.*), message: [^}]+\}", r"\1}"),
    ("seuil avec unité", r"([≥<>]) (\d+)", r"\1 \2mm"),
    ("nombre comparé à un texte", r"([≥<>]) (\d+)", r"\1 'deux'"),
    ("fonction inconnue", r"max\(", "maximum("),
    ("code de tableur", r"\{(\w+): (?=\w+[,}])", r"{2-mars: "),
    ("LOINC faux", r"loinc: 48675-3", "loinc: 48675-4"),
]

EVERYWHERE = [mutation for damage in DAMAGES for mutation in line_mutations(*damage)]
CORPUS = [mutation for damage in DAMAGES for mutation in islice(line_mutations(*damage), 8)]


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) >= 200
    assert {name.partition("@")[0] for name, _, _ in CORPUS} == {name for name, _, _ in DAMAGES}


@pytest.mark.parametrize(("name", "line", "text"), CORPUS, ids=[item[0] for item in CORPUS])
def test_each_damage_is_found_where_it_is(name: str, line: int, text: str) -> None:
    report = lint_text(text, "sein.yaml")
    errors = [issue for issue in report.issues if issue.severity is not Severity.INFO]
    assert errors, text.split("\n")[line - 1]
    near = [issue for issue in errors if abs(issue.place.line - line) <= 1]
    assert near, [str(issue) for issue in errors]
    assert all(issue.fact.endswith((".", "?", ")")) and issue.remedy for issue in near)


@pytest.mark.campaign
@pytest.mark.parametrize(("name", "line", "text"), EVERYWHERE, ids=[i[0] for i in EVERYWHERE])
def test_each_damage_is_found_everywhere(name: str, line: int, text: str) -> None:
    test_each_damage_is_found_where_it_is(name, line, text)


WHOLE_FIELDS = SOURCE.index("\nalertes:")
"""From here on, a cut may leave a form that is whole."""


@pytest.mark.parametrize("length", range(0, len(SOURCE), 997))
def test_a_truncated_file_never_crashes(length: int) -> None:
    report = lint_text(SOURCE[:length], "sein.yaml")
    assert report.issues or length > WHOLE_FIELDS


def test_lines_in_any_order_never_crash() -> None:
    for shift in range(1, len(LINES), 17):
        lint_text("\n".join([*LINES[shift:], *LINES[:shift]]), "sein.yaml")


def test_every_code_is_in_the_catalogue_and_used() -> None:
    root = Path(__file__).parents[2] / "src" / "dcc_rcp_forms"
    sources = [path for path in root.rglob("*.py") if path.name != "codes.py"]
    used = {
        code for path in sources for code in re.findall(r'"(FRM-\d{3})"', path.read_text("utf-8"))
    }
    assert used == set(CODES)
