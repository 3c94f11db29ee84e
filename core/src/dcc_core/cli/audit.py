"""``dcc audit``: verify it, look at it, hand a patient the list of accesses, export it."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import click
from sqlmodel import Session

from dcc_core.audit import AuditContext, AuditEntry, audit_context, role_statements
from dcc_core.audit.archive import ArchiveFolder
from dcc_core.audit.balp import to_audit_event
from dcc_core.audit.browse import MAX_ROWS, AuditFilter, list_entries
from dcc_core.audit.heads import read_heads
from dcc_core.audit.keys import keys_of
from dcc_core.audit.verify import Verification, verify_audit
from dcc_core.cli.output import json_option, print_json, print_table
from dcc_core.cli.runtime import open_runtime
from dcc_core.config import Settings
from dcc_core.hooks.contracts.access import Purpose
from dcc_core.jobs.core_jobs import archive_folder, heads_file
from dcc_core.patients import list_aliases, resolve_patient
from dcc_core.users import build_policy
from dcc_core.users.access_report import report_accesses

_CLI = AuditContext(via="cli", purpose=Purpose.AUDIT)
_SHOWN_FAULTS = 20


@click.group("audit")
def group() -> None:
    """Verify the audit, look at it, export it."""


@group.command()
@click.option(
    "--heads",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Journal of heads kept elsewhere; the one of DCC_HOME by default.",
)
@json_option
def verify(heads: Path | None, as_json: bool) -> None:
    """Verify every row, seal and archive; exit 1 and name the first bad row when one is wrong."""
    with open_runtime() as runtime, runtime.database.reading() as session:
        seen = _verify(session, heads or heads_file(runtime.settings), runtime.settings)
    if as_json:
        print_json(_as_dict(seen))
    else:
        _print(seen)
    sys.exit(0 if seen.is_intact else 1)


def _verify(session: Session, heads: Path, settings: Settings) -> Verification:
    keys = keys_of(session)
    return verify_audit(
        session,
        keys=keys,
        now=datetime.now(UTC),
        heads=read_heads(heads, keys.public_key) if heads.exists() else (),
        archived_rows=ArchiveFolder(session, archive_folder(settings)).lines_of,
    )


@group.command("list")
@click.option("--actor", "actor_id", type=click.UUID, help="Account.")
@click.option("--patient", "patient_id", type=click.UUID)
@click.option("--event", default="", help="Event, or an object's events: `document.`")
@click.option("--outcome", type=click.Choice(["success", "denied", "failure"]), default=None)
@click.option("--since", type=click.DateTime(), help="From this instant, UTC.")
@click.option("--until", type=click.DateTime(), help="Before this instant, UTC.")
@click.option("--before", type=int, help="Continue below this number.")
@click.option("--limit", type=click.IntRange(1, MAX_ROWS), default=50, show_default=True)
@json_option
def list_command(
    actor_id: UUID | None,
    patient_id: UUID | None,
    event: str,
    outcome: str | None,
    since: datetime | None,
    until: datetime | None,
    before: int | None,
    limit: int,
    as_json: bool,
) -> None:
    """List rows, newest first. Looking is itself audited."""
    wanted = AuditFilter(actor_id, patient_id, event, outcome or "", _utc(since), _utc(until))
    with open_runtime() as runtime, audit_context(_CLI), runtime.session() as session:
        found = list_entries(session, wanted=wanted, before=before, limit=limit)
    if as_json:
        print_json({"entries": [entry.model_dump(exclude={"mac"}) for entry in found]})
        return
    print_table(
        ("number", "at", "event", "outcome", "actor", "patient", "basis", "via"),
        (
            (e.sequence, e.at, e.event, e.outcome, e.actor_id, e.patient_id, e.basis, e.via)
            for e in found
        ),
    )


@group.command()
@click.option("--patient", "patient_id", type=click.UUID, required=True)
@json_option
def report(patient_id: UUID, as_json: bool) -> None:
    """Tell who looked at a patient's record and why, in sentences that the patient can read."""
    with open_runtime() as runtime, audit_context(_CLI), runtime.session() as session:
        current = resolve_patient(session, patient_id)
        made = report_accesses(
            session,
            patient_id=current,
            policy=build_policy(),
            now=runtime.clock(),
            timezone=runtime.region.timezone,
            aliases=list_aliases(session, current),
            archived=ArchiveFolder(session, archive_folder(runtime.settings)).rows(),
        )
    if as_json:
        print_json(made.as_dict())
        return
    for line in made.lines:
        click.echo(made.sentence(line))


@group.command()
@click.option("--since", type=click.DateTime(), help="From this instant, UTC.")
@click.option("--until", type=click.DateTime(), help="Before this instant, UTC.")
def export(since: datetime | None, until: datetime | None) -> None:
    """Write rows as FHIR AuditEvent (IHE BALP), one JSON document per line, newest first."""
    wanted = AuditFilter(since=_utc(since), until=_utc(until))
    with open_runtime() as runtime, audit_context(_CLI), runtime.session() as session:
        site = urlsplit(runtime.settings.public_url).hostname or runtime.region.slug
        for entry in _all_entries(session, wanted):
            click.echo(json.dumps(to_audit_event(entry, site=site), ensure_ascii=False))


@group.command()
@click.argument("role")
def grants(role: str) -> None:
    """Print the statements by which a PostgreSQL role may add audit rows and nothing else."""
    for statement in role_statements(role):
        click.echo(statement)


def _all_entries(session: Session, wanted: AuditFilter) -> Iterator[AuditEntry]:
    before: int | None = None
    while page := list_entries(session, wanted=wanted, before=before, limit=MAX_ROWS):
        yield from page
        before = page[-1].sequence


def _as_dict(seen: Verification) -> dict[str, object]:
    return {
        "intact": seen.is_intact,
        "seals": seen.seals,
        "sealed": seen.sealed,
        "unsealed": seen.unsealed,
        "archived_unread": seen.archived,
        "faults": [
            {"sequence": fault.sequence, "code": fault.code, "text": fault.text}
            for fault in seen.faults
        ],
    }


def _print(seen: Verification) -> None:
    click.echo(f"{seen.sealed} sealed row(s) under {seen.seals} seal(s), {seen.unsealed} not yet.")
    for fault in seen.faults[:_SHOWN_FAULTS]:
        click.echo(f"{fault.code}  row {fault.sequence}: {fault.text}")
    if len(seen.faults) > _SHOWN_FAULTS:
        click.echo(f"… and {len(seen.faults) - _SHOWN_FAULTS} more")
    click.echo("The audit is intact." if seen.is_intact else "The audit is NOT intact.")


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
