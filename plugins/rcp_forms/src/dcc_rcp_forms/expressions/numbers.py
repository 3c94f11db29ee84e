"""Arithmetic shared, operation for operation, with the browser (`evaluate.js`).

Numbers are IEEE doubles on both sides. Each result is rounded to 15 significant digits, half up,
so that 0,1 + 0,2 equals 0,3; a result that is not finite is unknown.
"""

import math
from decimal import ROUND_HALF_UP, Context, Decimal

_FIFTEEN_DIGITS = Context(prec=15, rounding=ROUND_HALF_UP)
_LN_2 = 0.6931471805599453
_SQRT_HALF = 0.7071067811865476
_SERIES_TERMS = 25


def tidy(value: float) -> float | None:
    """Round to 15 significant digits; None when the value is not finite."""
    if not math.isfinite(value):
        return None
    if value.is_integer() and abs(value) < 1e15:
        return value + 0.0
    rounded = float(_FIFTEEN_DIGITS.create_decimal(Decimal(value))) + 0.0
    return rounded if math.isfinite(rounded) else None


def divide(left: float, right: float) -> float | None:
    """Divide; a division by zero is unknown."""
    return tidy(left / right) if right else None


def natural_log(value: float) -> float | None:
    """Return the natural logarithm; unknown for zero and below.

    Written out as a fixed series of additions and divisions: library logarithms differ in the last
    digit from one machine to the next, this one does not.
    """
    if value <= 0 or not math.isfinite(value):
        return None
    exponent = 0
    while value >= 2 * _SQRT_HALF:
        value /= 2
        exponent += 1
    while value < _SQRT_HALF:
        value *= 2
        exponent -= 1
    ratio = (value - 1) / (value + 1)
    power, total = ratio, 0.0
    for odd in range(1, 2 * _SERIES_TERMS, 2):
        total += power / odd
        power *= ratio * ratio
    return tidy(2 * total + exponent * _LN_2)


def round_half_up(value: float, digits: float) -> float | None:
    """Round to `digits` decimals (0 to 6), halves away from zero, on the decimal writing."""
    if abs(value) >= 1e15:
        return tidy(value)
    places = int(digits)
    shifted = float(Decimal(repr(abs(value))).scaleb(places))
    whole = Decimal(shifted).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    rounded = float(whole.scaleb(-places))
    return tidy(math.copysign(rounded, value))


def clamp(value: float, low: float, high: float) -> float | None:
    """Keep a value between two bounds; unknown when the bounds are reversed."""
    if low > high:
        return None
    return min(max(value, low), high)
