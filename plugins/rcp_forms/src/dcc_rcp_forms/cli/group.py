"""The `dcc forms` group."""

import sys
from pathlib import Path

import click

from dcc_core.api import PermanentExchangeError
from dcc_rcp_forms.cli.publishing import diff, publish
from dcc_rcp_forms.cli.values import valueset
from dcc_rcp_forms.cli.workbooks import import_workbook
from dcc_rcp_forms.composition.catalogue import NATIONAL_PACK, Catalogue
from dcc_rcp_forms.engine.examples import run_examples
from dcc_rcp_forms.exports.fhir import lost
from dcc_rcp_forms.exports.formats import FORMATS
from dcc_rcp_forms.exports.rendering import NoRendererError
from dcc_rcp_forms.language.issues import Findings, Issue, Severity
from dcc_rcp_forms.language.model import Example, Form
from dcc_rcp_forms.linter.editor_schema import editor_schema
from dcc_rcp_forms.linter.lint import LintReport, lint_file
from dcc_rcp_forms.linter.output import FORMATS as REPORTS
from dcc_rcp_forms.linter.output import as_json
from dcc_rcp_forms.loading import LoadedForm

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("forms")
def forms() -> None:
    """Write, check, publish and export RCP forms."""


def fail(text: str) -> None:
    """Print one line that says what happened and what to do, and end with code 1."""
    click.echo(f"dcc: {text}", err=True)
    sys.exit(1)


@forms.command("lint")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--json", "as_document", is_flag=True, help="Print one JSON document.")
@click.option("--ci", is_flag=True, help="Print annotations for a merge request.")
def lint(files: tuple[Path, ...], as_document: bool, ci: bool) -> None:
    """Check FILES; exit 1 when one cannot be published."""
    reports = [lint_file(path) for path in files]
    issues = [issue for report in reports for issue in report.issues]
    _show(issues, "json" if as_document else "ci" if ci else "text")
    if not (as_document or ci):
        click.echo(_count(issues))
    if not all(report.is_clean for report in reports):
        sys.exit(1)


def _show(issues: list[Issue], report: str) -> None:
    text = REPORTS[report](issues)
    if text:
        click.echo(text)


def _count(issues: list[Issue]) -> str:
    errors = sum(issue.severity is Severity.ERROR for issue in issues)
    warnings = sum(issue.severity is Severity.WARNING for issue in issues)
    return f"{errors} erreur(s), {warnings} avertissement(s)."


@forms.command("test")
@click.argument("files", nargs=-1, required=False, type=FILE)
@click.option("--json", "as_document", is_flag=True, help="Print one JSON document.")
@click.option("--minimum", default=0.0, show_default=True, help="Coverage wanted, 0 to 1.")
def test(files: tuple[Path, ...], as_document: bool, minimum: float) -> None:
    """Run the in-file tests of FILES, or of the national pack; exit 1 when one fails."""
    paths = files or tuple(sorted(NATIONAL_PACK.glob("*.yaml")))
    findings = Findings()
    is_good = True
    for path in paths:
        is_good = _test_one(lint_file(path), findings, minimum, as_document) and is_good
    if as_document:
        click.echo(as_json(findings.in_order()))
    if not is_good:
        sys.exit(1)


def _test_one(report: LintReport, findings: Findings, minimum: float, quiet: bool) -> bool:
    if report.loaded is None or not report.is_clean:
        findings.items += report.issues
        _say("\n".join(map(str, report.issues)), quiet)
        return False
    own = Findings()
    run = run_examples(report.loaded.form, report.loaded.program, own)
    findings.items += own.items
    covered = len(run.coverage.all) - len(run.coverage.never)
    _say(
        f"{report.file}: {len(run.passed)} essai(s) réussi(s), {len(run.failed)} en échec, "
        f"{covered}/{len(run.coverage.all)} conditions vérifiées",
        quiet,
    )
    for issue in own.in_order():
        _say(f"  {issue}", quiet)
    for key in run.coverage.never:
        _say(f"  jamais vrai : {key.path} ({key.role} {key.rank + 1})", quiet)
    return not run.failed and run.coverage.ratio >= minimum


def _say(text: str, quiet: bool) -> None:
    if text and not quiet:
        click.echo(text)


@forms.command("export")
@click.argument("file", type=FILE)
@click.option("--to", "target", required=True, type=click.Choice(sorted(FORMATS)), help="Format.")
@click.option("--essai", "example_name", help="Export this in-file test, filled.")
@click.option("--output", type=click.Path(path_type=Path), help="File to write; else the screen.")
def export(file: Path, target: str, example_name: str | None, output: Path | None) -> None:
    """Export a form, blank or filled with one of its tests."""
    loaded = loaded_or_exit(lint_file(file))
    content = _content(loaded, target, _example(loaded.form, example_name))
    if target == "fhir" and example_name is None:
        for text in lost(loaded):
            click.echo(f"non porté par FHIR : {text}", err=True)
    if output:
        output.write_bytes(content)
        click.echo(f"{output} ({len(content)} octets)", err=True)
    else:
        sys.stdout.buffer.write(content)


def _content(loaded: LoadedForm, target: str, example: Example | None) -> bytes:
    try:
        return FORMATS[target](loaded, example)
    except NoRendererError:
        fail(f"aucun plugin installé ne produit ce format ({target}). Installez dcc-cda.")
    except PermanentExchangeError as error:
        fail(error.text)
    return b""


def _example(form: Form, name: str | None) -> Example | None:
    if name is None:
        return None
    for example in form.examples:
        if example.name == name:
            return example
    names = " ; ".join(example.name for example in form.examples)
    fail(f"l'essai « {name} » n'existe pas. Essais : {names}.")
    return None


def loaded_or_exit(report: LintReport) -> LoadedForm:
    """Return the form of a report, or show its errors and end with code 1."""
    if report.loaded is None or not report.is_clean:
        click.echo("\n".join(map(str, report.issues)), err=True)
        fail(f"{report.file} a des erreurs ; corrigez-les d'abord.")
    assert report.loaded is not None  # noqa: S101  fail() does not return
    return report.loaded


@forms.command("schema")
def schema() -> None:
    """Print the JSON Schema that gives editors completion."""
    import json

    click.echo(json.dumps(editor_schema(), ensure_ascii=False, indent=2))


@forms.command("preview")
@click.argument("file", type=FILE)
@click.option("--port", default=0, help="Port; 0 takes a free one and prints it.")
def preview(file: Path, port: int) -> None:
    """Open the live form; it reloads when FILE is saved. Ctrl+C ends."""
    from dcc_rcp_forms.cli.preview import serve_preview

    serve_preview(file, port, Catalogue())


forms.add_command(diff)
forms.add_command(publish)
forms.add_command(valueset)
forms.add_command(import_workbook)
