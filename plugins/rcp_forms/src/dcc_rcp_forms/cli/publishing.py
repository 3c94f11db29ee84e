"""`dcc forms diff` and `dcc forms publish`."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from dcc_rcp_forms.linter.lint import lint_file
from dcc_rcp_forms.loading import LoadedForm
from dcc_rcp_forms.versions.diff import Weight, compare_forms, next_version
from dcc_rcp_forms.versions.publication import (
    Archive,
    Judgement,
    PublicationConflictError,
    TamperedVersionError,
    judge,
)

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_WORDS = {Weight.MAJOR: "majeur", Weight.MINOR: "mineur", Weight.PATCH: "correctif"}


@click.command("diff")
@click.argument("old", type=_FILE)
@click.argument("new", required=False, type=_FILE)
@click.option("--json", "as_document", is_flag=True, help="Print one JSON document.")
def diff(old: Path, new: Path | None, as_document: bool) -> None:
    """Compare two versions; with one FILE, tell what an overlay changes in its base."""
    before = _loaded(old)
    if new is None:
        rows = [(item.kind, item.address, item.text) for item in before.differences]
        version = before.form.version
    else:
        changes = compare_forms(before.form, _loaded(new).form)
        rows = [(_WORDS[change.weight], change.address, change.text) for change in changes]
        version = next_version(before.form.version, changes)
    if as_document:
        content = [dict(zip(("kind", "address", "text"), row, strict=True)) for row in rows]
        click.echo(json.dumps({"version": version, "changes": content}, ensure_ascii=False))
        return
    for kind, _, text in rows:
        click.echo(f"{kind:>20}  {text}")
    click.echo(f"{len(rows)} différence(s). Version : {version}.")


def _loaded(path: Path) -> LoadedForm:
    report = lint_file(path)
    if report.loaded is None:
        click.echo("\n".join(map(str, report.issues)), err=True)
        sys.exit(1)
    return report.loaded


@click.command("publish")
@click.argument("file", type=_FILE)
@click.option(
    "--archive", required=True, type=click.Path(path_type=Path), help="Folder of versions."
)
@click.option(
    "--answers", type=_FILE, help="Stored answers, one JSON object a line, to try migrations."
)
@click.option("--dry-run", is_flag=True, help="Judge, publish nothing.")
def publish(file: Path, archive: Path, answers: Path | None, dry_run: bool) -> None:
    """Freeze a version, if nothing stands against it; exit 1 otherwise."""
    store, report = Archive(archive), lint_file(file)
    loaded = report.loaded
    try:
        last = store.last(loaded.form.id) if loaded else None
    except TamperedVersionError as error:
        _refuse(f"la version publiée {error} a été modifiée sur le disque ; restaurez-la.")
        return
    verdict = judge(report, last, _stored(answers) if answers else ())
    _show(verdict)
    if loaded is None or not verdict.is_accepted:
        _refuse(f"{file.name} n'est pas publié.")
    elif not dry_run:
        _write(store, loaded)


def _write(store: Archive, loaded: LoadedForm) -> None:
    try:
        path = store.publish(loaded)
    except PublicationConflictError as error:
        _refuse(f"la version {error} vient d'être publiée ; comparez, puis changez de numéro.")
        return
    click.echo(f"Publié : {path} (sha256 {loaded.content_hash[:12]}…)")


def _refuse(text: str) -> None:
    click.echo(f"dcc: {text}", err=True)
    sys.exit(1)


def _stored(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield row["version"], row["answers"]


def _show(verdict: Judgement) -> None:
    for issue in verdict.issues:
        click.echo(str(issue))
    for change in verdict.changes:
        click.echo(f"{_WORDS[change.weight]:>10}  {change.text}")
    run = verdict.dry_run
    if run.total:
        lost = ", ".join(f"{name} {count}" for name, count in run.lost_by_field.items())
        click.echo(
            f"Réponses : {run.total}, reprises {run.touched}, avec perte {run.lost}"
            f"{f' ({lost})' if lost else ''}."
        )
