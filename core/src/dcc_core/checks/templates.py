"""Templates of plugins stand in a folder of the plugin's name, so that none shadows another's;
those that a region overrides were compared with the originals at hand.
"""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from dcc_core.config import Region, Settings
from dcc_core.errors import ConfigError, Problem
from dcc_core.plugins import PluginSet
from dcc_core.web.overrides import stale_overrides


def template_problems(region: Region, settings: Settings, plugins: PluginSet) -> Iterator[Problem]:
    """Yield template folders that do not exist, files outside the plugin's own folder, and
    overrides to compare again.
    """
    problems = list(_folder_problems(plugins))
    yield from problems
    if region.templates and not problems:
        yield from _override_problems(region.templates, plugins)


def _override_problems(folder: str, plugins: PluginSet) -> Iterator[Problem]:
    owners = {each.name: each.instance.templates for each in plugins.plugins}
    try:
        yield from stale_overrides(folder, {n: found for n, found in owners.items() if found})
    except ConfigError as error:
        yield Problem(error.code, "", error.text, "Correct `templates` of the region.")


def _folder_problems(plugins: PluginSet) -> Iterator[Problem]:
    for loaded in plugins.plugins:
        declared = loaded.instance.templates
        if declared is None:
            continue
        folder = package_folder(declared)
        if folder is None:
            text = f"its template folder {declared} does not exist."
            yield Problem("DCC-P019", loaded.name, text, "Correct `templates`.")
            continue
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.relative_to(folder).parts[0] != loaded.name:
                text = f"template {path.relative_to(folder)} is outside the folder {loaded.name}/."
                yield Problem("DCC-P019", loaded.name, text, f"Move it under {loaded.name}/.")


def package_folder(declared: str) -> Path | None:
    """Return the folder named as ``package:folder``, None when there is none."""
    package, _, folder = declared.partition(":")
    try:
        path = Path(str(files(package))) / folder
    except ModuleNotFoundError:
        return None
    return path if path.is_dir() else None
