"""Find people: tolerant of accents, particles, swapped names and typing errors, never of laziness.

Every statement uses built-in indexes only, so both databases answer alike. Statements are built
once; their values are bound at each call.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select
from sqlmodel import Session, col

from dcc_core.audit import record_event
from dcc_core.hooks.contracts.identity import DatePrecision
from dcc_core.patients.birth import BirthDate
from dcc_core.patients.hits import PatientHit, SearchResult, mark_homonyms
from dcc_core.patients.names import NEIGHBOURHOOD, deletions, distance
from dcc_core.patients.query import NameGuess, PatientQuery
from dcc_core.patients.tables import Identifier, NameDeletion, Patient, SearchName

MAX_ROWS = 50

_LAST = "~"  # sorts after every letter of a key
_SHORTEST_FUZZY = 4
_ONE_DATE = 400  # rows of one birth date, ranked here: more share it only when it was replaced
_Found = tuple[tuple[int, int], Row[Any]]

_SHOWN: tuple[Any, ...] = (
    col(Patient.id),
    col(Patient.birth_family_name),
    col(Patient.first_given_name),
    col(Patient.used_family_name),
    col(Patient.used_given_name),
    col(Patient.birth_date),
    col(Patient.birth_date_precision),
    col(Patient.sex),
    col(Patient.status),
    col(Patient.birth_place_insee),
    col(Patient.deceased_on),
    col(Patient.is_homonym),
)
_family, _given = col(SearchName.family), col(SearchName.given)
_BY_NAME = (
    select(*_SHOWN, _family, _given)
    .join(SearchName, col(SearchName.patient_id) == col(Patient.id))
    .limit(bindparam("limit"))
)
_FAMILY_RANGE = (_family >= bindparam("family")) & (_family < bindparam("family_end"))
_GIVEN_RANGE = (_given >= bindparam("given")) & (_given < bindparam("given_end"))
_PREFIX = _BY_NAME.where(_FAMILY_RANGE, _GIVEN_RANGE).order_by(_family, _given)
_FAMILIES = _BY_NAME.where(_family.in_(bindparam("families", expanding=True)), _GIVEN_RANGE)
_FAMILIES_GIVENS = _BY_NAME.where(
    _family.in_(bindparam("families", expanding=True)),
    _given.in_(bindparam("givens", expanding=True)),
)
_BORN = _BY_NAME.where(
    col(SearchName.birth_date).between(bindparam("first_day"), bindparam("last_day"))
)
_BORN_NAMED = _BORN.where(_FAMILY_RANGE)
_survivor = func.coalesce(col(Patient.merged_into_id), col(Patient.id))
_BY_INS = select(*_SHOWN).where(
    col(Patient.id).in_(select(_survivor).where(col(Patient.ins_matricule) == bindparam("value")))
)
_BY_IDENTIFIER = (
    select(*_SHOWN)
    .distinct()
    .join(Identifier, col(Identifier.patient_id) == col(Patient.id))
    .where(col(Identifier.value) == bindparam("value"), col(Identifier.is_active))
    .limit(MAX_ROWS + 1)
)
_NEIGHBOURS = (
    select(col(NameDeletion.key))
    .where(col(NameDeletion.hash).in_(bindparam("hashes", expanding=True)))
    .distinct()
)


def find_people(session: Session, query: PatientQuery, *, limit: int = MAX_ROWS) -> SearchResult:
    """Return the people who may be meant, the closest first, and note who was shown.

    Up to two typing errors are survived; homonyms are marked. Never use it to decide that two
    identities are the same: that is ``find_strict``.
    """
    limit = min(limit, MAX_ROWS)
    hits: dict[Any, PatientHit] = {}
    for round_ in _rounds(session, query):
        for (errors, _), row in sorted(round_, key=_closest_first):
            hits.setdefault(row[0], PatientHit.of(tuple(row), errors=errors))
        if len(hits) > limit:
            break
    shown = mark_homonyms(tuple(hits.values())[:limit])
    record_event(
        session,
        "patient.search",
        object_kind="patient",
        details={"criteria": query.kinds, "patients": [str(hit.id) for hit in shown]},
    )
    return SearchResult(shown, is_truncated=len(hits) > limit)


def _closest_first(found: _Found) -> tuple[Any, ...]:
    rank, row = found
    return (*rank, row.birth_family_name, row.first_given_name, row.birth_date, row[0])


def _rounds(session: Session, query: PatientQuery) -> Iterator[list[_Found]]:
    """Yield what was found, each round more tolerant and more costly than the one before."""
    if query.identifier:
        exact = [((0, 0), row) for row in _by_identifier(session, query.identifier)]
        yield exact
        if exact:
            return
    if query.birth:
        born = _born(session, query.birth, query.guesses)
        yield born
        if born or not query.guesses:
            return
    yield from _named(session, [guess for guess in query.guesses if guess.family])


def _by_identifier(session: Session, value: str) -> Sequence[Row[Any]]:
    return (
        session.execute(_BY_INS, {"value": value}).all()
        or session.execute(_BY_IDENTIFIER, {"value": value}).all()
    )


def _born(session: Session, birth: BirthDate, guesses: Sequence[NameGuess]) -> list[_Found]:
    first, last = _days_of(birth)
    window = {"first_day": first, "last_day": last, "limit": _ONE_DATE}
    if birth.precision is DatePrecision.DAY or not guesses:
        rows = list(session.execute(_BORN, window).all())
    else:
        rows = [
            row
            for guess in guesses
            for row in session.execute(_BORN_NAMED, {**window, **_prefix_of(guess)}).all()
        ]
    return list(_ranked(rows, guesses or (NameGuess(""),)))


def _days_of(birth: BirthDate) -> tuple[date, date]:
    day = birth.value
    if birth.precision is DatePrecision.YEAR:
        return date(day.year, 1, 1), date(day.year, 12, 31)
    if birth.precision is DatePrecision.MONTH:
        following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        return day, date.fromordinal(following.toordinal() - 1)
    return day, day


def _named(session: Session, guesses: Sequence[NameGuess]) -> Iterator[list[_Found]]:
    yield [
        found
        for guess in guesses
        for found in _ranked(_run(session, _PREFIX, **_prefix_of(guess)), (guess,))
    ]
    near = _Neighbourhood(session)
    tolerated = [guess for guess in guesses[:2] if len(guess.family) >= _SHORTEST_FUZZY]
    for errors in range(1, NEIGHBOURHOOD + 1):
        yield [found for guess in tolerated for found in near.rows(guess, errors)]


class _Neighbourhood:
    """Rows within so many typing errors of a guess, in the family name, the given name or both."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[str, list[set[str]]] = {}

    def rows(self, guess: NameGuess, errors: int) -> Iterator[_Found]:
        families = self._near(guess.family)
        if families[errors]:
            found = _run(self._session, _FAMILIES, families=families[errors], **_given_range(guess))
            yield from _ranked(found, (guess,))
        for in_given in range(1, errors + 1) if guess.given else ():
            pair = {
                "families": families[errors - in_given] or {guess.family},
                "givens": self._near(guess.given)[in_given],
            }
            if pair["givens"] and (families[errors - in_given] or errors == in_given):
                yield from _ranked(_run(self._session, _FAMILIES_GIVENS, **pair), (guess,))

    def _near(self, key: str) -> list[set[str]]:
        if key not in self._known:
            by_errors: list[set[str]] = [{key}, *(set() for _ in range(NEIGHBOURHOOD))]
            hashes = list(deletions(key))
            for known in self._session.scalars(_NEIGHBOURS, {"hashes": hashes}):
                errors = distance(key, known, limit=NEIGHBOURHOOD)
                if errors <= NEIGHBOURHOOD:
                    by_errors[errors].add(known)
            self._known[key] = by_errors
        return self._known[key]


def _run(session: Session, statement: Select[Any], **values: Any) -> Sequence[Row[Any]]:
    bound = {
        name: sorted(value) if isinstance(value, set) else value for name, value in values.items()
    }
    return session.execute(statement, {"limit": MAX_ROWS + 1, **bound}).all()


def _prefix_of(guess: NameGuess) -> dict[str, str]:
    return {
        "family": guess.family,
        "family_end": guess.family + _LAST,
        **_given_range(guess),
    }


def _given_range(guess: NameGuess) -> dict[str, str]:
    return {"given": guess.given, "given_end": guess.given + _LAST}


def _ranked(rows: Sequence[Row[Any]], guesses: Sequence[NameGuess]) -> Iterator[_Found]:
    """Yield the rows that a guess explains, with (errors, whether the names go on)."""
    for row in rows:
        best = min(_rank(row.family, row.given, guess) for guess in guesses)
        if best[0] <= NEIGHBOURHOOD:
            yield best, row


def _rank(family: str, given: str, guess: NameGuess) -> tuple[int, int]:
    errors = _errors(guess.family, family)
    if errors <= NEIGHBOURHOOD:
        errors += _errors(guess.given, given)
    return errors, int(family != guess.family) + int(given != guess.given)


def _errors(typed: str, known: str) -> int:
    if known.startswith(typed):
        return 0
    return distance(typed, known, limit=NEIGHBOURHOOD)
