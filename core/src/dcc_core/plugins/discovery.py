"""Find what is installed: plugins and regions are entry points of installed distributions.

Installed is not enabled: the region lists the plugins that it runs, in order.
"""

import difflib
from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points, version
from typing import TYPE_CHECKING

from dcc_core.config import PluginEntry, Region
from dcc_core.errors import Problem, StartRefused

if TYPE_CHECKING:  # a core without plugins compares no version
    from packaging.requirements import Requirement

PLUGIN_GROUP = "dcc.plugins"
REGION_GROUP = "dcc.regions"
CORE_DISTRIBUTION = "dcc-core"
NEUTRAL = "neutre"
CORE_ALONE = "coeur"
"""Slug of the built-in region without plugins: to measure the core, or to look at what fails."""


def installed_plugins() -> dict[str, EntryPoint]:
    """Return the entry points of the installed plugins by name, sorted."""
    return _by_name(PLUGIN_GROUP)


def installed_regions() -> dict[str, EntryPoint]:
    """Return the entry points of the installed regions by slug, sorted."""
    return _by_name(REGION_GROUP)


def find_region(slug: str) -> Region:
    """Return the region to run. An empty slug gives a neutral one that runs every installed plugin,
    ``coeur`` one that runs none.

    Raises:
        StartRefused: ``DCC-P020`` not installed, ``DCC-P021`` cannot be imported, ``DCC-P022`` not
            a region, ``DCC-P034`` two distributions offer it.
    """
    if not slug:
        return neutral_region()
    if slug == CORE_ALONE:
        return Region(slug=CORE_ALONE, name="Cœur seul")
    found = installed_regions().get(slug)
    if found is None:
        raise StartRefused([_no_such_region(slug)])
    _refuse_two_of_one_slug(slug)
    try:
        region = found.load()
    except (
        Exception
    ) as error:  # a region is foreign code: whatever it raises is reported, not shown raw
        text = f"region {slug} ({found.value}) cannot be imported: {type(error).__name__}: {error}."
        raise StartRefused(
            [Problem("DCC-P021", "", text, "Correct the region's package.")]
        ) from error
    if not isinstance(region, Region) or region.slug != slug:
        text = f"the entry point {slug} ({found.value}) is not a Region whose slug is {slug!r}."
        raise StartRefused([Problem("DCC-P022", "", text, "Point it to a dcc_core.api.Region.")])
    return region


def _refuse_two_of_one_slug(slug: str) -> None:
    """Refuse to choose between two regions: which one wins would depend on the installation."""
    offered = sorted(entry.value for entry in entry_points(group=REGION_GROUP, name=slug))
    if len(set(offered)) > 1:
        text = f"region {slug} is offered twice: {', '.join(offered)}."
        raise StartRefused([Problem("DCC-P034", "", text, "Uninstall one, or rename its slug.")])


def neutral_region() -> Region:
    """Return a region without a name of its own that runs every installed plugin, prerequisites
    first.
    """
    return Region(
        slug=NEUTRAL,
        name="Démonstration",
        plugins=tuple(PluginEntry(name=name) for name in _prerequisites_first(installed_plugins())),
    )


def core_version() -> str:
    """Return the version of the installed core."""
    return version(CORE_DISTRIBUTION)


def required_core(entry: EntryPoint) -> "Requirement | None":
    """Return what the plugin's distribution requires of the core, without importing the plugin."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    for line in (entry.dist.requires or []) if entry.dist else []:
        requirement = Requirement(line)
        if canonicalize_name(requirement.name) == CORE_DISTRIBUTION:
            return requirement
    return None


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a sentence proposing the closest known name, empty when none is close."""
    found = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {found[0]}?" if found else ""


def _by_name(group: str) -> dict[str, EntryPoint]:
    found = sorted(entry_points(group=group), key=lambda entry: (entry.name, entry.value))
    return {entry.name: entry for entry in found}


def _no_such_region(slug: str) -> Problem:
    known = installed_regions()
    listed = ", ".join(known) or "none"
    return Problem(
        "DCC-P020",
        "",
        f"region {slug!r} is not installed; installed: {listed}.{nearest(slug, known)}",
        "Install its distribution, or correct DCC_REGION.",
    )


def _prerequisites_first(installed: dict[str, EntryPoint]) -> list[str]:
    """Order plugins so that each comes after those its distribution requires."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    by_distribution = {
        canonicalize_name(entry.dist.name): name for name, entry in installed.items() if entry.dist
    }
    ordered: list[str] = []

    def place(name: str) -> None:
        if name in ordered:
            return
        dist = installed[name].dist
        for line in (dist.requires or []) if dist else []:
            needed = by_distribution.get(canonicalize_name(Requirement(line).name))
            if needed is not None and needed != name:
                place(needed)
        ordered.append(name)

    for name in installed:
        place(name)
    return ordered
