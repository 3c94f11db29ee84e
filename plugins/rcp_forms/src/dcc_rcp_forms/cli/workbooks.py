"""`dcc forms import`: take back a workbook that experts corrected."""

import difflib
import sys
from pathlib import Path

import click

from dcc_rcp_forms.exports.workbook_additions import NewField, read_additions
from dcc_rcp_forms.exports.workbook_import import apply_changes, read_changes
from dcc_rcp_forms.linter.lint import lint_file, lint_text

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("import")
@click.argument("workbook", type=_FILE)
@click.option("--into", "form_file", required=True, type=_FILE, help="Form file to change.")
@click.option("--write", is_flag=True, help="Save the file; without it, only show the difference.")
def import_workbook(workbook: Path, form_file: Path, write: bool) -> None:
    """Show, then save, what a WORKBOOK changes in a form; comments are kept."""
    report = lint_file(form_file)
    if report.loaded is None:
        click.echo("\n".join(map(str, report.issues)), err=True)
        sys.exit(1)
    try:
        changes = read_changes(report.loaded.form, workbook)
        additions = read_additions(report.loaded.form, workbook)
    except (ValueError, KeyError) as error:
        click.echo(f"dcc: {workbook.name} : {error} Repartez d'un export.", err=True)
        sys.exit(1)
    for change in changes:
        if change.refusal:
            click.echo(f"{change.field} {change.attribute} : {change.refusal}", err=True)
    for item in additions:
        if item.refusal:
            name = item.name if isinstance(item, NewField) else f"{item.field}.{item.code}"
            click.echo(f"{name} : {item.refusal}", err=True)
    before = form_file.read_text(encoding="utf-8")
    is_changed = any(not item.refusal for item in (*changes, *additions))
    form = report.loaded.form
    after = apply_changes(before, changes, additions, form) if is_changed else before
    click.echo("".join(_lines(before, after, form_file.name)), nl=False)
    if write and after != before:
        _save(form_file, after)


def _lines(before: str, after: str, name: str) -> list[str]:
    pair = (before.splitlines(keepends=True), after.splitlines(keepends=True))
    return list(difflib.unified_diff(*pair, fromfile=name, tofile=f"{name} (classeur)", n=0))


def _save(form_file: Path, after: str) -> None:
    report = lint_text(after, form_file.name)
    if not report.is_clean and lint_file(form_file).is_clean:
        click.echo("\n".join(map(str, report.issues)), err=True)
        click.echo("dcc: le classeur rendrait le formulaire faux ; rien n'est écrit.", err=True)
        sys.exit(1)
    form_file.write_text(after, encoding="utf-8")
