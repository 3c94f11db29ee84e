"""``dcc inbox``: what was received, and what became of it."""

import sys
from dataclasses import asdict
from uuid import UUID

import click

from dcc_core.audit import AuditContext, audit_context
from dcc_core.cli.output import json_option, print_json, print_table
from dcc_core.cli.runtime import open_runtime
from dcc_core.exchange import (
    attach_message,
    close_message,
    read_message,
    replay_messages,
    replay_range,
)
from dcc_core.exchange.listing import list_messages, show_message
from dcc_core.exchange.states import InboxState

_CLI = AuditContext(via="cli")


class _NumberOrRange(click.ParamType[tuple[int, int]]):
    """A number, or two joined by a hyphen."""

    name = "ID|FIRST-LAST"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Return the first and the last number; the same twice for a number alone."""
        first, _, last = value.partition("-")
        if not first.isdigit() or (last and not last.isdigit()) or value.endswith("-"):
            self.fail(f"{value} is neither a number nor FIRST-LAST", param, ctx)
        return int(first), int(last or first)


@click.group("inbox")
def group() -> None:
    """Look at received messages, process them again, attach them to a patient."""


@group.command("list")
@click.option("--state", type=click.Choice([state.value for state in InboxState]))
@click.option("--source", default="", help="Key of an inbound source.")
@click.option("--before", type=int, help="Continue below this number.")
@click.option("--limit", default=50, show_default=True)
@json_option
def list_command(
    state: str | None, source: str, before: int | None, limit: int, as_json: bool
) -> None:
    """List messages, latest first."""
    with open_runtime() as runtime, runtime.database.reading() as session:
        found = list_messages(
            session,
            state=InboxState(state) if state else None,
            source=source,
            before=before,
            limit=limit,
        )
    if as_json:
        print_json({"messages": [asdict(message) for message in found]})
        return
    print_table(
        ("id", "received", "source", "state", "reason", "kind", "tries"),
        ((m.id, m.received_at, m.source, m.state, m.reason, m.kind, m.tries) for m in found),
    )


@group.command("show")
@click.argument("message_id", type=int, metavar="ID")
@click.option("--raw", is_flag=True, help="Write the bytes received; the reading is audited.")
@json_option
def show_command(message_id: int, raw: bool, as_json: bool) -> None:
    """Show one message, or its bytes."""
    if raw and as_json:
        raise click.UsageError("Give --raw or --json, not both.")
    with open_runtime() as runtime, audit_context(_CLI), runtime.session() as session:
        content = read_message(session, message_id).content if raw else b""
        found = show_message(session, message_id)
    if raw:
        sys.stdout.buffer.write(content)
    elif as_json:
        print_json(asdict(found))
    else:
        print_table(("field", "value"), asdict(found).items())


@group.command("replay")
@click.argument("ids", type=_NumberOrRange(), nargs=-1, required=True)
@click.option("--source", default="", help="Key of the source, needed for a range.")
@json_option
def replay_command(ids: tuple[tuple[int, int], ...], source: str, as_json: bool) -> None:
    """Process messages again, by number or by range (12 40-55).

    What is already applied changes nothing.
    """
    ranges = [(first, last) for first, last in ids if first != last]
    if ranges and not source:
        raise click.UsageError("Give --source with a range.")
    with open_runtime() as runtime, audit_context(_CLI), runtime.session() as session:
        single = [first for first, last in ids if first == last]
        replayed = [message.id for message in replay_messages(session, single)]
        count = len(replayed) + sum(
            replay_range(session, source=source, first=first, last=last) for first, last in ranges
        )
    if as_json and ranges:
        print_json({"replayed": replayed, "count": count})
    elif as_json:
        print_json({"replayed": replayed})
    else:
        click.echo(f"{count} message(s) wait to be processed again")


@group.command("attach")
@click.argument("message_id", type=int, metavar="ID")
@click.option("--patient", "patient_id", type=click.UUID, required=True)
@click.option("--reason", required=True, help="What was verified; kept in the audit.")
@json_option
def attach_command(message_id: int, patient_id: UUID, reason: str, as_json: bool) -> None:
    """Attach a message in quarantine to a patient."""
    with open_runtime() as runtime, audit_context(_CLI), runtime.session() as session:
        attach_message(session, message_id, patient_id=patient_id, reason=reason)
    if as_json:
        print_json({"attached": message_id, "patient": str(patient_id)})
    else:
        click.echo(f"message {message_id} waits to be processed for patient {patient_id}")


@group.command("close")
@click.argument("message_id", type=int, metavar="ID")
@click.option("--reason", required=True, help="Why nothing is to be applied; kept in the audit.")
@json_option
def close_command(message_id: int, reason: str, as_json: bool) -> None:
    """Close a message that is settled otherwise: nothing of it is applied."""
    with open_runtime() as runtime, audit_context(_CLI), runtime.session() as session:
        close_message(session, message_id, reason=reason)
    if as_json:
        print_json({"closed": message_id})
    else:
        click.echo(f"message {message_id} is closed")
