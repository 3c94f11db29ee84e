"""What the repository may not contain, and the size of its modules."""

import ast
import re
import statistics
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "common.py", "misc.py"}
MAX_LINES = 500
HOSTS = ("pypi[.]org", "pythonhosted", "registry[.]npmjs", "index-url", "deb[.]debian[.]org")
REGISTRIES = re.compile("|".join(HOSTS), re.IGNORECASE)
LOCKS = {"uv.lock", "poetry.lock", "package-lock.json", "yarn.lock", "pnpm-lock.yaml"}


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [ROOT / line for line in listed if (ROOT / line).is_file()]


def modules() -> list[Path]:
    return [
        path
        for path in tracked()
        if path.suffix == ".py"
        and "/src/" in str(path)
        and "/versions/" not in str(path)
        and "{{" not in str(path)
    ]


def test_no_module_is_long_or_nameless() -> None:
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert {path.name for path in lines} & FORBIDDEN_NAMES == set()
    assert [str(path) for path, count in lines.items() if count > MAX_LINES] == []
    bodies = [count for path, count in lines.items() if path.name != "__init__.py"]
    assert statistics.median(bodies) <= 100


def test_no_registry_no_lock_no_path_of_a_machine() -> None:
    here = str(ROOT.parent) + "/"
    found = []
    for path in tracked():
        if path.name in LOCKS:
            found.append(f"{path}: lock file")
        if path.suffix in {".woff2", ".png", ".gz", ".pdf", ".zip"} or path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        if REGISTRIES.search(text) or here in text:
            found.append(str(path))
    assert found == []


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_public_definitions_say_what_they_are(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = [
        node.name
        for node in tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []
