"""Statistical secrecy: counts too small to show, and those that would let them be worked out.

A count from 1 to the threshold excluded may single somebody out. When exactly one category is
hidden, whoever knows the total can subtract: a second category is hidden with it. Zero is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dcc_core.hooks.contracts.ops import Figure


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """One value as it may be published; ``value`` is None when it must not be."""

    label: str
    value: float | None


def suppress_small(figures: Sequence[Figure], threshold: int) -> tuple[ShownFigure, ...]:
    """Return the figures with those under secrecy hidden; a threshold of 0 shows all."""
    hidden = {index for index, figure in enumerate(figures) if 0 < figure.value < threshold}
    if len(hidden) == 1:
        hidden |= _smallest_other(figures, hidden)
    return tuple(
        ShownFigure(figure.label, None if index in hidden else figure.value)
        for index, figure in enumerate(figures)
    )


def _smallest_other(figures: Sequence[Figure], hidden: set[int]) -> set[int]:
    others = [
        (figure.value, index)
        for index, figure in enumerate(figures)
        if index not in hidden and figure.value > 0
    ]
    return {min(others)[1]} if others else set()
