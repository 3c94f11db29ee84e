"""What the templates of a form ask about its fields: the same questions on every page."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from dcc_rcp_forms.engine.state import FormState
from dcc_rcp_forms.engine.stored import Stored
from dcc_rcp_forms.exports.reasons import reason_shown
from dcc_rcp_forms.exports.texts import shown
from dcc_rcp_forms.language.model import Field, FieldKind, Phase, Section
from dcc_rcp_forms.loading import LoadedForm

_EMPTY_ROWS = 1
_FEW_CHOICES = 6
_SPANS = {
    FieldKind.LONG_TEXT: 6,
    FieldKind.TABLE: 6,
    FieldKind.MATRIX: 6,
    FieldKind.FIXED_TEXT: 6,
    FieldKind.CHOICES: 6,
    FieldKind.NUMBER: 2,
    FieldKind.SCALE: 2,
    FieldKind.DATE: 2,
    FieldKind.TIME: 2,
}
_MOMENTS = {
    Phase.PREPARATION: "requis pour l'inscription",
    Phase.SESSION: "requis pour l'avis",
    Phase.AFTER: "requis après la séance",
}
Widget = Callable[[Field, str, str, str], str]
"""Draws the control of a field type that a plugin brings: field, id, name, value."""


@dataclass(frozen=True, slots=True)
class Controls:
    """The fields of a form as templates draw them.

    Attributes:
        is_live: draw the hidden fields too, for a script to show them.
        id_prefix: what stands before every id, so that none meets an id of the page around.
        revisions: field → revision of its last change.
        sources: field → where its answer comes from, as people read it.
        widget: draws the fields of types that plugins bring.
        conflicts: field → what is drawn under it when two people wrote it.
    """

    loaded: LoadedForm
    answers: Mapping[str, Stored]
    state: FormState
    is_live: bool = False
    id_prefix: str = ""
    revisions: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    widget: Widget | None = None
    conflicts: Mapping[str, str] = field(default_factory=dict)

    def values(self) -> dict[str, Any]:
        """Return what `_champs.html` needs."""
        state, answers = self.state, self.answers
        visible = set(state.visible)
        missing = {item.path for item in state.missing}
        fields = {item.id: item for item in self.loaded.form.fields()}
        conditions = {step.id: step.visible for step in self.loaded.program.steps}
        return {
            "form": self.loaded.form,
            "state": state,
            "answers": answers,
            "id_prefix": self.id_prefix,
            "errors": {error.path: error.message for error in state.errors},
            "shown_fields": lambda section: list(self._fields(section, visible)),
            "is_shown": lambda item: item.id in visible,
            "is_section_shown": lambda section: any(f.id in visible for f in section.fields),
            "is_group": is_group,
            "is_required": lambda item: item.required is True or item.id in missing,
            "moment_of": lambda item: _MOMENTS[item.phase],
            "span_of": _span,
            "rows": self._rows,
            "cell": self._cell,
            "shown": typed_text,
            "shown_value": lambda item: shown(item, state.values.get(item.id)),
            "options": lambda item, stored: list(_options(item, stored)),
            "raw": _raw,
            "label": lambda path: _label_of(path, fields),
            "line_of": lambda item: item.place.line,
            "revision_of": lambda item: self.revisions.get(item.id, 0),
            "source_of": lambda item: self.sources.get(item.id, ""),
            "why": lambda item: reason_shown(conditions[item.id], fields) if self.is_live else "",
            "widget_of": self._widget,
            "conflict_of": lambda item: Markup(self.conflicts.get(item.id, "")),  # noqa: S704
        }

    def _fields(self, section: Section, visible: set[str]) -> Iterator[Field]:
        for item in section.fields:
            if item.id in visible or (self.is_live and not item.is_hidden):
                yield item

    def _rows(self, item: Field) -> int:
        stored = self.answers.get(item.id)
        return (len(stored) if isinstance(stored, list | tuple) else 0) + _EMPTY_ROWS

    def _cell(self, item: Field, key: int | str, column: Field) -> Stored:
        stored = self.answers.get(item.id)
        row: Any = {}
        if isinstance(key, int):
            if isinstance(stored, list | tuple) and key < len(stored):
                row = stored[key]
        elif isinstance(stored, Mapping):
            row = stored.get(key)
        return row.get(column.id) if isinstance(row, Mapping) else None

    def _widget(self, item: Field, control_id: str, name: str, stored: Stored) -> str:
        if not item.extension or self.widget is None:
            return ""
        return self.widget(item, control_id, name, typed_text(item, stored))


def _label_of(path: str, fields: Mapping[str, Field]) -> str:
    found = fields.get(path.split("[")[0])
    return found.label if found else path


def typed_text(item: Field, stored: Stored) -> str:
    """Write an answer as it would be typed again: a number without its unit."""
    if isinstance(stored, int | float) and not isinstance(stored, bool):
        return f"{stored:.15g}".replace(".", ",")
    if isinstance(stored, Mapping):
        return ""
    return shown(item, stored)


def is_group(item: Field) -> bool:
    """Tell whether a field is several controls under one legend."""
    if item.kind in {FieldKind.CHOICES, FieldKind.YES_NO, FieldKind.TABLE, FieldKind.MATRIX}:
        return True
    return item.kind is FieldKind.CHOICE and len(item.choices) <= _FEW_CHOICES


def _span(item: Field) -> int:
    if item.kind is FieldKind.CHOICE and sum(len(c.label) + 6 for c in item.choices) > 50:
        return 6 if len(item.choices) <= _FEW_CHOICES else 3
    return _SPANS.get(item.kind, 3)


def _raw(stored: Stored) -> Stored:
    return ("oui" if stored else "non") if isinstance(stored, bool) else stored


def _options(item: Field, stored: Stored) -> Iterator[tuple[str, str]]:
    if item.kind is FieldKind.YES_NO:
        yield from (("oui", "Oui"), ("non", "Non"))
    for choice in item.choices:
        kept = choice.code == stored or (isinstance(stored, list) and choice.code in stored)
        if kept or not choice.is_retired:
            yield choice.code, choice.label
