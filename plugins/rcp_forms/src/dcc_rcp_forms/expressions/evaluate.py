"""Evaluate core expressions: three-valued, without loops beyond the rows of a table, without clock.

A core expression is turned once into closures and then run as often as needed. `None` is the
unknown value everywhere. `evaluate.js` does the same in the browser, operation for operation.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dcc_rcp_forms.expressions import dates, numbers
from dcc_rcp_forms.expressions.core import Core

Row = Mapping[str, Any]
Value = Any
"""None, float, str, bool, DateSpan, tuple of codes, or tuple of rows."""


@dataclass(frozen=True, slots=True)
class Context:
    """What an expression can see.

    Attributes:
        values: known values of the visible fields, by id.
        absences: declared absences (`inconnu`, `non fait`), by id.
        row: the row being looked at.
    """

    values: Mapping[str, Value]
    absences: Mapping[str, str] = field(default_factory=dict)
    row: Row = field(default_factory=dict)


Thunk = Callable[[Context], Value]


def prepare(core: Core) -> Thunk:
    """Turn a core expression into a function of its context."""
    return _BUILDERS[core[0]](*core[1:])


def evaluate(core: Core, context: Context) -> Value:
    """Evaluate once; prefer `prepare` for repeated use."""
    return prepare(core)(context)


def _constant(value: Value) -> Thunk:
    return lambda _: value


def _number(value: float) -> Thunk:
    return _constant(float(value))


def _date(first: int, last: int) -> Thunk:
    return _constant(dates.DateSpan(first, last))


def _unknown() -> Thunk:
    return _constant(None)


def _variable(name: str) -> Thunk:
    return lambda context: context.values.get(name)


def _column(name: str) -> Thunk:
    return lambda context: context.row.get(name)


def _all(*parts: Core) -> Thunk:
    thunks = [prepare(part) for part in parts]

    def run(context: Context) -> bool | None:
        result: bool | None = True
        for thunk in thunks:
            value = thunk(context)
            if value is False:
                return False
            if value is None:
                result = None
        return result

    return run


def _not(part: Core) -> Thunk:
    thunk = prepare(part)

    def run(context: Context) -> bool | None:
        value = thunk(context)
        return None if value is None else not value

    return run


def _any(*parts: Core) -> Thunk:
    return _not(["et", *(["non", part] for part in parts)])


def _strict(function: Callable[..., Value]) -> Callable[..., Thunk]:
    """Build an operation that is unknown as soon as one argument is unknown."""

    def build(*parts: Core) -> Thunk:
        thunks = [prepare(part) for part in parts]

        def run(context: Context) -> Value:
            values = [thunk(context) for thunk in thunks]
            return None if None in values else function(*values)

        return run

    return build


def _among(part: Core, options: Sequence[Value]) -> Thunk:
    thunk, allowed = prepare(part), frozenset(options)

    def run(context: Context) -> bool | None:
        value = thunk(context)
        return None if value is None else value in allowed

    return run


def _answered(part: Core) -> Thunk:
    thunk = prepare(part)
    return lambda context: thunk(context) not in (None, ())


def _absent(name: str, reason: str) -> Thunk:
    return lambda context: context.absences.get(name) == reason


def _first_known(*parts: Core) -> Thunk:
    thunks = [prepare(part) for part in parts]

    def run(context: Context) -> Value:
        values = (thunk(context) for thunk in thunks)
        return next((value for value in values if value is not None), None)

    return run


def _points(part: Core, table: Mapping[str, float]) -> Thunk:
    thunk = prepare(part)

    def run(context: Context) -> float | None:
        points = table.get(thunk(context))
        return None if points is None else float(points)

    return run


def _cases(cases: Sequence[tuple[Core, Core]]) -> Thunk:
    prepared = [(prepare(condition), prepare(value)) for condition, value in cases]

    def run(context: Context) -> Value:
        for condition, value in prepared:
            if condition(context) is True:
                return value(context)
        return None

    return run


def _over_rows(reduce: Callable[[list[Value]], Value]) -> Callable[[str, Core], Thunk]:
    """Build an operation on one value per row; unknown while the table is hidden."""

    def build(table: str, part: Core) -> Thunk:
        thunk = prepare(part)

        def run(context: Context) -> Value:
            rows = context.values.get(table)
            if rows is None:
                return None
            return reduce([thunk(replace(context, row=row)) for row in rows])

        return run

    return build


def _exists(values: list[Value]) -> bool | None:
    if True in values:
        return True
    return None if None in values else False


def _count(values: list[Value]) -> float | None:
    return None if None in values else float(values.count(True))


def _known(function: Callable[[Sequence[float]], float | None]) -> Callable[[list[Value]], Value]:
    return lambda values: function(values) if values and None not in values else None


def _total(values: Sequence[float]) -> float | None:
    total: float | None = 0.0
    for value in values:
        total = numbers.tidy(total + value) if total is not None else None
    return total


def _average(values: Sequence[float]) -> float | None:
    total = _total(values)
    return None if total is None else numbers.divide(total, float(len(values)))


_BUILDERS: Mapping[str, Callable[..., Thunk]] = {
    "n": _number,
    "t": _constant,
    "b": _constant,
    "d": _date,
    "?": _unknown,
    "v": _variable,
    "c": _column,
    "et": _all,
    "ou": _any,
    "non": _not,
    "=": _strict(lambda a, b: a == b),
    "<": _strict(lambda a, b: a < b),
    "≤": _strict(lambda a, b: a <= b),
    "=d": _strict(dates.is_same),
    "<d": _strict(dates.is_before),
    "≤d": lambda a, b: _not(["<d", b, a]),
    "parmi": _among,
    "contient": _strict(lambda codes, code: code in codes),
    "contient_texte": _strict(lambda text, part: part in text),
    "rens": _answered,
    "absent": _absent,
    "+": _strict(lambda a, b: numbers.tidy(a + b)),
    "-": _strict(lambda a, b: numbers.tidy(a - b)),
    "*": _strict(lambda a, b: numbers.tidy(a * b)),
    "/": _strict(numbers.divide),
    "max": _strict(lambda *values: max(values)),
    "min": _strict(lambda *values: min(values)),
    "somme": _strict(lambda *values: _total(values)),
    "moyenne": _strict(lambda *values: _average(values)),
    "premier": _first_known,
    "arrondi": _strict(numbers.round_half_up),
    "ln": _strict(numbers.natural_log),
    "borné": _strict(numbers.clamp),
    "jours": _strict(dates.days_between),
    "mois": _strict(dates.months_between),
    "âge": _strict(dates.years_between),
    "points": _points,
    "taille": _strict(lambda items: float(len(items))),
    "existe": _over_rows(_exists),
    "compte": _over_rows(_count),
    "max_t": _over_rows(_known(max)),
    "min_t": _over_rows(_known(min)),
    "somme_t": _over_rows(lambda values: None if None in values else _total(values)),
    "moyenne_t": _over_rows(_known(_average)),
    "cas": _cases,
}
