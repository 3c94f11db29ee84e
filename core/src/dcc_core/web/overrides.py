"""Templates that a region overrides, held against the originals they were written for.

``overrides.lock``, beside the region's templates, holds one line per override: the name and the
SHA-256 of the original at that time. When the original changes, somebody has to look again.
"""

import hashlib
from collections.abc import Iterator, Mapping

from dcc_core.errors import Problem
from dcc_core.web.assets import package_folder, walk_files
from dcc_core.web.templating import CORE_TEMPLATES

LOCK = "overrides.lock"


def stale_overrides(region_folder: str, plugin_folders: Mapping[str, str]) -> Iterator[Problem]:
    """Yield a problem for each override whose original is gone, changed, or was never noted."""
    folder = package_folder(region_folder)
    lock = folder / LOCK
    noted = _read(lock.read_text("utf-8")) if lock.is_file() else {}
    originals = {"core": CORE_TEMPLATES, **plugin_folders}
    for name, _file in walk_files(folder):
        if name.endswith(".html"):
            text = _difference(name, originals, noted.get(name))
            if text:
                remedy = f"Compare it with the original, then note the original in {LOCK}."
                yield Problem("DCC-P033", "", f"template {name} of the region {text}", remedy)


def lock_line(name: str, plugin_folders: Mapping[str, str]) -> str:
    """Return the line to note for an override, once it has been compared with its original."""
    digest = _digest(name, {"core": CORE_TEMPLATES, **plugin_folders})
    return f"{name} {digest}"


def _difference(name: str, originals: Mapping[str, str], noted: str | None) -> str:
    digest = _digest(name, originals)
    if digest is None:
        return "overrides nothing: the original is gone."
    if noted is None:
        return "was never compared with its original."
    return "" if noted == digest else "was written for another version of its original."


def _digest(name: str, originals: Mapping[str, str]) -> str | None:
    owner = name.partition("/")[0]
    if owner not in originals:
        return None
    file = package_folder(originals[owner]).joinpath(*name.split("/"))
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else None


def _read(text: str) -> dict[str, str]:
    lines = (line.split() for line in text.splitlines() if line.strip())
    return {parts[0]: parts[1] for parts in lines if len(parts) == 2}
