"""A form as an accessible page that works without script: one form, one button."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from dcc_rcp_forms.engine.state import FormState
from dcc_rcp_forms.engine.stored import Stored
from dcc_rcp_forms.exports.texts import shown
from dcc_rcp_forms.language.model import Field, FieldKind, Phase, Section
from dcc_rcp_forms.loading import LoadedForm

_EMPTY_ROWS = 1


def form_page(loaded: LoadedForm, answers: Mapping[str, Stored], state: FormState) -> str:
    """Return the page of a fiche as it stands."""
    template = _environment().get_template("rcp_forms/fiche.html")
    return template.render(
        missing=state.missing_at(Phase.AFTER), **form_values(loaded, answers, state)
    )


def form_values(
    loaded: LoadedForm, answers: Mapping[str, Stored], state: FormState
) -> dict[str, Any]:
    """Return what a template needs to draw a fiche with `rcp_forms/_champ.html`."""
    return {
        "form": loaded.form,
        "state": state,
        "answers": answers,
        "errors": {error.path: error.message for error in state.errors},
        **_functions(loaded, answers, state),
    }


def _functions(
    loaded: LoadedForm, answers: Mapping[str, Stored], state: FormState
) -> dict[str, Callable[..., Any]]:
    labels = {field.id: field.label for field in loaded.form.fields()}
    visible = set(state.visible)
    missing = {item.path for item in state.missing}

    def shown_fields(section: Section) -> list[Field]:
        return [field for field in section.fields if field.id in visible]

    def rows(field: Field) -> int:
        stored = answers.get(field.id)
        return (len(stored) if isinstance(stored, list | tuple) else 0) + _EMPTY_ROWS

    def cell(field: Field, key: int | str, column: Field) -> Stored:
        stored = answers.get(field.id)
        if isinstance(key, int):
            row = stored[key] if isinstance(stored, list | tuple) and key < len(stored) else {}
        else:
            row = stored.get(key, {}) if isinstance(stored, Mapping) else {}
        return row.get(column.id)

    return {
        "shown_fields": shown_fields,
        "rows": rows,
        "cell": cell,
        "shown": _typed,
        "options": lambda field, stored: list(_options(field, stored)),
        "raw": lambda stored: (
            {True: "oui", False: "non"}.get(stored, stored) if isinstance(stored, bool) else stored
        ),
        "is_required": lambda field: field.required is True or field.id in missing,
        "label": lambda path: labels.get(path.split("[")[0], path),
    }


def _typed(field: Field, stored: Stored) -> str:
    """Write an answer as it would be typed again: a number without its unit."""
    if isinstance(stored, int | float) and not isinstance(stored, bool):
        return f"{stored:.15g}".replace(".", ",")
    return shown(field, stored)


def _options(field: Field, stored: Stored) -> Iterator[tuple[str, str]]:
    if field.kind is FieldKind.YES_NO:
        yield from (("oui", "Oui"), ("non", "Non"))
    for choice in field.choices:
        kept = choice.code == stored or (isinstance(stored, list) and choice.code in stored)
        if kept or not choice.is_retired:
            yield choice.code, choice.label


@cache
def _environment() -> Environment:
    loader = PackageLoader("dcc_rcp_forms", "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
