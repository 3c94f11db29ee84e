"""Print the folders of the plugins that a plugin requires, itself and the core left out."""

import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement


def read(folder: Path) -> dict:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def main() -> None:
    folders = {read(p.parent)["name"]: p.parent for p in Path("plugins").glob("*/pyproject.toml")}
    waiting, found = [Path(sys.argv[1])], set()
    while waiting:
        for line in read(waiting.pop()).get("dependencies", []):
            needed = folders.get(Requirement(line).name)
            if needed is not None and needed not in found:
                found.add(needed)
                waiting.append(needed)
    print(*sorted(map(str, found)))


main()
