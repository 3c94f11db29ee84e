"""``dcc region upgrade``: merge a newer template with what a region made of its own."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

import click

from dcc_core.cli.region_template import bake, nearby_template
from dcc_core.cli.runtime import connect, load_region, manifests
from dcc_core.config import load_settings
from dcc_core.db.migrate import plan_migrations
from dcc_core.errors import ConfigError, DccError

RECORD = ".dcc-region.json"
_OWN = frozenset({"CHANGELOG.md"})
"""Files that the template begins and never touches again."""

Files = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """What the upgrade does to one file; ``after`` is None when the file goes."""

    name: str
    before: str | None
    after: str | None
    conflicts: int = 0
    kept: bool = False

    def patch(self) -> str:
        """Return the change as a unified patch."""
        before, after = (
            (text or "").splitlines(keepends=True) for text in (self.before, self.after)
        )
        return "".join(unified_diff(before, after, f"a/{self.name}", f"b/{self.name}"))


@click.command("upgrade")
@click.argument(
    "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default=Path()
)
@click.option("--plan", is_flag=True, help="Show the patch and the migrations; change nothing.")
@click.option("--template", help="Folder, zip or repository of the newer template.")
@click.option("--from", "base", help="The template the region came from, if it did not note it.")
def upgrade(folder: Path, plan: bool, template: str | None, base: str | None) -> None:
    """Bring the region in FOLDER to the template at hand, its own changes kept.

    Exit 1 when a file needs a person: its conflicts are marked in it as git marks them.
    """
    record = _record(folder)
    if not plan:
        _refuse_uncommitted(folder)
    newer = _bake(template or nearby_template(), record)
    older = _bake(base, record) if base else _noted(record)
    before, after = record["template_version"], json.loads(newer[RECORD])["template_version"]
    changes = list(_changes(folder, older, newer))
    click.echo(f"template {before} -> {after}: {len(changes)} file(s) change.")
    for change in changes:
        _tell(change, plan=plan)
        if not plan:
            _write(folder, change)
    _tell_migrations()
    sys.exit(1 if any(change.conflicts for change in changes) else 0)


def _record(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(
            "DCC-R010", f"{folder} has no readable {RECORD}. Give the folder of a region."
        ) from error
    return found


def _noted(record: Mapping[str, Any]) -> Files:
    """Return what the template wrote then, as the region noted it."""
    if "written" not in record:
        raise ConfigError(
            "DCC-R011",
            "this region did not note what its template wrote (version 1). Give that template with"
            " --from.",
        )
    return dict(record["written"])


def _bake(template: str, record: Mapping[str, Any]) -> Files:
    """Return the files of a template for the answers of a region."""
    with tempfile.TemporaryDirectory() as work:
        folder = bake(template, Path(work), record["answers"])
        return {
            path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }


def _changes(folder: Path, older: Files, newer: Files) -> Iterator[Change]:
    for name in sorted({*older, *newer} - _OWN):
        path = folder / name
        ours = path.read_text(encoding="utf-8") if path.is_file() else None
        if name == RECORD:
            change = Change(name, ours, newer[name])
        else:
            change = _merged(name, older.get(name), ours, newer.get(name))
        if change.before != change.after or change.kept:
            yield change


def _merged(name: str, base: str | None, ours: str | None, theirs: str | None) -> Change:
    """Merge one file: what only one side changed is taken from that side."""
    if ours in {base, theirs}:
        return Change(name, ours, theirs)
    if theirs == base:
        return Change(name, ours, ours)
    if theirs is None or ours is None:
        return Change(name, ours, ours, kept=True)
    text, conflicts = _three_way(base or "", ours, theirs)
    return Change(name, ours, text, conflicts)


def _three_way(base: str, ours: str, theirs: str) -> tuple[str, int]:
    with tempfile.TemporaryDirectory() as work:
        paths = [Path(work) / name for name in ("region", "base", "template")]
        for path, text in zip(paths, (ours, base, theirs), strict=True):
            path.write_text(text, encoding="utf-8")
        labels = [part for label in ("region", "base", "template") for part in ("-L", label)]
        command = [_git(), "merge-file", "-p", *labels, *map(str, paths)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout, done.returncode


def _refuse_uncommitted(folder: Path) -> None:
    command = [_git(), "-C", str(folder), "status", "--porcelain", "--", "."]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or done.stdout.strip():
        raise ConfigError(
            "DCC-R012",
            f"{folder} is no git checkout, or holds changes that are not committed. Commit them:"
            " `git diff` then shows what the upgrade did, `git checkout .` undoes it.",
        )


def _git() -> str:
    found = shutil.which("git")
    if found is None:
        raise ConfigError("DCC-R013", "git is not installed. The upgrade merges with it.")
    return found


def _write(folder: Path, change: Change) -> None:
    path = folder / change.name
    if change.after is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(change.after, encoding="utf-8")


def _tell(change: Change, *, plan: bool) -> None:
    if change.kept:
        click.echo(f"{change.name}: removed on one side, changed on the other: left as it is.")
    elif change.conflicts:
        click.echo(f"{change.name}: {change.conflicts} conflict(s) for you to settle.")
    elif change.name == RECORD or not plan:
        click.echo(f"{change.name}: updated.")
    if plan and change.name != RECORD:
        click.echo(change.patch(), nl=False)


def _tell_migrations() -> None:
    """Tell the migrations that wait, when a database can be asked."""
    try:
        settings = load_settings()
        if not settings.database_url:
            click.echo("migrations: `dcc migrate --plan` on the deployment tells them.")
            return
        _, plugins = load_region(settings)
        database = connect(settings)
    except DccError as error:
        click.echo(f"migrations: not known ({error.code}); see `dcc migrate --plan`.")
        return
    steps = plan_migrations(database, manifests(plugins))
    database.close()
    for step in steps:
        click.echo(f"migration: {step.plugin} {step.revision} {step.message}")
    if not steps:
        click.echo("migrations: none waits.")
