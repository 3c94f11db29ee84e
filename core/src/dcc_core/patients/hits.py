"""Lines of a list of results, and the homonyms among them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from dcc_core.hooks.contracts.identity import IdentityStatus, Sex
from dcc_core.patients.birth import BirthDate
from dcc_core.patients.names import search_key

HOMONYM_DAYS = 731
"""Same names and births within 24 months are announced as homonyms."""


@dataclass(frozen=True, slots=True)
class PatientHit:
    """One line of a list of results.

    Attributes:
        errors: Typing errors between what was looked for and the names found.
        is_homonym: Somebody else in the region or in this list is easily taken for this person.
    """

    id: UUID
    birth_family_name: str
    first_given_name: str
    used_family_name: str
    used_given_name: str
    birth: BirthDate
    sex: Sex
    status: IdentityStatus
    birth_place_insee: str
    is_deceased: bool
    is_homonym: bool
    errors: int = 0

    @classmethod
    def of(cls, row: Sequence[Any], *, errors: int) -> "PatientHit":
        """Return the line of a row selected with the columns of the search."""
        return cls(
            row[0],
            row[1],
            row[2],
            row[3],
            row[4],
            BirthDate(row[5], row[6]),
            row[7],
            row[8],
            row[9],
            row[10] is not None,
            row[11],
            errors,
        )


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hits, the closest first; ``is_truncated`` asks the person to be more precise."""

    hits: tuple[PatientHit, ...]
    is_truncated: bool = False


def mark_homonyms(hits: tuple[PatientHit, ...]) -> tuple[PatientHit, ...]:
    """Mark hits that share both birth names with another and were born close to it."""
    groups: dict[tuple[str, str], list[PatientHit]] = defaultdict(list)
    for hit in hits:
        groups[search_key(hit.birth_family_name), search_key(hit.first_given_name)].append(hit)
    marked = {
        hit.id
        for group in groups.values()
        for hit in group
        if any(other is not hit and _born_alike(hit, other) for other in group)
    }
    return tuple(replace(hit, is_homonym=True) if hit.id in marked else hit for hit in hits)


def _born_alike(first: PatientHit, second: PatientHit) -> bool:
    one, other = first.birth.value, second.birth.value
    return abs((one - other).days) <= HOMONYM_DAYS or is_inverted(one, other)


def is_inverted(one: date, other: date) -> bool:
    """Tell whether two dates differ by an exchange of day and month."""
    return (one.day, one.month, one.year) == (other.month, other.day, other.year)
