"""The first command of the README, run as a newcomer: fresh clone, empty home, no package."""

import os
import re
import shutil
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INHERITED = (
    "PATH",
    "PIP_CERT",
    "PIP_FIND_LINKS",
    "PIP_INDEX_URL",
    "UV_INDEX_URL",
    "UV_DEFAULT_INDEX",
    "UV_CACHE_DIR",
    "SSL_CERT_FILE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
)
"""What an installer may need to know of the machine."""


@pytest.mark.campaign
def test_make_demo_serves_the_start_page(tmp_path: Path) -> None:
    clone, home = tmp_path / "clone", tmp_path / "home"
    home.mkdir()
    subprocess.run(["git", "clone", "--quiet", "--depth=1", f"file://{ROOT}", clone], check=True)
    given = {name: os.environ[name] for name in INHERITED if name in os.environ}
    process = subprocess.Popen(
        ["make", "demo", "ARGS=--no-browser --port 0"],
        cwd=clone,
        env=given | {"HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        address = _address(process)
        with urllib.request.urlopen(address, timeout=30) as answer:
            assert answer.status == 200
            assert b"<html" in answer.read()
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode in {0, 2, 130, -signal.SIGINT}  # make may die of the signal itself
    shutil.rmtree(clone)


def _address(process: subprocess.Popen[str]) -> str:
    for line in process.stdout or []:
        found = re.search(r"http://\S+", line)
        if found:
            return found.group()
    pytest.fail("make demo ended without serving anything")
