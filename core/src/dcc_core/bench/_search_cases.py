"""The kinds of search that are measured, as a person types them and as bare SQL takes them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random
from uuid import UUID

from dcc_core.bench._search_raw import RawQuery, by_birth, by_errors, by_ins, by_prefix
from dcc_core.patients import PatientQuery, query_of, read_query
from dcc_core.patients.names import search_key
from dcc_core.patients.synth.errors import typing_error

SHOWN = 20
Made = tuple[PatientQuery, RawQuery]


@dataclass(frozen=True, slots=True)
class Target:
    """A person to find, and how many bear the same names: nobody can rank among those."""

    patient_id: UUID
    family: str
    given: str
    birth_date: date
    ins: str
    namesakes: int


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of search.

    Attributes:
        has_birth: Whether the birth date tells namesakes apart.
        is_partial: Whether the name is still being typed: there is then nobody to find yet.
    """

    name: str
    make: Callable[[Target, Random], Made]
    has_birth: bool = False
    is_partial: bool = False

    def ceiling(self, target: Target) -> float:
        """Return the best chance anybody has to show the person among the first rows."""
        if self.has_birth or self.is_partial:
            return 1.0
        return min(1.0, SHOWN / target.namesakes)


def _ins(target: Target, _chance: Random) -> Made:
    return read_query(target.ins), by_ins(target.ins)


def _prefix_and_birth(target: Target, _chance: Random) -> Made:
    prefix = target.family[:4]
    return (
        query_of(family=prefix, birth_date=target.birth_date),
        by_birth(prefix, target.birth_date),
    )


def _as_you_type(target: Target, chance: Random) -> Made:
    prefix = target.family[: chance.randrange(3, 7)]
    return read_query(prefix), by_prefix(prefix, "")


def _exact(target: Target, _chance: Random) -> Made:
    return (
        query_of(family=target.family, given=target.given),
        by_prefix(target.family, target.given),
    )


def _typo_and_birth(target: Target, chance: Random) -> Made:
    typed = _wrong(target.family, 1, chance)
    return (
        query_of(family=typed, given=target.given, birth_date=target.birth_date),
        by_errors(typed, target.given, 1, target.birth_date),
    )


def _typo(target: Target, chance: Random) -> Made:
    typed = _wrong(target.family, 1, chance)
    return query_of(family=typed, given=target.given), by_errors(typed, target.given, 1, None)


def _two_typos(target: Target, chance: Random) -> Made:
    typed = _wrong(target.family, 2, chance)
    return query_of(family=typed, given=target.given), by_errors(typed, target.given, 2, None)


def _typo_in_each(target: Target, chance: Random) -> Made:
    family, given = _wrong(target.family, 1, chance), _wrong(target.given, 1, chance)
    return query_of(family=family, given=given), by_errors(family, given[:1], 1, None)


def _wrong(name: str, errors: int, chance: Random) -> str:
    typed = name
    while typed == name:
        for _ in range(errors):
            typed = search_key(typing_error(typed, chance))
    return typed


CASES = (
    Case("exact_ins", _ins, has_birth=True),
    Case("prefix_and_birth", _prefix_and_birth, has_birth=True),
    Case("as_you_type", _as_you_type, is_partial=True),
    Case("exact_names", _exact),
    Case("typo_and_birth", _typo_and_birth, has_birth=True),
    Case("typo", _typo),
    Case("two_typos", _two_typos),
    Case("typo_in_each_name", _typo_in_each),
)
