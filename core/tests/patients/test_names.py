from functools import cache
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dcc_core.patients.names import (
    clean_name,
    comparable,
    deletions,
    distance,
    family_keys,
    has_forbidden_character,
    key_hash,
    search_key,
)
from dcc_core.patients.synth.errors import typing_error

KEYS = st.text("ABCDEFGILMNORST", min_size=1, max_size=16)


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Le Goff", "LE GOFF"),
        ("Lefèvre", "LEFEVRE"),
        ("D’Almeida", "D ALMEIDA"),
        ("Saint-Martin", "SAINT MARTIN"),
        ("Œdème-Ælle", "OEDEME AELLE"),
        ("Łukasz Øre", "LUKASZ ORE"),
        ("ßtraße", "SSTRASSE"),
        ("e\u0301lodie", "ELODIE"),
        ("Петров", ""),
        ("", ""),
    ],
)
def test_names_are_compared_without_accents_or_punctuation(written: str, compared: str) -> None:
    assert comparable(written) == compared


def test_a_family_name_is_found_whole_without_particles_and_by_part() -> None:
    assert family_keys("De La Tour d'Auvergne") == (
        "DELATOURDAUVERGNE",
        "TOURAUVERGNE",
        "TOUR",
        "AUVERGNE",
    )
    assert family_keys("Martin") == ("MARTIN",)
    assert family_keys("Du") == ("DU",)


def test_a_name_is_kept_as_received_but_for_invisible_variants() -> None:
    assert clean_name(" L’Hostis\u00a0 Le\u2011Bihan ") == "L'Hostis Le-Bihan"


@pytest.mark.parametrize("text", ["Mar\u202etin", "Mar\x00tin", "Mar\ntin", "M4rtin", "<b>", "😀"])
def test_characters_that_deceive_are_forbidden(text: str) -> None:
    assert has_forbidden_character(text)


@given(KEYS, KEYS)
@example("AB", "BA")
@example("ABC", "CA")
def test_the_distance_is_the_textbook_one(first: str, second: str) -> None:
    assert distance(first, second, limit=2) == min(3, _textbook(first, second))


@given(KEYS.filter(lambda key: len(key) > 3), st.integers(1, 2), st.integers())
def test_typing_errors_never_leave_the_neighbourhood(key: str, errors: int, seed: int) -> None:
    chance, typed = Random(seed), key  # noqa: S311 - errors that can be made again
    for _ in range(errors):
        typed = search_key(typing_error(typed, chance)) or "A"
    if _textbook(key, typed) <= 2 and len(typed) > 3:
        assert deletions(key) & deletions(typed)


@given(KEYS)
def test_a_key_stands_for_itself(key: str) -> None:
    assert key_hash(key) in deletions(key, errors=0) <= deletions(key)
    assert all(-(2**31) <= hashed < 2**31 for hashed in deletions(key))


def _textbook(first: str, second: str) -> int:
    """Optimal string alignment distance, written as its definition."""

    @cache
    def between(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        least = min(
            between(i - 1, j) + 1,
            between(i, j - 1) + 1,
            between(i - 1, j - 1) + (first[i - 1] != second[j - 1]),
        )
        if i > 1 and j > 1 and first[i - 1] == second[j - 2] and first[i - 2] == second[j - 1]:
            least = min(least, between(i - 2, j - 2) + 1)
        return least

    return between(len(first), len(second))
