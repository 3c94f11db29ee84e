"""``dcc demo``: a whole region in a folder, with fictitious patients, ready to be looked at."""

import threading
import webbrowser
from pathlib import Path
from typing import Any

import click

from dcc_core.cli.demo_folder import open_demo_folder
from dcc_core.cli.runtime import open_runtime
from dcc_core.config import Environment

DEFAULT_FOLDER = Path("demo-data")
DEFAULT_PORT = 8000
SEED = 2026


@click.command("demo")
@click.option("--region", "slug", help="Region to show; a neutral one by default.")
@click.option("--port", default=DEFAULT_PORT, show_default=True, help="Port; 0 takes a free one.")
@click.option("--patients", default=300, show_default=True, help="Number of fictitious patients.")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT_FOLDER,
    show_default=True,
    help="Folder of the demonstration; a second start finds it again.",
)
@click.option("--no-browser", is_flag=True, help="Do not open the browser.")
@click.option("--reset", is_flag=True, help="Start again from nothing.")
def command(
    slug: str | None, port: int, patients: int, folder: Path, no_browser: bool, reset: bool
) -> None:
    """Show a region with everything embedded: database, fictitious data, web, worker."""
    from dcc_core.cli.demo_data import fill_demo
    from dcc_core.cli.server import run_server

    choices: dict[str, Any] = {
        "region": slug,
        "env": Environment.DEMO,
        "home": folder,
        "log_format": "console",
        "secret_key": open_demo_folder(folder, reset=reset),
    }
    with open_runtime(migrate_first=True, **choices) as runtime:
        fill_demo(runtime, patients=patients, seed=SEED)

        def ready(url: str) -> None:
            click.echo(f"dcc demo: {url}  (Ctrl-C stops it)")
            if not no_browser:
                threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()

        run_server(runtime, host="127.0.0.1", port=port, ready=ready)
