"""What of a fiche may leave it: visible answers and computed values, hidden ones never."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dcc_rcp_forms.engine.state import FormState
from dcc_rcp_forms.engine.stored import Stored
from dcc_rcp_forms.exports.texts import shown
from dcc_rcp_forms.language.model import Choice, Field, FieldKind, Form, Printed, Section


@dataclass(frozen=True, slots=True)
class Answered:
    """A field with what is known of it.

    Attributes:
        stored: the stored answer, or the value of a computed field.
        text: the same as people read it.
    """

    field: Field
    stored: Stored
    text: str

    @property
    def absence(self) -> str:
        """Return the declared absence, empty when there is none."""
        absent = isinstance(self.stored, Mapping) and "absent" in self.stored
        return str(self.stored["absent"]) if absent else ""

    @property
    def choice(self) -> Choice | None:
        """Return the value chosen, for a choice or a labelled scale."""
        code = self.text.split(" ")[0] if self.field.kind is FieldKind.SCALE else self.stored
        return next((item for item in self.field.choices if item.code == code), None)

    def rows(self) -> list[Mapping[str, Any]]:
        """Return the rows of a table as stored."""
        return list(self.stored) if isinstance(self.stored, list | tuple) else []


@dataclass(frozen=True, slots=True)
class Fiche:
    """A form, its answers and what they make of it."""

    form: Form
    answers: Mapping[str, Stored]
    state: FormState

    def answered(self, section: Section) -> Iterator[Answered]:
        """Iterate over the visible fields of a section that hold something."""
        for field in section.fields:
            if field.id not in self.state.visible or field.kind is FieldKind.FIXED_TEXT:
                continue
            stored = (
                self.answers.get(field.id)
                if field.is_answerable
                else self.state.values.get(field.id)
            )
            if stored not in (None, "", [], {}):
                yield Answered(field, stored, shown(field, stored))

    def by_slot(self) -> dict[str, Answered]:
        """Return what fills each named slot."""
        return {
            item.field.slot: item
            for section in self.form.sections
            for item in self.answered(section)
            if item.field.slot
        }

    def printed(self, section: Section) -> Iterator[Answered]:
        """Iterate over what goes on paper."""
        return (item for item in self.answered(section) if item.field.printed is not Printed.NEVER)
