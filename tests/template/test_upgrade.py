"""A region follows the template: from the true previous version, and with work of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "cookiecutter-region"
PREVIOUS = Path(__file__).parent / "fixtures" / "template-1.zip"
ASKED = ("--set", "plugins=cda, sso_psc", "--set", "slug=essai")


def dcc(*arguments: object) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("DCC_")}
    return subprocess.run(
        [sys.executable, "-m", "dcc_core", *map(str, arguments)],
        env=kept | {"DCC_ENV": "test"},
        capture_output=True,
        text=True,
        check=False,
    )


def new_region(folder: Path, template: Path) -> Path:
    done = dcc("region", "new", "Essai", "--into", folder, "--template", template, *ASKED)
    assert done.returncode == 0, done.stderr
    region = folder / "dcc-region-essai"
    git(region, "init", "-q")
    commit(region, "Begin")
    return region


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=DÉMO", "-c", "user.email=demo@example.invalid")
    command = ["git", "-C", str(folder), *who, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def commit(folder: Path, subject: str) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", subject)


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """Return a template that is one version ahead: a new line, a new file, one gone."""
    copy = tmp_path / "newer" / "cookiecutter-region"
    shutil.copytree(TEMPLATE, copy)
    inside = copy / "{{cookiecutter.repo_name}}"
    edit(copy / "cookiecutter.json", '"_template_version": "2"', '"_template_version": "3"')
    edit(inside / "Makefile", ".PHONY:", "# Version 3.\n.PHONY:")
    (inside / "deploy" / "dcc-night.timer").write_text("[Timer]\n", encoding="utf-8")
    (inside / "deploy" / "Caddyfile").unlink()
    return copy


def test_the_previous_version_comes_to_this_one_with_local_commits(tmp_path: Path) -> None:
    region = new_region(tmp_path, PREVIOUS)
    source = region / "src" / "dcc_region_essai" / "region.py"
    edit(source, 'PluginEntry(name="cda")', 'PluginEntry(name="cda", optional=True)')
    edit(region / "README.md", "# Essai", "# Essai, notre région")
    commit(region, "Our own work")
    assert "DCC-R011" in dcc("region", "upgrade", region).stderr
    done = dcc("region", "upgrade", region, "--from", PREVIOUS)
    assert done.returncode == 0, done.stdout + done.stderr
    readme = (region / "README.md").read_text(encoding="utf-8")
    assert "# Essai, notre région" in readme
    assert "dcc region upgrade" in readme
    assert "optional=True" in source.read_text(encoding="utf-8")
    assert '"template_version": "2"' in (region / ".dcc-region.json").read_text(encoding="utf-8")
    commit(region, "Follow the template")
    again = dcc("region", "upgrade", region)
    assert "0 file(s) change" in again.stdout, again.stdout + again.stderr


def test_the_plan_shows_the_patch_and_changes_nothing(tmp_path: Path, newer: Path) -> None:
    region = new_region(tmp_path, TEMPLATE)
    done = dcc("region", "upgrade", region, "--plan", "--template", newer)
    assert done.returncode == 0, done.stderr
    assert "template 2 -> 3" in done.stdout
    assert "+# Version 3." in done.stdout
    assert "migrations" in done.stdout
    assert git(region, "status", "--porcelain") == ""


def test_files_come_and_go_and_the_changelog_is_left_alone(tmp_path: Path, newer: Path) -> None:
    region = new_region(tmp_path, TEMPLATE)
    edit(region / "CHANGELOG.md", "## 0.1.0", "## 0.2.0\n\n- À nous.\n\n## 0.1.0")
    commit(region, "Our own work")
    assert dcc("region", "upgrade", region, "--template", newer).returncode == 0
    assert (region / "deploy" / "dcc-night.timer").exists()
    assert not (region / "deploy" / "Caddyfile").exists()
    assert "À nous" in (region / "CHANGELOG.md").read_text(encoding="utf-8")


def test_a_file_changed_on_both_sides_is_left_to_a_person(tmp_path: Path, newer: Path) -> None:
    region = new_region(tmp_path, TEMPLATE)
    edit(region / "Makefile", ".PHONY:", "# À nous.\n.PHONY:")
    edit(region / "deploy" / "Caddyfile", "reverse_proxy", "encode gzip\n    reverse_proxy")
    commit(region, "Our own work")
    done = dcc("region", "upgrade", region, "--template", newer)
    assert done.returncode == 1
    assert "Makefile: 1 conflict(s)" in done.stdout
    assert "deploy/Caddyfile: removed on one side" in done.stdout
    text = (region / "Makefile").read_text(encoding="utf-8")
    assert "<<<<<<< region" in text
    assert "# À nous." in text
    assert "# Version 3." in text


def test_work_that_is_not_committed_stops_the_upgrade(tmp_path: Path, newer: Path) -> None:
    region = new_region(tmp_path, TEMPLATE)
    edit(region / "README.md", "# Essai", "# Essai en cours")
    assert "DCC-R012" in dcc("region", "upgrade", region, "--template", newer).stderr


def test_a_folder_that_is_no_region_says_so(tmp_path: Path) -> None:
    assert "DCC-R010" in dcc("region", "upgrade", tmp_path).stderr
