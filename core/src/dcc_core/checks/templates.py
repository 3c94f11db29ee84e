"""Templates of plugins stand in a folder of the plugin's name, so that none shadows another's;
those that a region overrides were compared with the originals at hand.
"""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from dcc_core.config import Region, Settings
from dcc_core.errors import Problem
from dcc_core.plugins import PluginSet
from dcc_core.web.overrides import stale_overrides


def template_problems(region: Region, settings: Settings, plugins: PluginSet) -> Iterator[Problem]:
    """Yield template folders that do not exist, and files outside the plugin's own folder."""
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


def override_problems(region: Region, settings: Settings, plugins: PluginSet) -> Iterator[Problem]:
    """Yield templates of the region whose original is gone or changed since they were compared."""
    if region.templates is None:
        return
    if package_folder(region.templates) is None:
        text = f"its template folder {region.templates} does not exist."
        yield Problem("DCC-P019", "", text, "Correct `templates`.")
        return
    folders = {
        loaded.name: loaded.instance.templates
        for loaded in plugins.plugins
        if loaded.instance.templates
    }
    yield from stale_overrides(region.templates, folders)


def package_folder(declared: str) -> Path | None:
    """Return the folder named as ``package:folder``, None when there is none."""
    package, _, folder = declared.partition(":")
    try:
        path = Path(str(files(package))) / folder
    except ModuleNotFoundError:
        return None
    return path if path.is_dir() else None
