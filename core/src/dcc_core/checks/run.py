"""Run every check that applies, and return every problem found."""

from collections.abc import Callable, Iterator
from importlib.metadata import version

from dcc_core.checks.documentation import documentation_problems
from dcc_core.checks.imports import import_problems
from dcc_core.checks.schema import schema_problems
from dcc_core.checks.tables import table_problems
from dcc_core.checks.templates import template_problems
from dcc_core.checks.web import web_problems
from dcc_core.config import Environment, PluginEntry, Region, Settings, load_settings
from dcc_core.errors import ConfigError, Problem, StartRefused
from dcc_core.hooks import HOOKS, Policy
from dcc_core.plugins import DccPlugin, PluginSet, find_region, installed_plugins, load_plugins
from dcc_core.plugins.discovery import NEUTRAL

Check = Callable[[Region, Settings, PluginSet], Iterator[Problem]]
_ALWAYS: tuple[Check, ...] = (table_problems, template_problems, web_problems, schema_problems)
_STRICT: tuple[Check, ...] = (documentation_problems, import_problems)


def check_region(
    slug: str | None = None, *, strict: bool = False, env: Environment | None = None
) -> list[Problem]:
    """Return what is wrong with a region, the one of the environment by default."""
    try:
        settings = load_settings(region=slug, env=env)
        region = find_region(settings.region)
        plugins = load_plugins(region, settings)
    except StartRefused as refused:
        return list(refused.problems)
    except ConfigError as error:
        return [Problem(error.code, "", error.text, "Correct the environment.")]
    return _run(region, settings, plugins, strict=strict)


def check_plugin(name: str, *, strict: bool = False) -> list[Problem]:
    """Return what is wrong with an installed plugin, loaded with what it depends on and nothing
    else.
    """
    settings = load_settings(env=Environment.TEST)
    region = _region_of(_with_prerequisites(name))
    try:
        plugins = load_plugins(region, settings.model_copy(update={"plugins": {}}))
    except StartRefused as refused:
        return list(refused.problems)
    return _only(name, _run(region, settings, plugins, strict=strict))


def check_plugin_class(plugin: type[DccPlugin], *, strict: bool = True) -> list[Problem]:
    """Return what is wrong with a plugin given as a class, as its own tests do."""
    settings = Settings(env=Environment.TEST)
    region = _region_of(plugin.depends_on)
    try:
        plugins = load_plugins(region, settings, extra=(plugin,))
    except StartRefused as refused:
        return list(refused.problems)
    return _only(plugin.name, _run(region, settings, plugins, strict=strict))


def _run(region: Region, settings: Settings, plugins: PluginSet, *, strict: bool) -> list[Problem]:
    problems = list(plugins.absent)
    problems += _declaration_problems(region, settings, plugins)
    if problems:
        return sorted(problems)
    for check in (*_ALWAYS, *(_STRICT if strict else ())):
        problems.extend(check(region, settings, plugins))
    return sorted(set(problems))


def _declaration_problems(region: Region, settings: Settings, plugins: PluginSet) -> list[Problem]:
    """Ask every plugin for what it declares: whatever is refused here would refuse the start."""
    given = {"region": region, "settings": settings}
    problems: list[Problem] = []
    for hook in HOOKS.values():
        if hook.policy is Policy.COLLECT:
            arguments = {name: given[name] for name in hook.arguments}
            try:
                plugins.dispatcher.collect(hook.name, **arguments)
            except StartRefused as refused:
                problems.extend(refused.problems)
    return problems


def _region_of(names: tuple[str, ...]) -> Region:
    return Region(
        slug=NEUTRAL,
        name="Contrôle d'un greffon",
        plugins=tuple(PluginEntry(name=name) for name in names),
    )


def _with_prerequisites(name: str) -> tuple[str, ...]:
    """Return the plugin after those that its class depends on, each once."""
    installed = installed_plugins()
    ordered: list[str] = []

    def place(current: str) -> None:
        if current in ordered:
            return
        found = installed.get(current)
        plugin = _load_quietly(found) if found is not None else None
        for needed in getattr(plugin, "depends_on", ()):
            place(needed)
        ordered.append(current)

    place(name)
    return tuple(ordered)


def _load_quietly(entry: object) -> object | None:
    """Load an entry point; the loader reports later what fails here."""
    try:
        return entry.load()  # type: ignore[attr-defined,no-any-return]  # EntryPoint
    except Exception:  # noqa: BLE001 - reported by the loader, with its remedy
        return None


def _only(name: str, problems: list[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.plugin in {name, ""}]


def core_range() -> str:
    """Return the range of core versions that a new plugin should require."""
    major, minor, *_ = version("dcc-core").split(".")
    return f">={major}.{minor},<{major}.{int(minor) + 1}"
