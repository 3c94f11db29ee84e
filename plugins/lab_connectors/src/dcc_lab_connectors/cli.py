"""`dcc lab`: tools for those who connect laboratories."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dcc_lab_connectors.hl7.ack import Acknowledgement
from dcc_lab_connectors.hl7.errors import Hl7SyntaxError
from dcc_lab_connectors.hl7.message import parse_message
from dcc_lab_connectors.mllp.client import MllpClient
from dcc_lab_connectors.mllp.tls import TlsFiles, sender_context

if TYPE_CHECKING:
    from dcc_lab_connectors.conformance.checker import Report
    from dcc_lab_connectors.viewer import SegmentView


class _Address(click.ParamType[tuple[str, int]]):
    name = "HOST:PORT"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        host, separator, port = value.rpartition(":")
        if not separator or not host or not port.isdigit():
            self.fail(f"{value} is not HOST:PORT", param, ctx)
        return host, int(port)


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("lab")
def lab() -> None:
    """Test and support laboratory connections."""


@lab.command("send")
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--to", "address", required=True, type=_Address(), help="Listener, HOST:PORT.")
@click.option("--timeout", "timeout_s", default=30.0, show_default=True, help="Seconds to wait.")
@click.option("--tls-authorities", type=_FILE, help="PEM authorities: speak TLS and verify.")
@click.option("--tls-certificate", type=_FILE, help="PEM certificate to show.")
@click.option("--tls-key", type=_FILE, help="PEM key of the certificate.")
def send(
    files: tuple[Path, ...],
    address: tuple[str, int],
    timeout_s: float,
    tls_authorities: Path | None,
    tls_certificate: Path | None,
    tls_key: Path | None,
) -> None:
    """Send each FILE as one HL7 message and print its acknowledgement; exit 1 if any is refused."""
    paths = TlsFiles(tls_certificate, tls_key, tls_authorities)
    tls = sender_context(paths) if tls_authorities else None
    try:
        with MllpClient(*address, timeout_s=timeout_s, tls=tls) as client:
            accepted = [_send_one(client, path) for path in files]
    except (OSError, Hl7SyntaxError) as error:
        click.echo(
            f"dcc: no usable answer from {address[0]}:{address[1]} ({type(error).__name__}). "
            "Check the address, the firewall and the partner's log.",
            err=True,
        )
        sys.exit(1)
    sys.exit(0 if all(accepted) else 1)


@lab.command("show")
@click.argument("file", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def show(file: Path, as_json: bool) -> None:
    """Print the message of FILE with the names of its fields, and what breaks the standard.

    Exit 1 when it breaks the standard or cannot be read.
    """
    from dcc_lab_connectors.conformance.checker import Status, check_message
    from dcc_lab_connectors.viewer import view_message

    raw = file.read_bytes()
    report = check_message(raw)
    try:
        segments = view_message(parse_message(raw))
    except Hl7SyntaxError as error:
        click.echo(f"dcc: {file.name} is not an HL7 v2 message. {error.problem.text}", err=True)
        sys.exit(1)
    if as_json:
        shown = {"segments": [asdict(view) for view in segments], "check": asdict(report)}
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        _print_segments(segments)
        _print_report(report)
    sys.exit(1 if report.status is Status.INVALID else 0)


def _print_segments(segments: "Sequence[SegmentView]") -> None:
    for segment in segments:
        click.secho(f"{segment.name}[{segment.rank}]", bold=True)
        for field in segment.fields:
            click.echo(f"  {field.number:>3}  {field.name:<42} {field.value}")


def _print_report(report: "Report") -> None:
    click.echo(f"check: {report.status}" + (f" ({report.reason})" if report.reason else ""))
    for finding in report.findings:
        click.echo(f"  {finding.location}: {finding.rule}")


def _send_one(client: MllpClient, path: Path) -> bool:
    answer = client.send(path.read_bytes())
    click.echo(f"{path.name}: {_describe(answer)}")
    return answer.is_accepted


def _describe(answer: Acknowledgement) -> str:
    reasons = f" ({', '.join(answer.conditions)})" if answer.conditions else ""
    return f"{answer.code or '?'}{reasons}"
