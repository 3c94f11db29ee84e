"""`dcc lab`: tools for those who connect laboratories."""

import sys
from pathlib import Path

import click

from dcc_lab_connectors.hl7.ack import Acknowledgement
from dcc_lab_connectors.hl7.errors import Hl7SyntaxError
from dcc_lab_connectors.mllp.client import MllpClient
from dcc_lab_connectors.mllp.tls import TlsFiles, sender_context


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


def _send_one(client: MllpClient, path: Path) -> bool:
    answer = client.send(path.read_bytes())
    click.echo(f"{path.name}: {_describe(answer)}")
    return answer.is_accepted


def _describe(answer: Acknowledgement) -> str:
    reasons = f" ({', '.join(answer.conditions)})" if answer.conditions else ""
    return f"{answer.code or '?'}{reasons}"
