"""Errors that people make when they enter an identity."""

import unicodedata
from dataclasses import replace
from datetime import date
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dcc_core.patients.synth.people import Person

_NEIGHBOURS = {
    "a": "zqe",
    "e": "zra",
    "i": "uo",
    "o": "ip",
    "u": "yi",
    "n": "bm",
    "m": "nl",
    "s": "dz",
    "d": "sf",
    "t": "ry",
    "r": "et",
    "l": "km",
    "c": "xv",
}
"""Keys beside each other on an AZERTY keyboard."""


def typing_error(name: str, chance: Random) -> str:
    """Return a name with one typing error: a letter left out, doubled, replaced, or two swapped."""
    place = chance.randrange(len(name))
    kind = chance.randrange(4)
    if kind == 0 and len(name) > 2:
        return name[:place] + name[place + 1 :]
    if kind == 1:
        return name[:place] + name[place] + name[place:]
    if kind == 2 and place + 1 < len(name) and name[place] != name[place + 1]:
        return name[:place] + name[place + 1] + name[place] + name[place + 2 :]
    other = chance.choice(_NEIGHBOURS.get(name[place].lower(), "aeiou"))
    return name[:place] + other + name[place + 1 :]


def mistype(person: "Person", chance: Random) -> "Person":
    """Return the same person as a hurried hand enters them."""
    kind = chance.randrange(6)
    if kind == 0:
        return replace(person, family=typing_error(person.family, chance))
    if kind == 1:
        return replace(person, given=(typing_error(person.given[0], chance), *person.given[1:]))
    if kind == 2 and person.birth.day <= 12:
        swapped = date(person.birth.year, person.birth.day, person.birth.month)
        return replace(person, birth=swapped)
    if kind == 3 and person.used_family:
        return replace(person, family=person.used_family, used_family="")
    if kind == 4:
        return replace(person, family=person.given[0], given=(person.family, *person.given[1:]))
    return replace(person, family=_plain(person.family), given=tuple(map(_plain, person.given)))


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).upper()
    return "".join(c for c in letters if not unicodedata.combining(c)).replace("-", " ")
