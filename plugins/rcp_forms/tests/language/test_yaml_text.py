"""Damaged and hostile files are refused with advice, at the right place, without effort."""

import time
from pathlib import Path

import pytest

from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.language.nodes import Mapping, Scalar
from dcc_rcp_forms.language.yaml_text import MAX_CHARACTERS, load_yaml_file, load_yaml_text


def first_issue(text: str) -> tuple[str, int, int, str]:
    findings = Findings()
    load_yaml_text(text, "f.yaml", findings)
    issue = findings.in_order()[0]
    return issue.code, issue.place.line, issue.place.column, f"{issue.fact} {issue.remedy}"


def test_scalars_stay_text() -> None:
    tree = load_yaml_text('a: 2.10\nb: non\nc: "0"\nd: 2024-03-15\n', "f.yaml", Findings())
    assert isinstance(tree, Mapping)
    texts = {key: node.text for key, node in tree.entries.items() if isinstance(node, Scalar)}
    assert texts == {"a": "2.10", "b": "non", "c": "0", "d": "2024-03-15"}


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "advice"),
    [
        ("a: b: c\n", "FRM-005", 1, 5, "entre guillemets"),
        ("a:\n\t- b\n", "FRM-005", 2, 1, "espaces"),
        ("a: [1, 2\nb: 3\n", "FRM-005", 1, 4, "Comptez"),
        ('a: "x\nb: 1\n', "FRM-005", 1, 4, "guillemet"),
        ("a: 'x'y\n", "FRM-005", 1, 7, "Du texte suit un guillemet"),
        ("a: @x\n", "FRM-005", 1, 4, "signe réservé"),
        ("a: - b\n", "FRM-005", 1, 4, "tiret"),
        ("a: >= 3\n", "FRM-005", 1, 5, "signe réservé"),
        ('a: "\\q"\n', "FRM-005", 1, 5, "barre oblique"),
        ("- a\nb: 1\n", "FRM-005", 2, 1, "aligné"),
        ("a: 1\na: 2\n", "FRM-006", 2, 1, "ligne 1"),
        ("", "FRM-007", 1, 1, "vide"),
        ("# rien\n", "FRM-007", 1, 1, "vide"),
        ("[a, b]\n", "FRM-007", 1, 1, "clé: valeur"),
        ("a: 1\n---\nb: 2\n", "FRM-008", 2, 1, "un seul formulaire"),
        ("a: \x01\n", "FRM-009", 1, 4, "copier-coller"),
        ("r: {si: max(a, b), c: d}\n", "FRM-010", 1, 16, "virgule"),
        ("a: &x 1\nb: *x\n", "FRM-004", 1, 4, "listes"),
        ("a: !!python/object:os.system x\n", "FRM-004", 1, 4, "étiquettes"),
        ("a: !local x\n", "FRM-004", 1, 4, "étiquettes"),
        ("{[a]: b}\n", "FRM-103", 1, 2, "simple mot"),
    ],
)
def test_faults_are_placed_and_explained(
    text: str, code: str, line: int, column: int, advice: str
) -> None:
    found = first_issue(text)
    assert found[:3] == (code, line, column)
    assert advice in found[3]


def test_billion_laughs_is_refused_at_its_first_anchor() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(9)
    )
    assert first_issue(bomb)[0] == "FRM-004"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: " + "[" * 50_000, "FRM-003"),
        ("a: " + "{b: " * 5_000, "FRM-003"),
        ("a: x" * (MAX_CHARACTERS // 2), "FRM-002"),
        ("a: [" + "x," * 300_000 + "]", "FRM-003"),
    ],
)
def test_bombs_are_refused_quickly(text: str, code: str) -> None:
    start = time.process_time()
    assert first_issue(text)[0] == code
    assert time.process_time() - start < 3


def test_two_megabytes_of_pasted_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "gros.yaml"
    path.write_text("titre: " + "Texte collé. " * 160_000, encoding="utf-8")
    findings = Findings()
    assert load_yaml_file(path, findings) is None
    assert [issue.code for issue in findings] == ["FRM-002"]


def test_a_file_in_another_encoding_is_refused_where_it_starts(tmp_path: Path) -> None:
    path = tmp_path / "vieux.yaml"
    path.write_bytes("fiche: a\ntitre: Rechute précoce\n".encode("latin-1"))
    findings = Findings()
    assert load_yaml_file(path, findings) is None
    assert [(issue.code, issue.place.line) for issue in findings] == [("FRM-001", 2)]


def test_a_missing_file_is_one_finding(tmp_path: Path) -> None:
    findings = Findings()
    assert load_yaml_file(tmp_path / "absent.yaml", findings) is None
    assert [issue.code for issue in findings] == ["FRM-001"]


def test_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path: Path) -> None:
    path = tmp_path / "windows.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    tree = load_yaml_file(path, Findings())
    assert tree is not None
    assert list(tree.entries) == ["a", "b"]
    assert tree.key_place("b").line == 2


def test_decomposed_accents_are_the_same_name() -> None:
    tree = load_yaml_text("me\u0301nopause: oui\n", "f.yaml", Findings())
    assert tree is not None
    assert list(tree.entries) == ["ménopause"]
