"""The template environment: region before plugin before core, each original still reachable.

A template is named ``<owner>/<file>``, where the owner is ``core`` or a plugin. A region overrides
one by a file of the same name, and may extend the original as ``core:<file>`` or
``plugin:<name>/<file>``.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound, select_autoescape

from dcc_core.web.assets import package_folder
from dcc_core.web.i18n import say, say_number
from dcc_core.web.sentences import ConstantEnvironment

CORE_TEMPLATES = "dcc_core.web:templates"
_CORE = "core"
Source = tuple[str, str | None, Callable[[], bool] | None]


class OverridableLoader(BaseLoader):
    """Find a template in the region, then with its owner."""

    def __init__(self, owners: Mapping[str, str], region: str | None = None) -> None:
        self._owners = {name: package_folder(folder) for name, folder in owners.items()}
        self._region = package_folder(region) if region else None

    def get_source(self, environment: Environment, template: str) -> Source:
        """Return the text of a template.

        Raises:
            TemplateNotFound: Neither the region nor the owner has it.
        """
        original = _original_name(template)
        if original is None and self._region is not None:
            override = self._region.joinpath(*_parts(template))
            if override.is_file():
                return override.read_text("utf-8"), str(override), None
        owner, *path = _parts(original or template)
        folder = self._owners.get(owner)
        found = folder.joinpath(owner, *path) if folder is not None and path else None
        if found is None or not found.is_file():
            raise TemplateNotFound(template)
        return found.read_text("utf-8"), str(found), None


def template_environment(
    plugin_folders: Mapping[str, str],
    *,
    region_folder: str | None = None,
    filters: Mapping[str, Callable[..., Any]],
    values: Mapping[str, Any],
    constants: Collection[str] = (),
) -> Environment:
    """Return the environment that draws every page of the region in one language.

    Args:
        constants: Names among ``values`` of functions that always answer alike: called while a
            template is compiled where their arguments are known. Compiling happens at the first
            page, in the language of the environment.
    """
    owners = {_CORE: CORE_TEMPLATES, **plugin_folders}
    environment = ConstantEnvironment(
        loader=OverridableLoader(owners, region_folder),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(_=say, ngettext=say_number)
    environment.filters.update(filters)
    environment.globals.update(values)
    environment.constants = {"_": say, **{name: values[name] for name in constants}}
    if "icon_of" in constants:
        environment.constants["ui.icon"] = values["icon_of"]
    return environment


def _original_name(template: str) -> str | None:
    if template.startswith(f"{_CORE}:"):
        return f"{_CORE}/{template.removeprefix(f'{_CORE}:')}"
    if template.startswith("plugin:"):
        return template.removeprefix("plugin:")
    return None


def _parts(template: str) -> Iterable[str]:
    parts = template.split("/")
    if any(part in {"", ".", ".."} or "\\" in part for part in parts):
        raise TemplateNotFound(template)
    return parts
