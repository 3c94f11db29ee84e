"""The value sets at hand: those of the national pack, and those a region imported."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from dcc_rcp_forms.valuesets.model import CodeList

NATIONAL_SETS = Path(__file__).parent.parent / "pack" / "valuesets"


@dataclass(frozen=True, slots=True)
class Library:
    """Folders of value sets, the first that has a name wins; files are `NAME@version.json`."""

    folders: tuple[Path, ...] = field(default=(NATIONAL_SETS,))

    def names(self) -> list[str]:
        """List the names of the sets."""
        files = (path for folder in self.folders for path in folder.glob("*@*.json"))
        return sorted({path.name.partition("@")[0] for path in files})

    def find(self, name: str, version: str = "") -> CodeList | None:
        """Return a set, in its last version unless one is asked for."""
        for folder in self.folders:
            versions = sorted(folder.glob(f"{name}@{version or '*'}.json"))
            if versions:
                return _read(versions[-1])
        return None

    def save(self, codes: CodeList) -> tuple[Path, bool]:
        """Write a version to the first folder; tell whether it is new.

        Raises:
            FileExistsError: this version is there with other codes; a revision has a new date.
        """
        path = self.folders[0] / f"{codes.name}@{codes.version}.json"
        text = codes.to_json()
        if path.exists():
            if path.read_text(encoding="utf-8") != text:
                raise FileExistsError(f"{codes.name} {codes.version}")
            return path, False
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path, True


@cache
def _read(path: Path) -> CodeList:
    return CodeList.from_json(path.read_text(encoding="utf-8"))
