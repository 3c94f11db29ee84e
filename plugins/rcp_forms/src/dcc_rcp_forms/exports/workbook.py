"""A form as a workbook: a view for those who read tables. Codes stay text, formulas never run."""

import io
from collections.abc import Iterable, Iterator, Sequence

from dcc_rcp_forms.exports.dictionary import HEADINGS, dictionary_rows
from dcc_rcp_forms.exports.plain import one_line
from dcc_rcp_forms.language.model import Form

CHOICE_HEADINGS = ("champ", "code", "libellé", "points", "codes nationaux", "retiré")
ALERT_HEADINGS = ("alerte", "si", "message", "niveau", "bloque")
EXAMPLE_HEADINGS = ("essai", "champ", "réponse ou attente", "valeur")


def workbook(form: Form) -> bytes:
    """Return the form as XLSX, every cell typed as text: `2+` and `3/4` stay what they are."""
    from openpyxl import Workbook  # type: ignore[import-untyped]  # no types published
    from openpyxl.styles import Alignment, Font  # type: ignore[import-untyped]  # same
    from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]  # same

    book = Workbook()
    book.remove(book.worksheets[0])
    for title, headings, rows in _sheets(form):
        sheet = book.create_sheet(title)
        for number, row in enumerate([headings, *rows], 1):
            for column, text in enumerate(row, 1):
                cell = sheet.cell(number, column, text)
                cell.data_type = "s"
                cell.number_format = "@"
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                cell.font = Font(bold=number == 1)
        sheet.freeze_panes = "A2"
        for column in range(1, len(headings) + 1):
            sheet.column_dimensions[get_column_letter(column)].width = 24
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheets(form: Form) -> Iterator[tuple[str, Sequence[str], Iterable[Sequence[str]]]]:
    yield "champs", HEADINGS, dictionary_rows(form)
    yield "listes", CHOICE_HEADINGS, _choices(form)
    yield "alertes", ALERT_HEADINGS, _alerts(form)
    yield "essais", EXAMPLE_HEADINGS, _examples(form)


def _choices(form: Form) -> Iterator[tuple[str, ...]]:
    for field in form.fields():
        for item in (field, *field.columns):
            name = field.id if item is field else f"{field.id}.{item.id}"
            for choice in item.choices:
                points = "" if choice.points is None else f"{choice.points:g}".replace(".", ",")
                codes = ", ".join(f"{system} {code}" for system, code in choice.codings.items())
                yield (
                    name,
                    choice.code,
                    choice.label,
                    points,
                    codes,
                    "oui" if choice.is_retired else "",
                )


def _alerts(form: Form) -> Iterator[tuple[str, ...]]:
    for alert in form.alerts:
        yield alert.id, alert.condition.text, alert.message, alert.level, alert.blocks


def _examples(form: Form) -> Iterator[tuple[str, ...]]:
    for example in form.examples:
        for name, node in example.answers.items():
            yield example.name, name, "réponse", one_line(node)
        for name, scalar in example.expected.items():
            yield example.name, name, "attendu", scalar.text
