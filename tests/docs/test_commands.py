"""Every command shown in the documentation is run."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BIN = Path(sys.executable).parent
RUN_ELSEWHERE = {
    "make demo": "tests/docs/test_bootstrap.py",
    "make test": "the suite itself",
}
LASTING = ("dcc serve", "dcc demo", "dcc worker")


def commands(page: Path) -> list[str]:
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def pages_with_commands() -> list[Path]:
    return [page for page in PAGES if any(map(must_run, commands(page)))]


def must_run(command: str) -> bool:
    return command not in RUN_ELSEWHERE and not command.startswith("python3 -m venv")


@pytest.fixture
def place(tmp_path: Path) -> dict[str, str]:
    """Return the environment of somebody who follows the page in an empty folder."""
    dropped = ("DCC_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return kept | {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "DCC_ENV": "test",
        "DCC_HOME": str(tmp_path / "data"),
        "VIRTUAL_ENV": str(tmp_path / "venv"),
    }


@pytest.mark.parametrize("page", pages_with_commands(), ids=lambda page: page.name)
def test_every_command_of_the_page_works(page: Path, place: dict[str, str], tmp_path: Path) -> None:
    for command in filter(must_run, commands(page)):
        if command.startswith(LASTING):
            start_and_stop(command, place, tmp_path)
            continue
        prepare(command, place)
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=tmp_path,
            env=place,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def prepare(command: str, place: dict[str, str]) -> None:
    """Give an installing command an environment of its own, in which the core is installed."""
    target = Path(place["VIRTUAL_ENV"])
    if not command.startswith("uv pip install") or target.exists():
        return
    uv = str(BIN / "uv")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, target], check=True)
    core = [uv, "pip", "install", "--quiet", "-e", f"{ROOT / 'core'}[pg]"]
    group = ["--group", f"{ROOT / 'pyproject.toml'}:test"]
    subprocess.run([*core, *group], env=place, check=True)
    place["PATH"] = f"{target / 'bin'}{os.pathsep}{place['PATH']}"


def start_and_stop(command: str, place: dict[str, str], folder: Path) -> None:
    process = subprocess.Popen(
        ["/bin/sh", "-c", f"exec {command}"],
        cwd=folder,
        env=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    first = process.stdout.readline() if process.stdout else ""
    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=60)[0]
    assert "http://" in first or command.startswith("dcc worker"), f"{command}\n{first}{rest}"
    assert process.returncode in {0, -signal.SIGINT, 130}, f"{command}\n{first}{rest}"


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 130


def test_links_lead_somewhere() -> None:
    broken = [
        f"{page.name}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []
