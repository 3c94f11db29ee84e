"""Bring the cells of the studio's table back into the text of a draft."""

from collections.abc import Mapping

from dcc_core.api import InvalidInput
from dcc_rcp_forms.exports.workbook_import import CellChange, apply_changes
from dcc_rcp_forms.linter.lint import lint_text
from dcc_rcp_forms.studio.field_table import TABLE_ATTRIBUTES, field_rows


def apply_table(text: str, form_id: str, cells: Mapping[str, str]) -> str:
    """Return the text with the cells that differ, written `attribut:champ`.

    Raises:
        InvalidInput: `FRM-S25` the text cannot be read: only the text view can mend it.
    """
    loaded = lint_text(text, f"{form_id}.yaml").loaded
    if loaded is None:
        raise InvalidInput(
            "FRM-S25", "Le texte ne se lit pas encore : corrigez-le dans la vue YAML d'abord."
        )
    changes = [
        CellChange(row.field.id, name, row.text(name), after)
        for row in field_rows(loaded.form)
        if row.is_own
        for name in TABLE_ATTRIBUTES
        if (after := cells.get(f"{name}:{row.field.id}", row.text(name)).strip()) != row.text(name)
    ]
    return apply_changes(text, changes) if changes else text
