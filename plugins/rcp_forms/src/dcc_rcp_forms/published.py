"""The forms of the national pack and of a region's own packs, as the core knows forms."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from dcc_core.api import FormModel, Region
from dcc_rcp_forms.composition.catalogue import NATIONAL_PACK
from dcc_rcp_forms.language.issues import Findings, Issue
from dcc_rcp_forms.loading import LoadedForm, load_form

BASE_FORM = "socle-frcp"
BASE_NOT_FOUND = "FRM-405"


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


def region_models(region: Region) -> tuple[FormModel, ...]:
    """Return the forms of a region: the national pack, then its own packs in their order.

    Raises:
        PackError: a pack is not there, or a file of one has errors.
    """
    own = [model for pack in region.form_packs for model in national_models(_pack_folder(pack))]
    return (*national_models(), *own)


def _pack_folder(pack: str) -> Path:
    """Return the folder that ``package:folder`` names."""
    package, _, folder = pack.partition(":")
    try:
        found = Path(str(files(package))) / folder
    except ModuleNotFoundError as error:
        raise PackError(f"FRM-420 le paquet {package} n'est pas installé.") from error
    if not found.is_dir():
        raise PackError(f"FRM-420 le paquet {package} n'a pas de dossier {folder}.")
    return found


def load_pack_form(path: Path) -> LoadedForm:
    """Load a form of a pack; a pack with errors is refused whole."""
    findings = Findings()
    loaded = load_form(path, findings)
    if loaded is None or findings.has_errors:
        raise PackError(str(_first_cause(findings)))
    return loaded


def _first_cause(findings: Findings) -> Issue:
    """Return what to look at first: a base that is not found explains what else is missing."""
    ordered = findings.in_order()
    return next((issue for issue in ordered if issue.code == BASE_NOT_FOUND), ordered[0])


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
