"""The import rules hold, and a planted violation of each is seen."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLANTED = {
    "layers": ("config/clock.py", "import dcc_core.web.app"),
    "surface": ("db/types.py", "import dcc_core.api"),
    "foreign": ("web/app.py", "import hl7apy"),
}


def lint(core: Path, config: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [command, "--config", config, "--no-cache"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(core)},
        cwd=config.parent,
    )


def test_the_rules_hold() -> None:
    done = lint(ROOT / "core/src", ROOT / "pyproject.toml")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("rule", PLANTED)
def test_a_planted_violation_is_seen(rule: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "core/src", tmp_path / "src")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    name, line = PLANTED[rule]
    path = tmp_path / "src/dcc_core" / name
    path.write_text(f"{path.read_text()}\n{line}\n")
    done = lint(tmp_path / "src", tmp_path / "pyproject.toml")
    assert done.returncode == 1, done.stdout
    assert "BROKEN" in done.stdout
    assert name.partition("/")[0] in done.stdout
