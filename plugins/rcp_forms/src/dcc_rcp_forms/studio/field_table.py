"""The fields of a form as lines of a table."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dcc_rcp_forms.language.model import Field, Form


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field as a line of the table; `is_own` tells whether this file may change it."""

    field: Field
    section: str
    is_own: bool

    def text(self, attribute: str) -> str:
        """Return an attribute as it is written in the file."""
        return _WRITTEN[attribute](self.field)


def field_rows(form: Form) -> Iterator[FieldRow]:
    """Yield the fields section by section."""
    for section in form.sections:
        for item in section.fields:
            is_own = item.place.file == form.place.file and not item.prefix
            yield FieldRow(item, section.title, is_own)


def _required(item: Field) -> str:
    if isinstance(item.required, bool):
        return "oui" if item.required else ""
    return item.required.text


_WRITTEN: dict[str, Callable[[Field], str]] = {
    "libellé": lambda item: item.label,
    "unité": lambda item: item.unit,
    "obligatoire": _required,
    "si": lambda item: item.visible_if[-1].text if item.visible_if else "",
    "min": lambda item: item.low.text if item.low else "",
    "max": lambda item: item.high.text if item.high else "",
}
TABLE_ATTRIBUTES = ("libellé", "unité", "obligatoire", "si", "min", "max")
