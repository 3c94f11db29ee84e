"""Values as people read them."""

from collections.abc import Mapping
from typing import Any

from dcc_rcp_forms.engine.stored import Stored
from dcc_rcp_forms.expressions.dates import french_text
from dcc_rcp_forms.language.field_types import FIELD_TYPES
from dcc_rcp_forms.language.model import Field, FieldKind

_ABSENT = {"inconnu": "Inconnu", "non fait": "Non fait"}


def shown(field: Field, stored: Stored) -> str:
    """Write a stored answer, or a computed value, the French way; empty when there is none."""
    if stored is None or stored in ("", [], (), {}):
        return ""
    if isinstance(stored, Mapping) and "absent" in stored:
        return _ABSENT.get(stored["absent"], "")
    if field.extension and (extension := FIELD_TYPES.find(field.extension)):
        return extension.to_text(stored)
    match field.kind:
        case FieldKind.CHOICE | FieldKind.CHOICES:
            codes = stored if isinstance(stored, list | tuple) else [stored]
            labels = {choice.code: choice.label for choice in field.choices}
            return ", ".join(labels.get(code, str(code)) for code in codes)
        case FieldKind.SCALE:
            return _scale(field, stored)
        case FieldKind.DATE:
            return french_text(str(stored))
        case FieldKind.TABLE | FieldKind.MATRIX:
            return ""
        case _:
            return _plain(stored, field.unit)


def _scale(field: Field, stored: Stored) -> str:
    written = _plain(stored, "")
    label = next((choice.label for choice in field.choices if choice.code == written), "")
    return f"{written} ({label})" if label else written


def _plain(value: Any, unit: str) -> str:
    if isinstance(value, bool):
        return "Oui" if value else "Non"
    if isinstance(value, int | float):
        whole = float(value).is_integer()
        written = str(int(value)) if whole else repr(float(value)).replace(".", ",")
        return f"{written}\u00a0{unit}" if unit else written
    return str(value)
