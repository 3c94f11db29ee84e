"""``dcc outbox``: what is owed to other systems, and where it stands."""

from dataclasses import asdict

import click

from dcc_core.audit import AuditContext, audit_context
from dcc_core.cli.output import json_option, print_json, print_table
from dcc_core.cli.runtime import open_runtime
from dcc_core.exchange import retry_deliveries
from dcc_core.exchange.listing import list_deliveries, show_delivery
from dcc_core.exchange.states import OutboxKind, OutboxState


@click.group("outbox")
def group() -> None:
    """Look at deliveries and send again those that failed."""


@group.command("list")
@click.option("--state", type=click.Choice([state.value for state in OutboxState]))
@click.option("--kind", type=click.Choice([kind.value for kind in OutboxKind]))
@click.option("--destination", default="", help="Key of a destination.")
@click.option("--before", type=int, help="Continue below this number.")
@click.option("--limit", default=50, show_default=True)
@json_option
def list_command(
    state: str | None,
    kind: str | None,
    destination: str,
    before: int | None,
    limit: int,
    as_json: bool,
) -> None:
    """List deliveries, latest first."""
    with open_runtime() as runtime, runtime.database.reading() as session:
        found = list_deliveries(
            session,
            state=OutboxState(state) if state else None,
            kind=OutboxKind(kind) if kind else None,
            destination=destination,
            before=before,
            limit=limit,
        )
    if as_json:
        print_json({"deliveries": [asdict(delivery) for delivery in found]})
        return
    print_table(
        ("id", "created", "destination", "state", "reason", "tries", "next"),
        ((d.id, d.created_at, d.destination, d.state, d.reason, d.tries, d.next_at) for d in found),
    )


@group.command("show")
@click.argument("delivery_id", type=int, metavar="ID")
@json_option
def show_command(delivery_id: int, as_json: bool) -> None:
    """Show one delivery with its last error and its receipt."""
    with open_runtime() as runtime, runtime.database.reading() as session:
        found = asdict(show_delivery(session, delivery_id))
    if as_json:
        print_json(found)
    else:
        print_table(("field", "value"), found.items())


@group.command("retry")
@click.argument("ids", type=int, nargs=-1, required=True)
@json_option
def retry_command(ids: tuple[int, ...], as_json: bool) -> None:
    """Send again, at once, deliveries that failed or wait."""
    context = AuditContext(via="cli")
    with open_runtime() as runtime, audit_context(context), runtime.session() as session:
        retried = [row.id for row in retry_deliveries(session, ids)]
    if as_json:
        print_json({"retried": retried})
    else:
        click.echo(f"{len(retried)} delivery(ies) wait to be sent again")
