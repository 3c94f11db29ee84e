"""Enumerate what the answers a condition depends on can be, or admit it cannot be enumerated."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dcc_rcp_forms.expressions.core import ROW_OPERATIONS, Core, variables_of
from dcc_rcp_forms.expressions.evaluate import Context, Thunk, prepare
from dcc_rcp_forms.expressions.types import Kind, ValueType
from dcc_rcp_forms.program.model import Program, Step

MAX_CASES = 3_000
MAX_SAMPLES = 400
MAX_CODES_COMBINED = 4

_ARITHMETIC = ("+", "-", "*", "/", "max", "min", "somme", "moyenne", "arrondi", "ln", "borné")
_DATES = ("jours", "mois", "âge", "=d", "<d", "≤d")
_COUNTS = ("points", "premier", "taille", "contient_texte")
_OPAQUE = ROW_OPERATIONS.union(_ARITHMETIC, _DATES, _COUNTS)


@dataclass(frozen=True, slots=True)
class Absence:
    """A declared absence, as a possible answer."""

    reason: str


@dataclass(frozen=True, slots=True)
class Situation:
    """One possible set of answers: what rules see, and which fields show."""

    context: Context
    visible: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Node:
    name: str
    visible: Thunk
    formula: Thunk | None


class Possibilities:
    """All the situations that matter to some core expressions of a program.

    `is_exhaustive` is False when there are too many, or when an expression holds arithmetic, dates
    or tables: nothing may then be concluded from not finding a situation.
    """

    def __init__(self, program: Program, cores: list[Core]) -> None:
        steps = {step.id: step for step in program.steps}
        names = _closure(cores, steps)
        everything = [*cores, *(core for name in names for core in _cores(steps.get(name)))]
        self._nodes = [_node(step) for step in program.steps if step.id in names]
        self._domains = {
            name: _domain(name, program.types[name], steps.get(name), everything)
            for name in sorted(names)
            if name in program.types and not (name in steps and steps[name].formula)
        }
        self.count = math.prod(len(domain) for domain in self._domains.values())
        self.is_exhaustive = self.count <= MAX_CASES and not any(map(_is_opaque, everything))

    def situations(self) -> Iterator[Situation]:
        """Iterate over the situations in a scattered order, so that examples are found early."""
        total = self.count
        tried = total if self.is_exhaustive else min(total, MAX_SAMPLES)
        stride = next(
            step for step in range(total // 2 + 1, total * 2 + 2) if math.gcd(step, total) == 1
        )
        for number in range(tried):
            yield self._situation(number * stride % total)

    def _situation(self, index: int) -> Situation:
        answers: dict[str, Any] = {}
        for name, domain in self._domains.items():
            index, rest = divmod(index, len(domain))
            answers[name] = domain[rest]
        known = {node.name for node in self._nodes}
        values = {name: _value(answer) for name, answer in answers.items() if name not in known}
        absences: dict[str, str] = {}
        context = Context(values, absences)
        visible = set()
        for node in self._nodes:
            if node.visible(context) is not True:
                continue
            visible.add(node.name)
            answer = answers.get(node.name)
            values[node.name] = node.formula(context) if node.formula else _value(answer)
            if isinstance(answer, Absence):
                absences[node.name] = answer.reason
        return Situation(context, frozenset(visible))


def _value(answer: Any) -> Any:
    return None if isinstance(answer, Absence) else answer


def _closure(cores: list[Core], steps: Mapping[str, Step]) -> set[str]:
    found: set[str] = set()
    pending = [name for core in cores for name in variables_of(core)]
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += [item for core in _cores(steps.get(name)) for item in variables_of(core)]
    return found


def _cores(step: Step | None) -> list[Core]:
    if step is None:
        return []
    return [step.visible, *([step.formula] if step.formula else [])]


def _node(step: Step) -> _Node:
    return _Node(step.id, prepare(step.visible), prepare(step.formula) if step.formula else None)


def _is_opaque(core: Core) -> bool:
    return any(node[0] in _OPAQUE for node in _walk(core))


def _walk(core: Core) -> Iterator[Core]:
    pending: list[Any] = [core]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            if node and isinstance(node[0], str):
                yield node
            pending += node


def _domain(name: str, value_type: ValueType, step: Step | None, cores: list[Core]) -> list[Any]:
    absences: list[Any] = []
    if step is not None and step.allows_unknown:
        absences = [Absence("inconnu"), Absence("non fait")]
    mentioned = sorted(
        {node[1] for core in cores for node in _walk(core) if node[0] == "t"} | _options(cores)
    )
    match value_type.kind:
        case Kind.TRUTH:
            known: list[Any] = [True, False]
        case Kind.CHOICE:
            known = _codes(mentioned, list(value_type.labels))
        case Kind.CHOICES:
            known = _combinations(_codes(mentioned, list(value_type.labels)))
        case Kind.NUMBER:
            known = _numbers(cores, step)
        case Kind.TEXT:
            known = ["texte"]
        case _:
            known = [(), ({},)]
    return [*known, None, *absences]


def _options(cores: list[Core]) -> set[str]:
    found: set[str] = set()
    for core in cores:
        for node in _walk(core):
            if node[0] == "parmi":
                found.update(option for option in node[2] if isinstance(option, str))
    return found


def _codes(mentioned: list[str], codes: list[str]) -> list[str]:
    """Keep the codes rules speak of, and one that stands for all the others."""
    named = [code for code in codes if code in mentioned]
    others = [code for code in codes if code not in mentioned]
    return [*named, *others[:1]]


def _combinations(codes: list[str]) -> list[tuple[str, ...]]:
    kept = codes[:MAX_CODES_COMBINED]
    return [
        tuple(code for bit, code in enumerate(kept) if mask >> bit & 1)
        for mask in range(1, 2 ** len(kept))
    ]


def _numbers(cores: list[Core], step: Step | None) -> list[float]:
    """Return values on, beside and between every number the rules compare with."""
    points = {float(node[1]) for core in cores for node in _walk(core) if node[0] == "n"}
    points |= {option for core in cores for option in _number_options(core)}
    low, high = _bounds(step)
    points |= {bound for bound in (low, high) if math.isfinite(bound)} or {0.0}
    is_whole = step is not None and any(rule.origin == "décimales" for rule in step.constraints)
    gap = 1.0 if is_whole else 0.001
    near = {point + shift * gap for point in points for shift in (-2, -1, 0, 1, 2)}
    return sorted(round(value, 6) for value in near if low <= value <= high)


def _number_options(core: Core) -> Iterator[float]:
    for node in _walk(core):
        if node[0] == "parmi":
            yield from (float(option) for option in node[2] if isinstance(option, float))


def _bounds(step: Step | None) -> tuple[float, float]:
    low, high = -math.inf, math.inf
    for rule in step.constraints if step is not None else ():
        if rule.origin == "borne" and rule.core[1][0] == "n":
            low = rule.core[1][1]
        elif rule.origin == "borne" and rule.core[2][0] == "n":
            high = rule.core[2][1]
    return low, high
