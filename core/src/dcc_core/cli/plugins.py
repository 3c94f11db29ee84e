"""``dcc plugins``: what is installed, what it declares, and how to begin a new one."""

from pathlib import Path
from typing import Any

import click

from dcc_core.checks.reference import reference_pages
from dcc_core.cli.output import json_option, print_json, print_table
from dcc_core.cli.plugin_scaffold import write_plugin
from dcc_core.cli.runtime import connect, load_region
from dcc_core.config import load_settings
from dcc_core.db.migrate import purge, write_revision
from dcc_core.errors import PluginError
from dcc_core.hooks import HOOKS
from dcc_core.plugins import DccPlugin, installed_plugins
from dcc_core.plugins.core_manifest import CoreManifest


@click.group("plugins")
def group() -> None:
    """List, show, begin and remove plugins."""


@group.command("list")
@json_option
def list_plugins(as_json: bool) -> None:
    """List the installed plugins, and whether the region runs them."""
    settings = load_settings()
    _, plugins = load_region(settings)
    running = {loaded.name for loaded in plugins.plugins}
    rows = [
        {"name": name, "version": entry.dist.version if entry.dist else "", "runs": name in running}
        for name, entry in installed_plugins().items()
    ]
    if as_json:
        print_json(rows)
    else:
        shown = ((r["name"], r["version"], "runs" if r["runs"] else "-") for r in rows)
        print_table(("plugin", "version", "state"), shown)


@group.command("show")
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show what a plugin declares: hooks, settings, permissions, tables."""
    facts = _facts(_find(name))
    if as_json:
        print_json(facts)
        return
    for key, value in facts.items():
        lines = value if isinstance(value, list) else [value]
        click.secho(key, bold=True)
        for line in lines or ["-"]:
            click.echo(f"  {line}")


@group.command("hooks")
@json_option
def hooks(as_json: bool) -> None:
    """List the hooks that a plugin may implement."""
    if as_json:
        print_json(
            [{"name": h.name, "policy": h.policy, "family": h.family} for h in HOOKS.values()]
        )
    else:
        rows = ((h.family, h.signature, h.policy) for h in HOOKS.values())
        print_table(("family", "hook", "policy"), rows)


@group.command("new")
@click.argument("name")
@click.option("--into", type=click.Path(path_type=Path), default=Path(), help="Folder to write in.")
def new(name: str, into: Path) -> None:
    """Write a new plugin whose tests pass, ready to be changed."""
    folder = write_plugin(name, into)
    click.echo(f"{folder} written. Next:")
    click.echo(f"  uv pip install -e {folder}")
    click.echo(f"  pytest {folder}")
    click.echo(f"  dcc check --plugin {name} --strict")


@group.command("revision")
@click.argument("name")
@click.argument("message")
def revision(name: str, message: str) -> None:
    """Write the migration that brings the database of DCC_DATABASE_URL to the plugin's tables."""
    manifest = CoreManifest if name == CoreManifest.name else _find(name)
    click.echo(str(write_revision(connect(load_settings()), manifest, message)))


@group.command("reference")
@click.option("--into", type=click.Path(path_type=Path), default=Path("docs/reference"))
def reference(into: Path) -> None:
    """Write the reference pages that come from the code."""
    into.mkdir(parents=True, exist_ok=True)
    for name, text in reference_pages().items():
        (into / name).write_text(text, encoding="utf-8")
        click.echo(str(into / name))


@group.command("purge")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def purge_plugin(name: str, yes: bool) -> None:
    """Delete every table of a plugin, and what they hold."""
    plugin = _find(name)
    if not yes:
        click.confirm(f"Delete every table of {name} and what they hold?", abort=True)
    database = connect(load_settings())
    purge(database, plugin)
    database.close()
    click.echo(f"{name}: tables deleted.")


def _find(name: str) -> type[DccPlugin]:
    entry = installed_plugins().get(name)
    if entry is None:
        known = ", ".join(installed_plugins()) or "none"
        raise PluginError("DCC-P001", f"plugin {name} is not installed; installed: {known}")
    plugin: type[DccPlugin] = entry.load()
    return plugin


def _facts(plugin: type[DccPlugin]) -> dict[str, Any]:
    fields = plugin.settings_model.model_fields.items()
    prefix = f"DCC_PLUGINS__{plugin.name.upper()}__"
    return {
        "name": plugin.name,
        "purpose": (plugin.__doc__ or "").strip().splitlines()[:1],
        "quality": plugin.quality,
        "depends on": list(plugin.depends_on),
        "hooks": [name for name in HOOKS if hasattr(plugin, name)],
        "settings": [f"{prefix}{n.upper()}  {f.description or ''}" for n, f in fields],
        "permissions": [f"{p.code}  {p.label}" for p in plugin.permissions],
        "migrations": plugin.migrations or "-",
    }
