"""``dcc backup`` and ``dcc restore``: a whole region into one file, and back."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from dcc_core.backup import CopyReport, Manifest, read_package, restore_backup, verify_copy
from dcc_core.backup import write_backup as write
from dcc_core.cli.output import json_option, print_json
from dcc_core.cli.runtime import connect, load_region, open_runtime
from dcc_core.config import load_settings
from dcc_core.errors import NotFound
from dcc_core.records import bind_store, open_store

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("backup")
@click.argument("file", type=_FILE)
@json_option
def backup(file: Path, as_json: bool) -> None:
    """Back up the running region into FILE: database, documents, audit, settings without secrets.

    Exit 1 when the file is written but documents are missing or damaged in the store.
    """
    settings = load_settings()
    region, plugins = load_region(settings)
    database = connect(settings)
    try:
        manifest = write(
            file,
            settings=settings,
            region=region,
            plugins=plugins,
            database=database,
            now=datetime.now(UTC),
        )
    finally:
        database.close()
    if as_json:
        print_json({"file": str(file), **manifest.as_dict()})
    else:
        _print_manifest(file, manifest)
    sys.exit(1 if manifest.missing or manifest.contents.damaged else 0)


@click.command("restore")
@click.argument("file", type=_FILE)
@click.option("--verify", is_flag=True, help="Then start the copy, count, verify, open records.")
@json_option
def restore(file: Path, verify: bool, as_json: bool) -> None:
    """Restore FILE into the empty database and folder that the settings name."""
    if not file.exists():
        raise NotFound("DCC-B006", f"{file} does not exist. Give the file of a backup.")
    manifest = read_package(file)
    settings = load_settings()
    region, _ = load_region(settings)
    settings.home.mkdir(parents=True, exist_ok=True)
    database = connect(settings)
    try:
        restore_backup(file, manifest, settings=settings, region=region, database=database)
    finally:
        database.close()
    report = _verify(manifest) if verify else None
    if as_json:
        print_json({"restored": True, "verified": _as_dict(report) if report else None})
    else:
        _print_restored(file, manifest, report)
    sys.exit(0 if report is None or report.is_sound else 1)


def _verify(manifest: Manifest) -> CopyReport:
    """Compare before anything is written, then start the region as `dcc serve` would."""
    from dcc_core.web.app import create_app

    settings = load_settings()
    load_region(settings)
    database = connect(settings)
    bind_store(database, open_store(settings))
    try:
        report = verify_copy(database, manifest, settings=settings, now=datetime.now(UTC))
    finally:
        database.close()
    with open_runtime() as runtime:
        create_app(runtime)
    return report


def _print_manifest(file: Path, manifest: Manifest) -> None:
    contents = manifest.contents
    click.echo(
        f"{file}: {sum(manifest.rows.values())} row(s) in {len(manifest.rows)} table(s),"
        f" {contents.count} document content(s), {contents.size} byte(s)."
    )
    if manifest.missing or contents.damaged:
        click.echo(
            f"dcc: DCC-B007: {manifest.missing} content(s) are missing and {contents.damaged}"
            " damaged in the store. The backup holds everything else; find them in an older one.",
            err=True,
        )


def _print_restored(file: Path, manifest: Manifest, report: CopyReport | None) -> None:
    click.echo(f"{file} of {manifest.made_at} restored.")
    if report is None:
        click.echo("Not verified: run it again on another empty place with --verify.")
        return
    click.echo(
        f"{report.rows} row(s) in {report.tables} table(s), {report.audit_rows} audit row(s),"
        f" {report.patients_opened} record(s) and {report.documents_opened} document(s) opened."
    )
    for fault in report.faults:
        click.echo(f"  {fault}")
    click.echo("The copy is sound." if report.is_sound else "The copy is NOT sound.")


def _as_dict(report: CopyReport) -> dict[str, object]:
    return {
        "sound": report.is_sound,
        "rows": report.rows,
        "tables": report.tables,
        "audit_rows": report.audit_rows,
        "patients_opened": report.patients_opened,
        "documents_opened": report.documents_opened,
        "faults": report.faults,
    }
