"""Names: what is refused, how two are compared, and the keys by which they are found.

A name is stored as received. Comparison and search work on copies computed here, so that no
database extension is needed.
"""

import unicodedata
from functools import lru_cache
from zlib import crc32

MAX_LENGTH = 100
PARTICLES = frozenset(
    {"D", "DA", "DE", "DEL", "DELA", "DES", "DI", "DO", "DOS", "DU", "EL", "L", "LA", "LE", "LES"}
    | {"AL", "BEN", "DER", "VAN", "VON"}
)
"""Words that people leave out when they look for a name."""

NEIGHBOURHOOD = 2
"""Typing errors within one name that a search survives."""

_PREFIX = 8  # two keys within two errors have prefixes within two errors: longer ones add no recall
_SHORT = 3  # a short key keeps one letter fewer: with two left out, everything resembles it
_PUNCTUATION = frozenset(" -'.")
_SAME = str.maketrans({"’": "'", "ʼ": "'", "‐": "-", "‑": "-", "\u00a0": " ", "\u202f": " "})
_LATIN = str.maketrans(
    {"Œ": "OE", "Æ": "AE", "ẞ": "SS", "ß": "SS", "Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Þ": "TH"}
)
_SIGNED_32 = 1 << 31


def clean_name(text: str) -> str:
    """Return a name in composed Unicode form with single spaces and plain apostrophes and
    hyphens.
    """
    plain = unicodedata.normalize("NFC", text).translate(_SAME)
    return " ".join(word for word in plain.split(" ") if word)


def has_forbidden_character(text: str) -> bool:
    """Tell whether a name holds anything but letters, spaces, hyphens, apostrophes and full stops.

    Control characters and bidirectional marks are thereby refused: they make two different names
    look alike.
    """
    return any(
        character not in _PUNCTUATION and unicodedata.category(character)[0] not in "LM"
        for character in text
    )


def comparable(text: str) -> str:
    """Return upper-case unaccented words separated by one space (RNIV 1, comparison of traits)."""
    plain = unicodedata.normalize("NFKD", text.upper().translate(_LATIN))
    letters = (c if "A" <= c <= "Z" else " " for c in plain if not unicodedata.combining(c))
    return " ".join("".join(letters).split())


@lru_cache(maxsize=20_000)
def search_key(text: str) -> str:
    """Return the letters alone, so that LE GOFF, LEGOFF and LE-GOFF are the same name."""
    return comparable(text).replace(" ", "")


@lru_cache(maxsize=20_000)
def family_keys(text: str) -> tuple[str, ...]:
    """Return the keys under which a family name is found: whole first, then without particles and
    by part.
    """
    words = comparable(text).split()
    core = [word for word in words if word not in PARTICLES]
    parts = [word for word in core if len(word) > 2]
    return tuple(dict.fromkeys(key for key in ("".join(words), "".join(core), *parts) if key))


def deletions(key: str, *, errors: int = NEIGHBOURHOOD) -> frozenset[int]:
    """Return hashes of the key's beginning and of what remains of it after up to ``errors``
    deletions.

    Two keys within that many typing errors of each other (a letter added, left out, replaced, or
    two neighbours swapped) share at least one hash; sharing one proves nothing.
    """
    remains = layer = {key[:_PREFIX]}
    for _ in range(min(errors, 1) if len(key) <= _SHORT else errors):
        layer = {word[:i] + word[i + 1 :] for word in layer for i in range(len(word))}
        remains = remains | layer
    return frozenset(crc32(word.encode()) - _SIGNED_32 for word in remains if word)


def key_hash(key: str) -> int:
    """Return the hash under which a key stands for itself."""
    return crc32(key[:_PREFIX].encode()) - _SIGNED_32


class TypedName:
    """A name key as somebody typed it, ready to be compared with many known ones.

    Bit-parallel optimal string alignment distance (H. Hyyrö, « A bit-vector algorithm for computing
    Levenshtein and Damerau edit distances », 2003): each bit of a whole number is a row of the
    classical table, so that one letter of the other name costs a dozen operations.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        self._places: dict[str, int] = {}
        for place, letter in enumerate(key):
            self._places[letter] = self._places.get(letter, 0) | 1 << place

    def errors(self, other: str, *, limit: int = NEIGHBOURHOOD) -> int:
        """Return how many typing errors lie between the two, or ``limit + 1`` when more do.

        An error is a letter added, left out or replaced, or two neighbours swapped.
        """
        length = len(self.key)
        if self.key == other:
            return 0
        if abs(length - len(other)) > limit or not length:
            return min(max(length, len(other)), limit + 1)
        return min(self._count(other, (1 << length) - 1, 1 << (length - 1)), limit + 1)

    def _count(self, other: str, every: int, last: int) -> int:
        errors = len(self.key)
        above, below, same, before = every, 0, 0, 0
        for letter in other:
            here = self._places.get(letter, 0)
            swapped = ((~same & here) << 1) & before
            same = ((((here & above) + above) ^ above) | here | below | swapped) & every
            more, fewer = below | (every & ~(same | above)), same & above
            if more & last:
                errors += 1
            elif fewer & last:
                errors -= 1
            more, fewer = (more << 1 | 1) & every, fewer << 1 & every
            above, below = fewer | (every & ~(same | more)), more & same
            before = here
        return errors


def distance(first: str, second: str, *, limit: int = NEIGHBOURHOOD) -> int:
    """Return the typing errors between two keys, or ``limit + 1`` when there are more."""
    return TypedName(first).errors(second, limit=limit)
