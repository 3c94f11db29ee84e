"""Find people: tolerant of accents, particles, swapped names and typing errors, never of laziness.

The search goes in rounds, each more tolerant and more costly than the one before, and stops when
enough was found. It uses built-in indexes only, so both databases answer alike.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

from sqlmodel import Session

from dcc_core.audit import record_event
from dcc_core.hooks.contracts.identity import DatePrecision
from dcc_core.patients import search_sql as sql
from dcc_core.patients.birth import BirthDate
from dcc_core.patients.hits import PatientHit, SearchResult, mark_homonyms
from dcc_core.patients.names import NEIGHBOURHOOD, TypedName, deletions, distance
from dcc_core.patients.query import NameGuess, PatientQuery

MAX_ROWS = sql.MAX_ROWS
ENOUGH = 20
"""What a person reads of a list: with so many likelier people, no further error is looked for."""

_LAST = "~"  # sorts after every letter of a key
_SHORTEST_FUZZY = 4
_SHORTEST_ALONE = 5  # of a family name without a given name, which may still be being typed
_ONE_DATE = 400  # rows of one birth date, ranked here: more share it only when it was replaced
_Ranked = tuple[int, int, sql.Row]
Near = dict[str, list[list[str]]]


def find_people(session: Session, query: PatientQuery, *, limit: int = MAX_ROWS) -> SearchResult:
    """Return the people who may be meant, the closest first, and note who was shown.

    Up to two typing errors are survived; homonyms are marked. Never use it to decide that two
    identities are the same: that is ``find_strict``.
    """
    result = look_up(session, query, limit=limit)
    record_event(
        session,
        "patient.search",
        object_kind="patient",
        details={"criteria": query.kinds, "patients": [str(hit.id) for hit in result.hits]},
    )
    return result


def look_up(session: Session, query: PatientQuery, *, limit: int = MAX_ROWS) -> SearchResult:
    """Do the work of ``find_people`` without its audit line: for measurements only."""
    limit = min(limit, MAX_ROWS)
    hits: dict[UUID, PatientHit] = {}
    for round_ in _rounds(session, query):
        for errors, _, row in sorted(round_, key=_closest_first):
            if row[0] not in hits:
                hits[row[0]] = PatientHit.of(row, errors=errors)
        if len(hits) >= min(limit, ENOUGH):
            break
    return SearchResult(mark_homonyms(tuple(hits.values())[:limit]), len(hits) > limit)


def _closest_first(found: _Ranked) -> tuple[object, ...]:
    errors, loose, row = found
    return errors, loose, row[1], row[2], row[5], row[0]


def _rounds(session: Session, query: PatientQuery) -> Iterator[list[_Ranked]]:
    if query.identifier:
        exact = [(0, 0, row) for row in _by_identifier(session, query.identifier)]
        yield exact
        if exact:
            return
    if query.birth:
        born = _born(session, query.birth, query.guesses)
        yield born
        if born or not query.guesses:
            return
    guesses = [guess for guess in query.guesses if guess.family]
    rows = sql.union(session, [(sql.Arm.PREFIX, _prefix_of(guess)) for guess in guesses])
    named = list(_ranked(rows, guesses))
    yield named
    mistyped = _mistyped(session, [guess for guess in guesses[:2] if _may_be_wrong(guess)])
    is_exact = any(not (errors or loose) for errors, loose, _ in named)
    yield from islice(mistyped, 1) if is_exact else mistyped


def _by_identifier(session: Session, value: str) -> Sequence[sql.Row]:
    found = sql.run(session, sql.BY_INS, {"value": value})
    return found or sql.run(session, sql.BY_IDENTIFIER, {"value": value})


def _born(session: Session, birth: BirthDate, guesses: Sequence[NameGuess]) -> list[_Ranked]:
    first, last = _days_of(birth)
    window = {"first_day": first, "last_day": last, "limit": _ONE_DATE}
    if birth.precision is DatePrecision.DAY or not guesses:
        rows = sql.run(session, sql.BORN, window)
    else:
        rows = [
            row
            for guess in guesses
            for row in sql.run(
                session,
                sql.BORN_NAMED,
                {**window, "family": guess.family, "family_end": guess.family + _LAST},
            )
        ]
    possible = guesses or (NameGuess(""),)
    ranked = ((*min(_rank(row, guess) for guess in possible), row) for row in rows)
    return [found for found in ranked if found[0] <= NEIGHBOURHOOD]


def _days_of(birth: BirthDate) -> tuple[date, date]:
    day = birth.value
    if birth.precision is DatePrecision.YEAR:
        return date(day.year, 1, 1), date(day.year, 12, 31)
    if birth.precision is DatePrecision.MONTH:
        following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        return day, date.fromordinal(following.toordinal() - 1)
    return day, day


def _may_be_wrong(guess: NameGuess) -> bool:
    return len(guess.family) >= (_SHORTEST_FUZZY if guess.given else _SHORTEST_ALONE)


def _mistyped(session: Session, guesses: Sequence[NameGuess]) -> Iterator[list[_Ranked]]:
    """Yield the rows at one, then two typing errors: in the family name, or one in each name.

    Only the likeliest reading of the words is given two errors, and only in its family name.
    """
    if not guesses:
        return
    reach = dict.fromkeys((key for guess in guesses for key in (guess.family, guess.given)), 1)
    near = _neighbours(session, reach | {guesses[0].family: NEIGHBOURHOOD})
    for errors, possible in ((1, guesses), (2, guesses[:1])):
        arms = [arm for guess in possible for arm in _arms(guess, errors, near)]
        rows = sql.union(session, [(kind, values) for kind, values, _ in arms])
        yield list(_ranked(rows, [guess for _, _, guess in arms]))


def _arms(
    guess: NameGuess, errors: int, near: Near
) -> Iterator[tuple[sql.Arm, dict[str, Any], NameGuess]]:
    """Yield what to look for at so many errors; what no known name can give is left out."""
    families = near[guess.family]
    if families[errors]:
        yield sql.Arm.FAMILIES, {"families": families[errors], **_given_range(guess)}, guess
    if guess.given and families[errors - 1] and near[guess.given][1]:
        couple = {"families": families[errors - 1], "givens": near[guess.given][1]}
        yield sql.Arm.COUPLES, couple, guess


def _neighbours(session: Session, reach: Mapping[str, int]) -> Near:
    """Return, for each key, the known names at no error, one, two; a key stands for itself."""
    hashes = {key: deletions(key, errors=errors) for key, errors in reach.items()}
    wanted = sorted(frozenset().union(*hashes.values()))
    known = sql.run(session, sql.NEIGHBOURS, {"hashes": wanted})
    near: Near = {}
    for key, limit in reach.items():
        near[key] = [[key], *([] for _ in range(NEIGHBOURHOOD))]
        typed = TypedName(key)
        for name in {name for hashed, name in known if hashed in hashes[key]}:
            errors = typed.errors(name, limit=limit)
            if 0 < errors <= limit:
                near[key][errors].append(name)
    return near


def _prefix_of(guess: NameGuess) -> dict[str, Any]:
    return {"family": guess.family, "family_end": guess.family + _LAST, **_given_range(guess)}


def _given_range(guess: NameGuess) -> dict[str, Any]:
    return {"given": guess.given, "given_end": guess.given + _LAST}


def _ranked(rows: Iterable[sql.Row], guesses: Sequence[NameGuess]) -> Iterator[_Ranked]:
    """Yield the rows that the guess of their arm explains."""
    for row in rows:
        errors, loose = _rank(row, guesses[row[sql.FOUND_BY]])
        if errors <= NEIGHBOURHOOD:
            yield errors, loose, row


def _rank(row: sql.Row, guess: NameGuess) -> tuple[int, int]:
    """Return the errors between a row and a guess, and how many names go on after the guess."""
    family, given = row[sql.FOUND_FAMILY], row[sql.FOUND_GIVEN]
    errors = _errors(guess.family, family)
    if errors <= NEIGHBOURHOOD:
        errors += _errors(guess.given, given)
    return errors, (family != guess.family) + (given != guess.given)


def _errors(typed: str, known: str) -> int:
    return 0 if known.startswith(typed) else distance(typed, known)
