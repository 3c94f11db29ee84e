"""Rows added to a workbook become fields and values of the file; what cannot is told why."""

import io
from pathlib import Path

import pytest
from openpyxl import load_workbook  # type: ignore[import-untyped]  # no types published

from dcc_rcp_forms.composition.catalogue import NATIONAL_PACK
from dcc_rcp_forms.exports.workbook import workbook
from dcc_rcp_forms.exports.workbook_additions import NewChoice, NewField, read_additions
from dcc_rcp_forms.exports.workbook_import import apply_changes, read_changes
from dcc_rcp_forms.linter.lint import lint_text

SOURCE = (NATIONAL_PACK / "sein.yaml").read_text(encoding="utf-8")
FORM = lint_text(SOURCE, "sein.yaml").loaded
assert FORM is not None


def book_with(tmp_path: Path, sheet: str, *rows: tuple[str, ...], after: str = "") -> Path:
    assert FORM is not None
    book = load_workbook(io.BytesIO(workbook(FORM.form)))
    lines = book[sheet]
    place = lines.max_row + 1
    for number, row in enumerate(lines.iter_rows(values_only=True), 1):
        if after and row[1] == after:
            place = number + 1
    lines.insert_rows(place, len(rows))
    for offset, row in enumerate(rows):
        for column, text in enumerate(row, 1):
            lines.cell(place + offset, column, text)
    path = tmp_path / "classeur.xlsx"
    book.save(path)
    return path


def test_a_new_row_becomes_a_field_where_it_stands_and_comments_stay(tmp_path: Path) -> None:
    assert FORM is not None
    row = (
        "lésion",
        "fixité",
        "Fixité à la paroi",
        "choix",
        "",
        "",
        "",
        "",
        "",
        "oui=Oui | non=Non",
    )
    path = book_with(tmp_path, "champs", row, after="côté")
    [item] = read_additions(FORM.form, path)
    assert isinstance(item, NewField)
    assert (item.name, item.after, item.refusal) == ("fixité", "côté", "")
    assert read_changes(FORM.form, path) == []
    after = apply_changes(SOURCE, [], [item], FORM.form)
    assert after.count("#") == SOURCE.count("#")
    report = lint_text(after, "sein.yaml")
    assert report.loaded is not None
    lesion = [
        field.id for s in report.loaded.form.sections if s.id == "lésion" for field in s.fields
    ]
    assert lesion.index("fixité") == lesion.index("côté") + 1
    assert [c.label for c in report.loaded.form.field("fixité").choices] == ["Oui", "Non"]
    assert report.is_clean


def test_a_new_value_joins_the_shared_list_of_its_field(tmp_path: Path) -> None:
    assert FORM is not None
    path = book_with(tmp_path, "listes", ("histo", "mucineux", "Carcinome mucineux", "", "", ""))
    [item] = read_additions(FORM.form, path)
    assert isinstance(item, NewChoice)
    after = apply_changes(SOURCE, [], [item], FORM.form)
    assert "mucineux: Carcinome mucineux" in after
    report = lint_text(after, "sein.yaml")
    assert report.loaded is not None
    assert "mucineux" in {choice.code for choice in report.loaded.form.field("histo").choices}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (("lésion", "score", "=A1+B1", "nombre"), "formule"),
        (("patient", "taille_2", "Taille", "nombre"), "section"),
        (("lésion", "sans_type", "Sans type", ""), "libellé et un type"),
        (("lésion", "grille", "Grille", "tableau"), "s'écrit dans le fichier"),
    ],
)
def test_rows_that_cannot_be_fields_are_told_why(
    tmp_path: Path, row: tuple[str, ...], why: str
) -> None:
    assert FORM is not None
    [item] = read_additions(FORM.form, book_with(tmp_path, "champs", row))
    assert why in item.refusal
    assert apply_changes(SOURCE, [], [item], FORM.form).count("champs:") == SOURCE.count("champs:")


def test_a_code_mangled_by_the_spreadsheet_is_caught_by_the_linter(tmp_path: Path) -> None:
    assert FORM is not None
    path = book_with(tmp_path, "listes", ("her2", "2-mars", "2+", "", "", ""))
    [item] = read_additions(FORM.form, path)
    report = lint_text(apply_changes(SOURCE, [], [item], FORM.form), "sein.yaml")
    assert "FRM-114" in {issue.code for issue in report.issues}
