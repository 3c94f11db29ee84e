"""Load the plugins of a region: in order, checked one after the other, every problem reported at
once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import EntryPoint
from typing import Any

from pydantic import ValidationError

from dcc_core.config import PluginEntry, Region, Settings
from dcc_core.config.secrets import resolve_secret_files
from dcc_core.errors import ConfigError, Problem, StartRefused
from dcc_core.hooks import Dispatcher
from dcc_core.plugins.discovery import core_version, installed_plugins, nearest, required_core
from dcc_core.plugins.implementations import check_implementations
from dcc_core.plugins.manifest import DccPlugin, PluginSettings


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    """A plugin that runs.

    Attributes:
        version: Version of its distribution.
        optional: Whether the region may run without it.
    """

    name: str
    version: str
    instance: DccPlugin
    optional: bool = False


@dataclass(frozen=True, slots=True)
class PluginSet:
    """The plugins of a region, ready to be called.

    Attributes:
        plugins: In load order.
        absent: Problems of optional plugins, without which the region runs degraded.
    """

    plugins: tuple[LoadedPlugin, ...]
    dispatcher: Dispatcher
    absent: tuple[Problem, ...] = ()

    def get(self, name: str) -> LoadedPlugin | None:
        """Return the plugin of this name when it runs."""
        return next((plugin for plugin in self.plugins if plugin.name == name), None)


@dataclass
class _Loading:
    """What has been loaded so far, and what went wrong."""

    region: Region
    settings: Settings
    installed: Mapping[str, EntryPoint]
    loaded: list[LoadedPlugin] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    absent: list[Problem] = field(default_factory=list)


def load_plugins(
    region: Region,
    settings: Settings,
    *,
    installed: Mapping[str, EntryPoint] | None = None,
    extra: tuple[type[DccPlugin], ...] = (),
) -> PluginSet:
    """Load the plugins that the region lists, then ``extra`` classes given by a test.

    Raises:
        StartRefused: With every problem of every plugin that is not optional.
    """
    state = _Loading(region, settings, installed_plugins() if installed is None else installed)
    for entry in region.plugins:
        _load_entry(state, entry)
    for plugin in extra:
        _admit(state, PluginEntry(name=plugin.name), plugin, version=core_version())
    state.problems.extend(_unused_settings(state, extra))
    state.problems.extend(_permission_problems(state.loaded))
    if state.problems:
        raise StartRefused(state.problems)
    dispatcher = Dispatcher()
    for loaded in state.loaded:
        dispatcher.register(loaded.instance, loaded.name)
    return PluginSet(tuple(state.loaded), dispatcher, tuple(state.absent))


def _load_entry(state: _Loading, entry: PluginEntry) -> None:
    found = state.installed.get(entry.name)
    problem = _before_import(state, entry, found)
    if problem is not None or found is None:
        _report(state, entry, [problem] if problem else [])
        return
    try:
        plugin = found.load()
    except Exception as error:  # noqa: BLE001 - a plugin is foreign code: whatever it raises is reported
        text = f"{found.value} cannot be imported: {type(error).__name__}: {error}."
        _report(
            state, entry, [Problem("DCC-P003", entry.name, text, "Repair or reinstall the plugin.")]
        )
        return
    _admit(state, entry, plugin, version=found.dist.version if found.dist else core_version())


def _before_import(state: _Loading, entry: PluginEntry, found: EntryPoint | None) -> Problem | None:
    if found is None:
        return Problem(
            "DCC-P001",
            entry.name,
            f"listed by region {state.region.slug} but not installed."
            f"{nearest(entry.name, state.installed)}",
            "Install its distribution, or take it out of the region.",
        )
    requirement = required_core(found)
    if requirement is not None and not requirement.specifier.contains(
        core_version(), prereleases=True
    ):
        return Problem(
            "DCC-P002",
            entry.name,
            f"needs dcc-core {requirement.specifier}, version {core_version()} is installed.",
            "Install a version of the plugin made for this core, or another core.",
        )
    return None


def _admit(state: _Loading, entry: PluginEntry, plugin: Any, *, version: str) -> None:
    """Check a plugin class, give it its settings and add it to those loaded."""
    problems = list(_class_problems(entry, plugin))
    if not problems:
        problems.extend(_order_problems(state, entry, plugin))
        problems.extend(check_implementations(plugin))
        problems.extend(_import_models(plugin))
        settings = _settings_of(state, entry, plugin)
        if isinstance(settings, Problem):
            problems.append(settings)
        elif not problems:
            state.loaded.append(LoadedPlugin(entry.name, version, plugin(settings), entry.optional))
    _report(state, entry, problems)


def _report(state: _Loading, entry: PluginEntry, problems: list[Problem]) -> None:
    (state.absent if entry.optional else state.problems).extend(problems)


def _class_problems(entry: PluginEntry, plugin: Any) -> Iterator[Problem]:
    if not (isinstance(plugin, type) and issubclass(plugin, DccPlugin)):
        text = f"its entry point is {plugin!r}, not a subclass of DccPlugin."
        yield Problem("DCC-P004", entry.name, text, "Point the entry point to the plugin's class.")
    elif getattr(plugin, "name", "") != entry.name:
        called = getattr(plugin, "name", "")
        text = f"the class calls itself {called!r}, the entry point {entry.name!r}."
        yield Problem("DCC-P005", entry.name, text, "Give both the same name.")
    elif PluginSettings not in plugin.settings_model.mro():
        text = f"{plugin.settings_model.__name__} is not a subclass of PluginSettings."
        yield Problem(
            "DCC-P008", entry.name, text, "Derive the settings model from PluginSettings."
        )


def _order_problems(
    state: _Loading, entry: PluginEntry, plugin: type[DccPlugin]
) -> Iterator[Problem]:
    earlier = {loaded.name for loaded in state.loaded}
    if entry.name in earlier:
        yield Problem("DCC-P006", entry.name, "listed twice by the region.", "List it once.")
    for needed in plugin.depends_on:
        if needed not in earlier:
            text = (
                f"needs plugin {needed}, which does not come earlier in region {state.region.slug}."
            )
            yield Problem("DCC-P007", entry.name, text, f"List {needed} before {entry.name}.")


def _import_models(plugin: type[DccPlugin]) -> Iterator[Problem]:
    for module in plugin.models:
        try:
            import_module(module)
        except Exception as error:  # noqa: BLE001 - reported with the others
            text = f"its tables in {module} cannot be imported: {type(error).__name__}: {error}."
            yield Problem("DCC-P003", plugin.name, text, "Repair the module.")


def _settings_of(
    state: _Loading, entry: PluginEntry, plugin: type[DccPlugin]
) -> PluginSettings | Problem:
    prefix = f"DCC_PLUGINS__{entry.name.upper()}__"
    values = entry.settings | state.settings.plugins.get(entry.name, {})
    try:
        resolved = resolve_secret_files(plugin.settings_model, values, prefix=prefix)
        return plugin.settings_model.model_validate(resolved)
    except ConfigError as error:
        return Problem(error.code, entry.name, error.text, "Correct the environment.")
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        shown = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in found)
        remedy = f"Correct the region's settings or the variables {prefix}*."
        return Problem("DCC-P008", entry.name, f"its settings are refused: {shown}.", remedy)


def _unused_settings(state: _Loading, extra: tuple[type[DccPlugin], ...]) -> Iterator[Problem]:
    known = {entry.name for entry in state.region.plugins} | {plugin.name for plugin in extra}
    for name in sorted(state.settings.plugins.keys() - known):
        text = f"set by the environment, not run by {state.region.slug}.{nearest(name, known)}"
        yield Problem("DCC-P014", name, text, f"Remove or correct DCC_PLUGINS__{name.upper()}__*.")


def _permission_problems(loaded: list[LoadedPlugin]) -> Iterator[Problem]:
    for plugin in loaded:
        seen: set[str] = set()
        for permission in plugin.instance.permissions:
            if not permission.code.startswith(f"{plugin.name}."):
                text = f"permission {permission.code} does not start with {plugin.name}."
                yield Problem("DCC-P015", plugin.name, text, "Prefix it with the plugin's name.")
            if permission.code in seen:
                text = f"permission {permission.code} is declared twice."
                yield Problem("DCC-P015", plugin.name, text, "Declare it once.")
            seen.add(permission.code)
