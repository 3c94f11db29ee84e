"""``dcc serve``: the web of the region."""

import click

from dcc_core.cli.runtime import open_runtime


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port; 0 takes a free one.")
def command(host: str, port: int) -> None:
    """Serve the region's pages, and work its queues unless DCC_EMBEDDED_WORKER is off."""
    from dcc_core.cli.server import run_server

    with open_runtime() as runtime:
        run_server(runtime, host=host, port=port, ready=lambda url: click.echo(f"dcc serves {url}"))
