"""Three-valued logic, honest arithmetic, imprecise dates."""

import math
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcc_rcp_forms.expressions import dates, numbers
from dcc_rcp_forms.expressions.evaluate import Context, evaluate

TRUTHS = {True: ["b", True], False: ["b", False], None: ["?"]}
EMPTY = Context({})


@pytest.mark.parametrize("left", [True, False, None])
@pytest.mark.parametrize("right", [True, False, None])
def test_logic_follows_kleene(left: bool | None, right: bool | None) -> None:
    both = evaluate(["et", TRUTHS[left], TRUTHS[right]], EMPTY)
    either = evaluate(["ou", TRUTHS[left], TRUTHS[right]], EMPTY)
    assert both == (False if False in (left, right) else None if None in (left, right) else True)
    assert either == (True if True in (left, right) else None if None in (left, right) else False)


def test_an_unknown_value_never_makes_a_comparison_true() -> None:
    for operator in ("=", "<", "≤"):
        assert evaluate([operator, ["v", "x"], ["n", 1.0]], EMPTY) is None
    assert evaluate(["rens", ["v", "x"]], EMPTY) is False


def test_a_hidden_table_is_unknown_and_an_empty_one_is_empty() -> None:
    some = ["existe", "t", ["<", ["n", 1.0], ["c", "mm"]]]
    assert evaluate(some, EMPTY) is None
    assert evaluate(some, Context({"t": ()})) is False
    assert evaluate(some, Context({"t": ({"mm": None},)})) is None
    assert evaluate(some, Context({"t": ({"mm": None}, {"mm": 2.0})})) is True


def test_decimal_sums_are_what_a_clinician_expects() -> None:
    assert numbers.tidy(0.1 + 0.2) == 0.3
    assert numbers.round_half_up(1.005, 2) == 1.01
    assert numbers.round_half_up(-2.5, 0) == -3.0
    assert numbers.divide(1, 0) is None
    assert numbers.clamp(5, 3, 1) is None


@given(st.floats(min_value=1e-300, max_value=1e300))
def test_logarithm_is_right_to_twelve_digits(value: float) -> None:
    result = numbers.natural_log(value)
    assert result is not None
    assert math.isclose(result, math.log(value), rel_tol=1e-12, abs_tol=1e-12)


@given(st.floats())
def test_numbers_never_escape_as_infinite_or_not_a_number(value: float) -> None:
    for result in (numbers.tidy(value), numbers.natural_log(value)):
        assert result is None or math.isfinite(result)


days = st.dates(min_value=date(1850, 1, 1), max_value=date(2150, 12, 31))


def span(day: date) -> dates.DateSpan:
    found = dates.parse_date(day.isoformat())
    assert found is not None
    return found


@given(days, days)
def test_precise_dates_compare_and_subtract_like_dates(left: date, right: date) -> None:
    assert dates.is_before(span(left), span(right)) is (left < right)
    assert dates.is_same(span(left), span(right)) is (left == right)
    assert dates.days_between(span(left), span(right)) == (right - left).days


@given(days, days)
def test_age_changes_on_the_birthday(birth: date, today: date) -> None:
    years = dates.years_between(span(birth), span(today))
    if today >= birth:
        passed = (today.month, today.day) >= (birth.month, birth.day)
        assert years == today.year - birth.year - (not passed)


@given(days, days, st.sampled_from(["2024", "2024-02", "1999-12"]))
def test_an_imprecise_date_is_only_compared_when_every_reading_agrees(
    left: date, right: date, text: str
) -> None:
    vague = dates.parse_date(text)
    assert vague is not None
    readings = [
        date(1970, 1, 1) + timedelta(days=day) for day in range(vague.first, vague.last + 1)
    ]
    answers = {left < reading for reading in readings}
    assert dates.is_before(span(left), vague) is (answers.pop() if len(answers) == 1 else None)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("15/03/2024", "2024-03-15"),
        ("5/3/2024", "2024-03-05"),
        ("03/2024", "2024-03"),
        ("2024", "2024"),
        ("29/02/2024", "2024-02-29"),
        ("29/02/2023", None),
        ("31/04/2024", None),
        ("1/2/24", None),
        ("2024-3-5", None),
        ("1799", None),
        ("٢٠٢٤", None),
    ],
)
def test_dates_are_read_strictly(text: str, stored: str | None) -> None:
    assert dates.iso_text(text) == stored
