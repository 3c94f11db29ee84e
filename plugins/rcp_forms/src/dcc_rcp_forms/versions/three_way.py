"""When a national form moves: does the regional overlay still stand on it?"""

from dataclasses import dataclass

from dcc_rcp_forms.composition.differences import Difference
from dcc_rcp_forms.language.model import Form
from dcc_rcp_forms.versions.diff import Change, compare_forms


@dataclass(frozen=True, slots=True)
class Collision:
    """The base and the overlay both touched the same thing."""

    address: str
    base: str
    overlay: str


def collisions(
    old_base: Form, new_base: Form, differences: tuple[Difference, ...]
) -> tuple[Collision, ...]:
    """Return what an expert must look at before the overlay follows its base."""
    by_field: dict[str, list[Change]] = {}
    for change in compare_forms(old_base, new_base):
        by_field.setdefault(change.address.split(".")[0], []).append(change)
    found = []
    for difference in differences:
        name = difference.address.rpartition(".")[2]
        found += [
            Collision(name, change.text, difference.text) for change in by_field.get(name, ())
        ]
    return tuple(found)
