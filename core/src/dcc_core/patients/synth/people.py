"""People of a synthetic population, one after the other: the same seed gives the same people.

Among them, as in life: twins, homonyms, movers, and records entered twice with the errors that
people make at a keyboard.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from uuid import UUID

from dcc_core.hooks.contracts.identity import DatePrecision, IdentityStatus, Sex
from dcc_core.patients.ins import ins_key
from dcc_core.patients.synth.errors import mistype
from dcc_core.patients.synth.sources import COUNTRIES, Commune, Sources, Weighted

VISIBLE_PREFIX = "DÉMO-"
"""Begins every family name of a demonstration, so that nobody takes it for a real record."""

_LAST_BIRTH = date(2008, 12, 31)
_AGES_DAYS = 70 * 365
_TWINS, _HOMONYMS, _DUPLICATES = 0.015, 0.005, 0.012
_MARRIED, _ABROAD, _MOVERS, _DECEASED, _SECOND_GIVEN = 0.38, 0.12, 0.03, 0.12, 0.35
_STATUSES = (
    (0.60, IdentityStatus.QUALIFIED),
    (0.72, IdentityStatus.RETRIEVED),
    (0.85, IdentityStatus.VALIDATED),
    (1.00, IdentityStatus.PROVISIONAL),
)


@dataclass(frozen=True, slots=True)
class Person:
    """One record of the population.

    Attributes:
        ins: Matricule of the test authority with its key, None when the status has none.
        ipps: Pairs of establishment number (0, 1, …) and local identifier.
        twin_of: Record of the same person, when this one was entered by mistake.
    """

    id: UUID
    family: str
    given: tuple[str, ...]
    birth: date
    precision: DatePrecision
    sex: Sex
    birth_place: str
    used_family: str
    status: IdentityStatus
    ins: str | None
    home: Commune
    street_number: int
    ipps: tuple[tuple[int, str], ...]
    deceased_on: date | None
    duplicate_of: UUID | None = None


class Population:
    """A source of people.

    Args:
        sources: Names and places.
        seed: The same seed gives the same people.
        visible: Whether every family name begins with ``DÉMO-``.
        establishments: How many establishments give local identifiers.
    """

    def __init__(
        self, sources: Sources, *, seed: int, visible: bool = True, establishments: int = 4
    ) -> None:
        self._sources = sources
        self._chance = Random(seed)  # noqa: S311 - a population that can be made again, no secret
        self._prefix = VISIBLE_PREFIX if visible else ""
        self._establishments = establishments
        self._matricules: set[int] = set()
        self._number = 0

    def people(self, count: int) -> Iterator[Person]:
        """Yield so many records."""
        made = 0
        while made < count:
            for person in self._household():
                if made < count:
                    made += 1
                    yield person

    def _household(self) -> Iterator[Person]:
        """Yield one person, and the records that come with them."""
        person = self._person()
        yield person
        luck = self._chance.random()
        if luck < _TWINS:
            yield self._twin_of(person)
        elif luck < _TWINS + _HOMONYMS:
            yield self._homonym_of(person)
        elif luck < _TWINS + _HOMONYMS + _DUPLICATES:
            yield self._entered_again(person)

    def _person(self) -> Person:
        chance = self._chance
        sex = Sex.FEMALE if chance.random() < 0.53 else Sex.MALE
        birth = _LAST_BIRTH - timedelta(days=int(_AGES_DAYS * chance.random() ** 1.3) + 6000)
        family = self._prefix + self._draw(self._sources.family)
        married = sex is Sex.FEMALE and chance.random() < _MARRIED
        status = self._status()
        place = self._birth_place()
        home = self._commune()
        return Person(
            id=self._id(),
            family=family,
            given=self._given(sex),
            birth=birth,
            precision=DatePrecision.DAY,
            sex=sex,
            birth_place=place,
            used_family=self._prefix + self._draw(self._sources.family) if married else "",
            status=status,
            ins=self._ins(sex, birth, place) if _has_ins(status) else None,
            home=home,
            street_number=chance.randrange(1, 200),
            ipps=self._ipps(),
            deceased_on=birth + timedelta(days=int(365.25 * 85))
            if chance.random() < _DECEASED and birth.year < 1938
            else None,
        )

    def _twin_of(self, person: Person) -> Person:
        sex = self._chance.choice((Sex.FEMALE, Sex.MALE))
        return replace(
            person,
            id=self._id(),
            given=self._given(sex),
            sex=sex,
            used_family="",
            ins=self._ins(sex, person.birth, person.birth_place) if person.ins else None,
            ipps=self._ipps(),
            deceased_on=None,
        )

    def _homonym_of(self, person: Person) -> Person:
        birth = person.birth + timedelta(days=self._chance.choice((-1, 1, 31, 365, -400, 700)))
        place = self._birth_place()
        return replace(
            person,
            id=self._id(),
            birth=birth,
            birth_place=place,
            ins=self._ins(person.sex, birth, place) if person.ins else None,
            home=self._commune(),
            ipps=self._ipps(),
            deceased_on=None,
        )

    def _entered_again(self, person: Person) -> Person:
        return replace(
            mistype(person, self._chance),
            id=self._id(),
            status=IdentityStatus.PROVISIONAL,
            ins=None,
            ipps=self._ipps(),
            duplicate_of=person.id,
        )

    def _draw(self, choices: Weighted) -> str:
        return self._chance.choices(choices.values, cum_weights=choices.weights)[0]

    def _given(self, sex: Sex) -> tuple[str, ...]:
        names = self._sources.female if sex is Sex.FEMALE else self._sources.male
        first = self._draw(names)
        if self._chance.random() >= _SECOND_GIVEN:
            return (first,)
        second = self._draw(names)
        return (first,) if second == first else (first, second)

    def _status(self) -> IdentityStatus:
        luck = self._chance.random()
        return next(status for limit, status in _STATUSES if luck < limit)

    def _commune(self) -> Commune:
        return self._chance.choices(
            self._sources.communes, cum_weights=self._sources.communes_weights
        )[0]

    def _birth_place(self) -> str:
        if self._chance.random() < _ABROAD:
            return self._chance.choice(COUNTRIES)
        return self._commune().insee

    def _ins(self, sex: Sex, birth: date, place: str) -> str:
        beginning = f"{2 if sex is Sex.FEMALE else 1}{birth:%y%m}{place}"
        order = self._chance.randrange(1, 1000)
        while (number := int(beginning.replace("A", "7").replace("B", "8")) * 1000 + order) in (
            self._matricules
        ):
            order = order % 999 + 1
        self._matricules.add(number)
        body = f"{beginning}{order:03d}"
        return body + ins_key(body)

    def _ipps(self) -> tuple[tuple[int, str], ...]:
        count = 2 if self._chance.random() < _MOVERS else 1
        places = self._chance.sample(range(self._establishments), count)
        self._number += 1
        return tuple((place, f"{self._number:09d}") for place in places)

    def _id(self) -> UUID:
        return UUID(int=self._chance.getrandbits(128), version=4)


def _has_ins(status: IdentityStatus) -> bool:
    return status in {IdentityStatus.QUALIFIED, IdentityStatus.RETRIEVED}
