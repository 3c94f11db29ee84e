"""What somebody looks for: the words of one search box, or the fields of a form."""

import re
from dataclasses import dataclass
from datetime import date

from dcc_core.config import utc_now
from dcc_core.errors import InvalidInput
from dcc_core.patients.birth import BirthDate, parse_birth_date
from dcc_core.patients.fields import OLDEST_BIRTH
from dcc_core.patients.ins import looks_like_ins
from dcc_core.patients.names import PARTICLES, search_key

MIN_LETTERS = 3
"""Fewer letters than this find nothing without another criterion (RNIV 1, search of identities)."""

MAX_WORDS = 5
_INS_SPACED = re.compile(r"(?<!\w)[1-8](?:[ ]?[0-9AB]){12}(?:[ ]?\d){2}(?!\w)", re.IGNORECASE)
_IDENTIFIER = re.compile(r"(?=.*\d)[\w./-]+")


@dataclass(frozen=True, slots=True)
class NameGuess:
    """One way to read the words: which keys are the family name, which the given name."""

    family: str
    given: str = ""


@dataclass(frozen=True, slots=True)
class PatientQuery:
    """Criteria of a tolerant search; all of them narrow it.

    Attributes:
        guesses: Readings of the names, the likeliest first.
        identifier: An INS matricule or a local identifier, compared exactly.
    """

    guesses: tuple[NameGuess, ...] = ()
    birth: BirthDate | None = None
    identifier: str = ""

    @property
    def kinds(self) -> list[str]:
        """Return which criteria were given, for the audit: never their values."""
        given = {"name": self.guesses, "birth": self.birth, "identifier": self.identifier}
        return [kind for kind, value in given.items() if value]


def read_query(text: str) -> PatientQuery:
    """Read the words of one search box: names in any order, a birth date, an INS or an IPP.

    Raises:
        InvalidInput: ``PAT-060`` too little to search with.
    """
    spaced = _INS_SPACED.search(text)
    identifier = "".join(spaced.group().split()).upper() if spaced else ""
    birth: BirthDate | None = None
    words: list[str] = []
    for word in (_INS_SPACED.sub(" ", text) if spaced else text).split():
        if looks_like_ins(word):
            identifier = word.upper()
        elif (known := parse_birth_date(word)) is not None and _is_plausible(known.value):
            birth = known
        elif _IDENTIFIER.fullmatch(word):
            identifier = word
        elif search_key(word):
            words.append(word)
    return _checked(PatientQuery(_guesses(words[:MAX_WORDS]), birth, identifier))


def query_of(
    *,
    family: str = "",
    given: str = "",
    birth_date: date | str | None = None,
    identifier: str = "",
) -> PatientQuery:
    """Return the criteria of a form with separate fields; the two names may have been swapped.

    Raises:
        InvalidInput: ``PAT-060`` too little to search with, ``PAT-005`` unreadable birth date.
    """
    names = NameGuess(search_key(family), search_key(given))
    swapped = NameGuess(names.given, names.family)
    birth = _birth(birth_date)
    guesses = tuple(guess for guess in (names, swapped) if guess.family or (guess.given and birth))
    return _checked(PatientQuery(guesses, birth, identifier.strip()))


def _birth(given: date | str | None) -> BirthDate | None:
    if not given:
        return None
    known = BirthDate(given) if isinstance(given, date) else parse_birth_date(given)
    if known is None:
        raise InvalidInput(
            "PAT-005",
            "Cette date n'existe pas ou est illisible. Écrivez jj/mm/aaaa, mm/aaaa ou aaaa.",
            field="birth_date",
        )
    return known


def _is_plausible(birth: date) -> bool:
    """Tell a year of birth from a local identifier of four digits."""
    return birth >= OLDEST_BIRTH and birth.year <= utc_now().year


def _guesses(words: list[str]) -> tuple[NameGuess, ...]:
    keys = [search_key(word) for word in words]
    core = [key for key in keys if key not in PARTICLES]
    return tuple(dict.fromkeys((*_splits(keys), *_splits(core))))


def _splits(keys: list[str]) -> list[NameGuess]:
    """Return every way to cut the words into two names, in both orders, then all as one name."""
    found = [
        guess
        for cut in range(1, len(keys))
        for first, last in [("".join(keys[:cut]), "".join(keys[cut:]))]
        for guess in (NameGuess(first, last), NameGuess(last, first))
    ]
    return [*found, NameGuess("".join(keys))] if keys else []


def _checked(query: PatientQuery) -> PatientQuery:
    letters = max(
        (len(guess.family + guess.given) for guess in query.guesses if guess.family), default=0
    )
    if letters >= MIN_LETTERS or query.identifier or query.birth:
        return query
    raise InvalidInput(
        "PAT-060",
        "Il faut au moins trois lettres du nom, ou une date de naissance, ou un identifiant."
        " Précisez la recherche.",
        field="query",
    )
