"""``dcc documents``: the documents of a record, and their renditions."""

from dataclasses import asdict
from pathlib import Path
from uuid import UUID

import click

from dcc_core.audit import AuditContext, audit_context
from dcc_core.cli.output import json_option, print_json, print_table
from dcc_core.cli.runtime import open_runtime
from dcc_core.exchange.rendering import export_document
from dcc_core.records import list_documents

_CLI = AuditContext(via="cli")
FORMATS = {
    "cda": "application/cda+xml",
    "pdf": "application/pdf",
    "fhir": "application/fhir+json",
    "html": "text/html",
}
"""Short names of media types; any other media type can be given as it is."""


@click.group("documents")
def group() -> None:
    """List and export the documents of a patient."""


@group.command("list")
@click.option("--patient", "patient_id", type=click.UUID, required=True)
@json_option
def list_command(patient_id: UUID, as_json: bool) -> None:
    """List the documents of a patient; the access is audited."""
    with open_runtime() as runtime, audit_context(_CLI), runtime.session() as session:
        found = list_documents(session, patient_id)
    if as_json:
        print_json({"documents": [asdict(document) for document in found]})
        return
    print_table(
        ("id", "date", "class", "version", "status", "title"),
        ((d.id, d.created_at, d.document_class, d.version, d.status, d.title) for d in found),
    )


@group.command("export")
@click.argument("document_id", type=click.UUID, metavar="ID")
@click.option("--to", "target", required=True, help=f"{', '.join(FORMATS)}, or a media type.")
@click.option("--version", type=int, help="The latest by default.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
@json_option
def export_command(
    document_id: UUID, target: str, version: int | None, output: Path | None, as_json: bool
) -> None:
    """Write a document in a format that the region's plugins produce; the access is audited."""
    media_type = FORMATS.get(target, target)
    with open_runtime() as runtime, audit_context(_CLI), runtime.session() as session:
        rendition = export_document(
            session, runtime.working, document_id, media_type=media_type, version=version
        )
    path = output or Path(rendition.file_name or f"{document_id}")
    path.write_bytes(rendition.content)
    written = {"file": str(path), "media_type": rendition.media_type, "bytes": path.stat().st_size}
    if as_json:
        print_json(written)
    else:
        click.echo(f"{path}: {written['bytes']} bytes, {rendition.media_type}")
