"""The template of regions: where it is, and how it is written out."""

from collections.abc import Mapping
from pathlib import Path

from dcc_core.errors import ConfigError

FOLDER = "cookiecutter-region"


def nearby_template() -> str:
    """Return the template of the checkout that the core runs from.

    Raises:
        ConfigError: ``DCC-R001`` there is none.
    """
    for parent in Path(__file__).parents:
        if (parent / FOLDER / "cookiecutter.json").is_file():
            return str(parent / FOLDER)
    raise ConfigError(
        "DCC-R001",
        "the template of regions is not beside this installation. Give --template with its folder,"
        " its zip or its repository.",
    )


def bake(template: str, into: Path, answers: Mapping[str, str], ask: bool = False) -> Path:
    """Write a region from a template and return its folder.

    Raises:
        ConfigError: ``DCC-R002`` cookiecutter is not installed, ``DCC-R003`` answers are refused.
    """
    try:
        from cookiecutter.exceptions import CookiecutterException
        from cookiecutter.main import cookiecutter
    except ImportError as error:
        raise ConfigError(
            "DCC-R002", "writing a region needs cookiecutter. Install dcc-core[scaffold]."
        ) from error
    try:
        written = cookiecutter(
            template, no_input=not ask, extra_context=dict(answers), output_dir=str(into)
        )
    except CookiecutterException as error:
        raise ConfigError("DCC-R003", f"the region was not written. {error}") from error
    return Path(written)
