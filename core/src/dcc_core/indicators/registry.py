"""The statistics of a region, the core's own and those of plugins, computed on demand."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from dcc_core.audit import record_event
from dcc_core.db.apart import read_apart
from dcc_core.errors import NotFound
from dcc_core.hooks import Dispatcher
from dcc_core.hooks.contracts.ops import Figure, Indicator, Period
from dcc_core.indicators.activity import ACTIVITY
from dcc_core.indicators.disclosure import ShownFigure, suppress_small

CORE = "core"
COMPUTE_TIMEOUT_S = 30.0

Indicators = Sequence[tuple[str, Indicator]]
"""Indicators beside the name of the plugin that brings each, ``core`` for the core's own."""


@dataclass(frozen=True, slots=True)
class IndicatorOut:
    """An indicator over a period, as it may be shown.

    Attributes:
        is_available: False when the plugin that computes it failed.
        has_hidden: Whether a figure is hidden under statistical secrecy.
    """

    key: str
    label: str
    unit: str
    period: Period
    figures: tuple[ShownFigure, ...]
    is_available: bool = True

    @property
    def has_hidden(self) -> bool:
        """Tell whether the reader must be told why figures are missing."""
        return any(figure.value is None for figure in self.figures)


def collect_indicators(dispatcher: Dispatcher) -> Indicators:
    """Return the indicators of the region, the core's first.

    Raises:
        StartRefused: A plugin's indicators do not fit.
    """
    own = [(CORE, indicator) for indicator in ACTIVITY]
    return (*own, *dispatcher.collect("dcc_indicators"))


def compute_indicator(
    session: Session,
    key: str,
    *,
    indicators: Indicators,
    dispatcher: Dispatcher,
    period: Period,
) -> IndicatorOut:
    """Return one indicator over a period, small counts hidden.

    Raises:
        NotFound: ``IND-001`` no indicator of the region has this key.
    """
    plugin, indicator = _find(key, indicators)
    figures = dispatcher.guard(
        plugin,
        f"indicator {key}",
        lambda: _figures(session, indicator, period),
        timeout_s=COMPUTE_TIMEOUT_S,
    )
    record_event(session, "indicator.read", object_kind="indicator", details={"key": key})
    shown = suppress_small(figures or (), indicator.suppress_below)
    return IndicatorOut(
        indicator.key, indicator.label, indicator.unit, period, shown, figures is not None
    )


def _figures(session: Session, indicator: Indicator, period: Period) -> tuple[Figure, ...]:
    with read_apart(session) as apart:
        return tuple(indicator.compute(apart, period))


def _find(key: str, indicators: Indicators) -> tuple[str, Indicator]:
    for plugin, indicator in indicators:
        if indicator.key == key:
            return plugin, indicator
    raise NotFound("IND-001", "Cet indicateur n'existe pas dans cette région. Choisissez-en un.")
