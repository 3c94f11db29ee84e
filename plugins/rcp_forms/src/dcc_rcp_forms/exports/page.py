"""A form as an accessible page that works without script: one form, one button."""

from collections.abc import Mapping
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from dcc_rcp_forms.engine.state import FormState
from dcc_rcp_forms.engine.stored import Stored
from dcc_rcp_forms.exports.controls import Controls
from dcc_rcp_forms.language.model import Phase
from dcc_rcp_forms.loading import LoadedForm


def form_page(loaded: LoadedForm, answers: Mapping[str, Stored], state: FormState) -> str:
    """Return the page of a fiche as it stands: what shows now, nothing else."""
    controls = Controls(loaded, answers, state)
    template = standalone_templates().get_template("rcp_forms/fiche.html")
    return template.render(missing=state.missing_at(Phase.AFTER), **controls.values())


@cache
def standalone_templates() -> Environment:
    """Return the templates outside a region: for files and for an author's own machine."""
    loader = PackageLoader("dcc_rcp_forms", "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
