"""The dictionary of a form: one row per field, for spreadsheets and data managers."""

import csv
import io
from collections.abc import Iterator

from dcc_rcp_forms.language.model import Choice, Field, Form, Rule
from dcc_rcp_forms.language.nodes import Scalar

HEADINGS = (
    "section", "champ", "libellé", "type", "unité", "obligatoire", "si", "min", "max", "valeurs",
    "phase", "cda", "statistique", "calcul", "depuis", "aide", "verrou",
)  # fmt: skip


def dictionary_rows(form: Form) -> Iterator[tuple[str, ...]]:
    """Yield one row per field and per column, all cells text."""
    for section in form.sections:
        for field in section.fields:
            yield _row(section.id, field.id, field)
            for column in field.columns:
                yield _row(section.id, f"{field.id}.{column.id}", column)


def dictionary_csv(form: Form) -> str:
    """Return the dictionary as CSV; cells a spreadsheet would run as formulas are disarmed."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADINGS)
    writer.writerows([disarmed(cell) for cell in row] for row in dictionary_rows(form))
    return out.getvalue()


def disarmed(cell: str) -> str:
    """Put an apostrophe before a cell that a spreadsheet would take for a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell


def _row(section: str, name: str, field: Field) -> tuple[str, ...]:
    return (
        section,
        name,
        field.label,
        field.kind,
        field.unit,
        _required(field.required),
        " et ".join(
            f"({rule.text})" if len(field.visible_if) > 1 else rule.text
            for rule in field.visible_if
        ),
        _text(field.low),
        _text(field.high),
        " | ".join(_choice(choice) for choice in (*field.choices, *field.rows)),
        field.phase,
        field.slot,
        field.statistic,
        _formula(field),
        f"{field.source.origin}.{field.source.path or field.source.loinc}" if field.source else "",
        field.help,
        field.lock,
    )


def _choice(choice: Choice) -> str:
    codes = ", ".join(f"{system} {code}" for system, code in choice.codings.items())
    label = "" if choice.label == choice.code else f"={choice.label}"
    return f"{choice.code}{label}{f' [{codes}]' if codes else ''}"


def _required(required: Rule | bool) -> str:
    return required.text if isinstance(required, Scalar) else "oui" if required else ""


def _text(rule: Rule | None) -> str:
    return rule.text if rule else ""


def _formula(field: Field) -> str:
    if field.formula:
        return field.formula.text
    cases = [
        f"{case.condition.text} → {_text(case.literal) or _text(case.formula)}"
        for case in field.cases
    ]
    return " | ".join([*cases, *([f"sinon {field.otherwise.text}"] if field.otherwise else [])])
