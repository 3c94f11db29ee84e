"""Find, for many identities at once, those they equal and those they resemble.

The same rules as ``find_strict`` and ``queue_duplicates`` apply, with two statements per chunk
instead of several per person.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, func, literal, select, tuple_
from sqlmodel import Session, col

from dcc_core.hooks.contracts.identity import Sex
from dcc_core.patients.duplicates import QUEUED_FROM, score_pair
from dcc_core.patients.models import PatientIn
from dcc_core.patients.names import NEIGHBOURHOOD, TypedName, search_key
from dcc_core.patients.tables import Duplicate, Patient, SearchName


@dataclass(frozen=True, slots=True)
class Neighbour:
    """What a comparison needs of a record; the names are those of ``Patient``."""

    id: UUID
    birth_family_name: str
    used_family_name: str
    first_given_name: str
    used_given_name: str
    birth_date: date
    sex: Sex
    birth_place_insee: str
    ins_matricule: str | None

    @classmethod
    def of(cls, patient_id: UUID, traits: PatientIn) -> "Neighbour":
        """Return a new identity as a neighbour of those that follow."""
        return cls(
            patient_id,
            traits.birth_family_name,
            traits.used_family_name,
            traits.first_given_name,
            traits.used_given_name,
            traits.birth_date,
            traits.sex,
            traits.birth_place_insee,
            None,
        )

    @property
    def families(self) -> set[str]:
        """Return the keys of the family names."""
        return {search_key(self.birth_family_name), search_key(self.used_family_name)} - {""}

    @property
    def givens(self) -> set[str]:
        """Return the keys of the given names."""
        return {search_key(self.first_given_name), search_key(self.used_given_name)} - {""}


_COLUMNS = tuple(getattr(Patient, name) for name in Neighbour.__dataclass_fields__)
_KEYS = (
    col(SearchName.birth_date),
    col(SearchName.family),
    col(SearchName.given),
    col(SearchName.patient_id),
)
Pair = tuple[Neighbour, int, tuple[str, ...]]


class Likeness:
    """The records near a chunk of identities: born on the same days, or of the same names."""

    def __init__(self, session: Session, chunk: Sequence[PatientIn]) -> None:
        self._by_birth: dict[date, dict[UUID, Neighbour]] = defaultdict(dict)
        self._by_name: dict[tuple[str, str], dict[UUID, Neighbour]] = defaultdict(dict)
        self._keys: dict[date, list[tuple[str, str, UUID]]] = defaultdict(list)
        self._pairs: list[tuple[Neighbour, Pair]] = []
        births = {each.birth_date for each in chunk}
        names = {key for each in chunk for key in _names(Neighbour.of(_NOBODY, each))}
        born = col(SearchName.birth_date).in_(births)
        called = _called(session, names)
        for row in session.execute(select(*_KEYS).where(born)):
            self._keys[row[0]].append(row[1:])
        for condition in (born, called):
            found = select(col(SearchName.patient_id)).where(condition)
            statement = select(*_COLUMNS).where(
                col(Patient.id).in_(found), col(Patient.merged_into_id).is_(None)
            )
            for row in session.execute(statement):
                self._remember(Neighbour(*row))

    def look(self, traits: PatientIn) -> tuple[tuple[UUID, ...], list[Pair]]:
        """Return the records of the same names and birth date, and those much alike."""
        one = Neighbour.of(_NOBODY, traits)
        alike = tuple(sorted(self._strict(one), key=str))
        return alike, ([] if alike else list(self._near(one)))

    def add(self, one: Neighbour, near: Iterable[Pair]) -> None:
        """Remember an identity that was created, for those that follow in the chunk."""
        self._remember(one)
        self._keys[one.birth_date] += [(*names, one.id) for names in _names(one)]
        self._pairs += [(one, pair) for pair in near]

    def queue(self, session: Session, now: datetime) -> None:
        """Put what resembles the created identities into the queue of the identity cell."""
        for one, (other, score, reasons) in self._pairs:
            low, high = sorted((one.id, other.id))
            session.add(
                Duplicate(
                    first_id=low, second_id=high, score=score, reasons=list(reasons), found_at=now
                )
            )
        session.flush()

    def _remember(self, one: Neighbour) -> None:
        self._by_birth[one.birth_date][one.id] = one
        for names in _names(one):
            self._by_name[names][one.id] = one

    def _strict(self, one: Neighbour) -> set[UUID]:
        keys = one.families | one.givens
        return {
            patient_id
            for family, given, patient_id in self._keys.get(one.birth_date, ())
            if family in keys and given in keys
        }

    def _near(self, one: Neighbour) -> Iterable[Pair]:
        candidates = dict(self._born_alike(one))
        for names in _names(one):
            candidates.update(self._by_name.get(names, {}))
        for other in candidates.values():
            score = score_pair(cast("Patient", one), cast("Patient", other))
            if score.value >= QUEUED_FROM:
                yield other, score.value, score.reasons

    def _born_alike(self, one: Neighbour) -> Iterable[tuple[UUID, Neighbour]]:
        """Yield who was born the same day and whose names are near: others score too little."""
        families = [TypedName(key) for key in one.families]
        givens = [TypedName(key) for key in one.givens]
        for other in self._by_birth[one.birth_date].values():
            if _any_near(families, other.families) and _any_near(givens, other.givens):
                yield other.id, other


_NOBODY = UUID(int=0)


def _called(session: Session, names: set[tuple[str, str]]) -> ColumnElement[bool]:
    """Return the condition on search rows of these names; PostgreSQL needs a join to be quick."""
    columns = tuple_(col(SearchName.family), col(SearchName.given))
    if session.get_bind().dialect.name != "postgresql" or not names:
        return columns.in_(names)
    families, givens = (list(part) for part in zip(*sorted(names), strict=True))
    wanted = (
        func.unnest(literal(families, ARRAY(Text)), literal(givens, ARRAY(Text)))
        .table_valued("family", "given")
        .render_derived()
    )
    return columns.in_(select(wanted.c.family, wanted.c.given))


def _names(one: Neighbour) -> set[tuple[str, str]]:
    return {(family, given) for family in one.families for given in one.givens}


def _any_near(typed: Sequence[TypedName], others: Iterable[str]) -> bool:
    return any(name.errors(other) <= NEIGHBOURHOOD for other in others for name in typed)
