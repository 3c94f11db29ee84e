"""C25: throughput and latency, as ratios taken in one run on a machine that does nothing else."""

import json

import pytest

from dcc_lab_connectors.bench.ingest import GOALS, ingest


@pytest.mark.campaign
def test_c25_budgets_are_held(capsys: pytest.CaptureFixture[str]) -> None:
    assert ingest.callback is not None
    figures = ingest.callback(messages=400, engines=("sqlite", "postgres"), rounds=3)
    with capsys.disabled():
        print(json.dumps(figures, indent=1))  # noqa: T201
    for engine in ("sqlite", "postgres"):
        best = figures[engine]["eight_connections"]
        assert best["ratio_to_hl7apy"] >= GOALS["ratio_to_hl7apy"]
        assert best["ratio_to_commit"] >= GOALS["ratio_to_commit"]
        assert figures[engine]["pdf_1mb_ms"] <= GOALS["pdf_1mb_ms"]
        assert figures[engine]["rss_mb"] <= GOALS["rss_mb"]
