"""The browser lane: a real Chromium on a real server. Skipped visibly where there is none,
a failure where ``REQUIRE_BROWSER=1`` demands one.
"""

import os
import shutil
import socket
import subprocess
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import uvicorn
from litestar import Litestar

from dcc_core.cli.server import LiveServer

REQUIRED = "REQUIRE_BROWSER"
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
)
_NAMES = ("chromium", "chromium-browser", "google-chrome")
AXE = "axe-core@4.14.1"
_START_S = 20


def chromium_path() -> str:
    """Return the browser: ``CHROMIUM_PATH``, then ``PATH``; skip or fail without one."""
    found = os.environ.get("CHROMIUM_PATH") or next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        unavailable("no Chromium: install Debian's chromium or set CHROMIUM_PATH")
    return str(found)


def unavailable(reason: str) -> None:
    """Skip the test visibly, or fail where the lane is required."""
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def served(app: Litestar) -> Iterator[str]:
    """Serve an application on a free port of this machine and yield its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = LiveServer(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + _START_S
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def axe_source(cache: Path) -> str:
    """Return the accessibility checker, fetched once through npm; it is never shipped."""
    kept = cache / f"{AXE.replace('@', '-')}.js"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        kept.write_text(_fetch_axe(), encoding="utf-8")
    return kept.read_text(encoding="utf-8")


def _fetch_axe() -> str:
    npm = shutil.which("npm")
    if npm is None:
        unavailable("no npm: axe-core cannot be fetched")
    with TemporaryDirectory() as folder:
        packed = subprocess.run(
            [str(npm), "pack", AXE], cwd=folder, capture_output=True, text=True, check=False
        )
        archives = list(Path(folder).glob("*.tgz"))
        if packed.returncode or not archives:
            unavailable("axe-core cannot be fetched from the npm registry")
        with tarfile.open(archives[0]) as archive:
            member = archive.extractfile("package/axe.min.js")
            content = member.read() if member else b""
    return content.decode() + f"\n// {sha256(content).hexdigest()}\n"
