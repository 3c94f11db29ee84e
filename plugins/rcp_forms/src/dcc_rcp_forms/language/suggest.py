"""Suggest the name an author probably meant."""

import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the closest candidate, accents and case ignored; None when nothing is close."""
    by_folded: dict[str, str] = {}
    for candidate in candidates:
        by_folded.setdefault(_fold(candidate), candidate)
    found = get_close_matches(_fold(word), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(word: str, candidates: Iterable[str], otherwise: str = "") -> str:
    """Return « Vouliez-vous dire … ? », or the other advice when nothing is close."""
    found = nearest(word, candidates)
    return f"Vouliez-vous dire « {found} » ?" if found else otherwise


def enumerate_french(words: Iterable[str], limit: int = 12) -> str:
    """Join words with commas, cut after `limit`."""
    listed = list(words)
    tail = ", …" if len(listed) > limit else ""
    return ", ".join(listed[:limit]) + tail


def _fold(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))
