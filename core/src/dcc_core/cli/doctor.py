"""``dcc doctor``: is this deployment well, and if not what to do."""

import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import click

from dcc_core.cli.output import json_option, print_json
from dcc_core.cli.runtime import connect, load_region, manifests
from dcc_core.config import Settings, load_settings
from dcc_core.db.migrate import known_version_tables, migration_problems
from dcc_core.errors import DccError
from dcc_core.plugins.discovery import core_version

MIN_FREE_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: its name, whether it is well, and what was seen."""

    name: str
    ok: bool
    text: str


@click.command("doctor")
@json_option
def command(as_json: bool) -> None:
    """Look at settings, plugins, database, disk and dependencies; exit 1 when one is unwell."""
    findings = list(_look())
    if as_json:
        print_json({"ok": all(f.ok for f in findings), "findings": [asdict(f) for f in findings]})
    else:
        for found in findings:
            click.echo(f"{'ok ' if found.ok else 'BAD'}  {found.name}: {found.text}")
    sys.exit(0 if all(found.ok for found in findings) else 1)


def _look() -> Iterator[Finding]:
    yield Finding("version", True, f"dcc-core {core_version()}, Python {platform.python_version()}")
    try:
        settings = load_settings()
    except DccError as error:
        yield Finding("settings", False, str(error))
        return
    yield Finding("settings", True, f"environment {settings.env}, region {settings.region or '-'}")
    yield _disk(settings)
    yield from _region(settings)


def _disk(settings: Settings) -> Finding:
    existing = next(
        p for p in (settings.home.absolute(), *settings.home.absolute().parents) if p.exists()
    )
    free = shutil.disk_usage(existing).free
    return Finding("disk", free >= MIN_FREE_BYTES, f"{free // 1_000_000} MB free at {existing}")


def _region(settings: Settings) -> Iterator[Finding]:
    try:
        region, plugins = load_region(settings)
    except DccError as error:
        yield Finding("plugins", False, str(error))
        return
    shown = ", ".join(f"{p.name} {p.version}" for p in plugins.plugins) or "none"
    yield Finding("plugins", not plugins.absent, f"region {region.slug}: {shown}")
    try:
        database = connect(settings)
    except DccError as error:
        yield Finding("database", False, str(error))
        return
    problems = list(migration_problems(database, manifests(plugins)))
    text = "; ".join(map(str, problems)) or f"{database.engine.dialect.name}, tables up to date"
    yield Finding("database", not problems, text)
    left = set(known_version_tables(database)) - {m.name for m in manifests(plugins)}
    if left:
        names = ", ".join(sorted(left))
        yield Finding(
            "tables", True, f"left by plugins that do not run: {names} (dcc plugins purge)"
        )
    database.close()
