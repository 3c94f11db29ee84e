"""The forms of the national pack as the core knows forms."""

from functools import cache
from pathlib import Path

from dcc_core.api import FormModel
from dcc_rcp_forms.composition.catalogue import NATIONAL_PACK
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.loading import LoadedForm, load_form

BASE_FORM = "socle-frcp"


class PackError(ValueError):
    """A form of an installed pack cannot be used; the message gives its first fault."""


@cache
def national_models(folder: Path = NATIONAL_PACK) -> tuple[FormModel, ...]:
    """Return the forms of a pack in alphabetic order; the common base is not a form of its own.

    An installed pack does not change while the process lives, so it is composed once.

    Raises:
        PackError: a file of the pack has errors.
    """
    paths = (path for path in sorted(folder.glob("*.yaml")) if path.stem != BASE_FORM)
    return tuple(form_model(load_pack_form(path)) for path in paths)


def load_pack_form(path: Path) -> LoadedForm:
    """Load a form of a pack; a pack with errors is refused whole."""
    findings = Findings()
    loaded = load_form(path, findings)
    if loaded is None or findings.has_errors:
        raise PackError(str(findings.in_order()[0]))
    return loaded


def form_model(loaded: LoadedForm) -> FormModel:
    """Return a form as the hooks exchange it: self-contained source and its digest."""
    base = loaded.form.bases[0].replace(" ", "@") if loaded.form.bases else ""
    return FormModel(
        code=loaded.form.id,
        version=loaded.form.version,
        title=loaded.form.title,
        digest=loaded.content_hash,
        source=loaded.source,
        extends=base,
    )
