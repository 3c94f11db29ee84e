"""The map of an import: a small TOML file that says which column is what, and how it is written."""

import codecs
import hashlib
import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from dcc_core.errors import InvalidInput


class ImportMap(BaseModel):
    """How to read a file.

    Attributes:
        kind: ``patients``, or a kind that a plugin brings.
        encoding: Encoding of the file, ``utf-8`` or ``windows-1252`` for instance.
        multiline: Whether a quoted value may hold line ends.
        system: Authority of the local identifiers: ``finess:`` and a number, or an OID.
        columns: Target → heading of the column.
        values: Target → text of the file → text to read in its place.
        options: What the kind asks besides: for fiches, the form and its version.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    encoding: str = "utf-8"
    separator: str = Field(default=";", min_length=1, max_length=1)
    multiline: bool = False
    system: str = ""
    columns: dict[str, str]
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    options: dict[str, str] = Field(default_factory=dict)

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str) -> str:
        name = codecs.lookup(value).name
        return "utf-8-sig" if name == "utf-8" else name

    @property
    def digest(self) -> str:
        """Return the SHA-256 of what the map says, hexadecimal."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def read_map(
    path: Path, *, kind: str, targets: frozenset[str], needed: frozenset[str]
) -> ImportMap:
    """Read the map of an import and hold it against what its kind knows.

    Raises:
        InvalidInput: ``IMP-001``, with everything that is wrong.
    """
    try:
        found = ImportMap.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise _unusable(path, [f"{error} ; un nom accentué se met entre guillemets"]) from error
    except (OSError, UnicodeDecodeError, LookupError) as error:
        raise _unusable(path, [str(error)]) from error
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, each['loc']))} : {each['msg']}"
            for each in error.errors(include_input=False, include_url=False)
        ]
        raise _unusable(path, faults) from error
    faults = [] if found.kind == kind else [f"kind est {found.kind}, attendu {kind}"]
    if "*" not in targets:
        faults += [f"columns.{name} est inconnu" for name in sorted({*found.columns} - targets)]
    faults += [f"columns.{name} manque" for name in sorted(needed - {*found.columns})]
    faults += [
        f"values.{name} n'a pas de colonne" for name in sorted({*found.values} - {*found.columns})
    ]
    if faults:
        raise _unusable(path, faults)
    return found


def _unusable(path: Path, faults: list[str]) -> InvalidInput:
    return InvalidInput(
        "IMP-001",
        f"La correspondance {path.name} ne convient pas : {' ; '.join(faults)}. Corrigez-la, puis"
        " recommencez.",
    )
