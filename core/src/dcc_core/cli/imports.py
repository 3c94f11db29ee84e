"""``dcc import``: take over the records of a previous tool. Plugins add their kinds."""

import sys
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from dcc_core.audit import AuditContext, audit_context, record_event
from dcc_core.cli.output import json_option, print_json, print_table
from dcc_core.cli.runtime import open_runtime
from dcc_core.hooks.contracts.access import Purpose
from dcc_core.legacy import (
    BatchOut,
    Importer,
    ImportKind,
    ImportMap,
    Verdict,
    list_batches,
    list_rows,
    read_map,
    revert_batch,
    run_import,
)
from dcc_core.legacy.decide import attach_row, create_row
from dcc_core.legacy.patients import NEEDED, PATIENTS, TARGETS
from dcc_core.legacy.report import report_html, report_sections
from dcc_core.legacy.runner import describe_batch, find_batch
from dcc_core.legacy.source import open_source
from dcc_core.web.runtime import Runtime

_CONTEXT = AuditContext(purpose=Purpose.ADMINISTRATION, via="cli")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_WAITING = (Verdict.AMBIGUOUS, Verdict.REFUSED)


class ImportGroup(click.Group):
    """The kinds of the core; plugins add theirs with ``add_kind``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds: dict[str, ImportKind] = {}

    def add_kind(self, kind: ImportKind) -> None:
        """Add ``dcc import <kind>``."""
        self.kinds[kind.name] = kind
        self.add_command(_command(kind))

    def importer_of(self, runtime: Runtime, name: str) -> Importer:
        """Return the importer of a stored batch, for what needs no map."""
        kind = self.kinds.get(name)
        if kind is None:
            raise click.UsageError(f"no plugin of this region imports {name}.")
        return _make(kind, runtime, ImportMap(kind=name, columns={}))


def _command(kind: ImportKind) -> click.Command:
    @click.command(kind.name, help=kind.help)
    @click.argument("file", type=_FILE)
    @click.option("--map", "map_file", type=_FILE, required=True, help="Which column is what.")
    @click.option("--dry-run", is_flag=True, help="Judge every row, write nothing.")
    @json_option
    def command(file: Path, map_file: Path, dry_run: bool, as_json: bool) -> None:
        mapping = read_map(map_file, kind=kind.name, targets=kind.targets, needed=kind.needed)
        source = open_source(file, mapping)
        with audit_context(_CONTEXT), open_runtime() as runtime, _progress(source.rows) as bar:
            done = run_import(
                runtime.database,
                _make(kind, runtime, mapping),
                source,
                dry_run=dry_run,
                progress=bar.update if bar else None,
                clock=runtime.clock,
            )
            _print(done, runtime.region.timezone, as_json=as_json)
        sys.exit(0 if done.is_reconciled else 1)

    return command


def _make(kind: ImportKind, runtime: Runtime, mapping: ImportMap) -> Importer:
    return kind.make(mapping, runtime.region.establishments, runtime.clock)


@click.group("import", cls=ImportGroup)
def group() -> None:
    """Take over the records of a previous tool: a verdict per row, a batch to undo."""


@group.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List the batches, newest first."""
    with open_runtime() as runtime, runtime.reading() as session:
        batches = list_batches(session)
    if as_json:
        print_json([batch.model_dump() for batch in batches])
        return
    print_table(
        ("BATCH", "KIND", "STATE", "ROWS", "DONE", "FILE"),
        ((b.id, b.kind, b.state, b.rows_total, b.rows_done, b.file_name) for b in batches),
    )


@group.command("report")
@click.argument("batch_id", type=click.UUID)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="File, .pdf or .html."
)
@json_option
def report(batch_id: UUID, output: Path | None, as_json: bool) -> None:
    """Tell what became of every row of a batch, and count again what it created."""
    with open_runtime() as runtime, runtime.reading() as session:
        kind = find_batch(session, batch_id).kind
        found = describe_batch(session, importers().importer_of(runtime, kind), batch_id)
        waiting = [row for each in _WAITING for row in list_rows(session, batch_id, verdict=each)]
        timezone = runtime.region.timezone
    sections = list(report_sections(found, waiting, timezone))
    if output is None:
        _print(found, timezone, as_json=as_json)
        return
    title = f"Reprise : {found.file_name}"
    if output.suffix == ".pdf":
        from dcc_core.legacy.pdf import report_pdf

        output.write_bytes(report_pdf(title, sections))
    else:
        output.write_text(report_html(title, sections), encoding="utf-8")
    click.echo(f"{output} written.")


@group.command("queue")
@click.argument("batch_id", type=click.UUID)
@click.option("--limit", type=click.IntRange(1, 10_000), default=200, show_default=True)
@json_option
def queue(batch_id: UUID, limit: int, as_json: bool) -> None:
    """List the rows that wait for a person: doubtful ones, then refused ones."""
    with audit_context(_CONTEXT), open_runtime() as runtime, runtime.session() as session:
        record_event(session, "import.queue", object_kind="import", object_id=batch_id)
        found = [row for each in _WAITING for row in list_rows(session, batch_id, verdict=each)][
            :limit
        ]
    if as_json:
        print_json([row.model_dump() for row in found])
        return
    print_table(
        ("ROW", "LINE", "VERDICT", "REASON", "FIELD", "CANDIDATES"),
        ((r.number, r.line, r.verdict, r.code, r.field, ", ".join(r.candidates)) for r in found),
    )


@group.command("decide")
@click.argument("batch_id", type=click.UUID)
@click.argument("number", type=int)
@click.option("--map", "map_file", type=_FILE, required=True, help="The map of the import.")
@click.option("--attach", type=click.UUID, help="It is this patient: give it the identifier.")
@click.option("--create", is_flag=True, help="It is somebody else: create the record.")
def decide(batch_id: UUID, number: int, map_file: Path, attach: UUID | None, create: bool) -> None:
    """Settle a doubtful row of patients, by its number: the same person, or somebody else."""
    if create == (attach is not None):
        raise click.UsageError("give --attach with a patient, or --create.")
    mapping = read_map(map_file, kind="patients", targets=TARGETS, needed=NEEDED)
    with audit_context(_CONTEXT), open_runtime() as runtime, runtime.session() as session:
        places = runtime.region.establishments
        if attach is not None:
            attach_row(session, batch_id, number, attach, mapping=mapping, establishments=places)
        else:
            create_row(session, batch_id, number, mapping=mapping, establishments=places)
    click.echo(f"row {number} settled.")


@group.command("revert")
@click.argument("batch_id", type=click.UUID)
@json_option
def revert(batch_id: UUID, as_json: bool) -> None:
    """Undo a batch: take out what it created and nobody used since."""
    with audit_context(_CONTEXT), open_runtime() as runtime, runtime.session() as session:
        kind = find_batch(session, batch_id).kind
        done = revert_batch(
            session,
            importers().importer_of(runtime, kind),
            batch_id,
            clock=runtime.clock,
        )
        _print(done, runtime.region.timezone, as_json=as_json)


def importers() -> ImportGroup:
    """Return the group with the kinds of the core."""
    found = group
    if not isinstance(found, ImportGroup):
        raise TypeError("the import group is built by this module")
    return found


importers().add_kind(PATIENTS)


def _progress(rows: int) -> Any:
    if not sys.stderr.isatty():
        return nullcontext()
    return click.progressbar(length=rows, label="Rows", file=sys.stderr)


def _print(batch: BatchOut, timezone: str, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(batch) | {"reconciled": batch.is_reconciled})
        return
    for title, lines in report_sections(batch, (), timezone):
        click.secho(title, bold=True)
        for label, value in lines:
            click.echo(f"  {label:46} {value}")
