"""A form as an accessible page that works without script: one form, one button."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from dcc_rcp_forms.engine.state import FormState
from dcc_rcp_forms.engine.stored import Stored
from dcc_rcp_forms.exports.controls import Controls
from dcc_rcp_forms.language.model import Phase
from dcc_rcp_forms.loading import LoadedForm


def form_page(loaded: LoadedForm, answers: Mapping[str, Stored], state: FormState) -> str:
    """Return the page of a fiche as it stands: what shows now, nothing else."""
    template = standalone_templates().get_template("rcp_forms/fiche.html")
    values = form_values(loaded, answers, state)
    return template.render(missing=state.missing_at(Phase.AFTER), **values)


def form_values(
    loaded: LoadedForm,
    answers: Mapping[str, Stored],
    state: FormState,
    *,
    is_live: bool = False,
) -> dict[str, Any]:
    """Return what a template needs to draw a fiche with `rcp_forms/_champs.html`.

    Args:
        is_live: give the fields that do not show too (`is_shown` tells), for `live.js` to show.
    """
    return Controls(loaded, answers, state, is_live=is_live).values()


@cache
def standalone_templates() -> Environment:
    """Return the templates outside a region: for files and for an author's own machine."""
    loader = PackageLoader("dcc_rcp_forms", "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
