"""Indicators: aggregated statistics of the region, under statistical secrecy."""

from dcc_core.indicators.disclosure import ShownFigure, suppress_small
from dcc_core.indicators.registry import (
    IndicatorOut,
    Indicators,
    collect_indicators,
    compute_indicator,
)

__all__ = [
    "IndicatorOut",
    "Indicators",
    "ShownFigure",
    "collect_indicators",
    "compute_indicator",
    "suppress_small",
]
