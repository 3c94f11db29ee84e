"""Names and places of a synthetic population: small lists beside this module, or public files.

The small lists hold facts (frequent French names, INSEE codes). The public files, when a folder is
given, are those of INSEE: family names, given names, communes.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import accumulate
from pathlib import Path

COUNTRIES = ("99352", "99351", "99350", "99139", "99134", "99127", "99109", "99341", "99415")
"""INSEE codes of countries of birth: Algeria, Tunisia, Morocco, Portugal, Spain, Italy, Germany,
Senegal, Argentina.
"""

_OFTEN_FEMALE = "aei"  # last letters: the public file does not tell the sex
_HERE = files("dcc_core.patients.synth")
_FLATNESS, _SLOPE = 40, 1.05  # first name 0.36 % of people, first thousand 44 %


@dataclass(frozen=True, slots=True)
class Commune:
    """A place of birth or residence."""

    insee: str
    name: str
    postal_code: str


@dataclass(frozen=True, slots=True)
class Weighted:
    """Choices with cumulated weights, as ``random.choices`` wants them."""

    values: Sequence[str]
    weights: Sequence[float]


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that a population draws from."""

    family: Weighted
    female: Weighted
    male: Weighted
    communes: tuple[Commune, ...]
    communes_weights: Sequence[float]


def read_sources(folder: Path | None = None) -> Sources:
    """Return the embedded lists, enriched with the public files of a folder when it has them.

    Args:
        folder: Holds ``noms/noms_famille_insee.txt``, ``noms/prenoms_insee.txt`` and
            ``geo/communes_4_regions.csv``.
    """
    families, female, male = map(_lines, ("family_names", "female_names", "male_names"))
    communes, populations = _communes(_HERE / "communes.csv")
    if folder is not None and (folder / "noms").is_dir():
        families += _shuffled(folder / "noms" / "noms_famille_insee.txt", set(families))
        given = _shuffled(folder / "noms" / "prenoms_insee.txt", {*female, *male})
        female += [name for name in given if name[-1] in _OFTEN_FEMALE]
        male += [name for name in given if name[-1] not in _OFTEN_FEMALE]
    if folder is not None and (folder / "geo").is_dir():
        communes, populations = _communes(folder / "geo" / "communes_4_regions.csv")
    return Sources(
        _weighted(families),
        _weighted(female, slope=1.3, flatness=8),
        _weighted(male, slope=1.3, flatness=8),
        tuple(communes),
        list(accumulate(populations)),
    )


def _lines(name: str) -> list[str]:
    return (_HERE / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def _weighted(
    values: Sequence[str], *, slope: float = _SLOPE, flatness: float = _FLATNESS
) -> Weighted:
    weights = accumulate((rank + flatness) ** -slope for rank in range(len(values)))
    return Weighted(values, list(weights))


def _shuffled(path: Path, known: set[str]) -> list[str]:
    """Return the names of a file in an order that owes nothing to the alphabet."""
    upper = {name.upper() for name in known}
    names = [name for name in path.read_text(encoding="utf-8").split("\n") if name.strip()]
    fresh = [
        name.title() for name in names if name not in upper and name.replace(" ", "").isalpha()
    ]
    return sorted(fresh, key=lambda name: blake2b(name.encode(), digest_size=8).digest())


def _communes(path: Path | Traversable) -> tuple[list[Commune], list[float]]:
    with path.open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["codes_postaux"] and row["population"]]
    communes = [
        Commune(row["code_insee"], row["nom"], row["codes_postaux"].split(";")[0][:5])
        for row in rows
    ]
    return communes, [float(row["population"]) for row in rows]
