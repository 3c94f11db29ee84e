"""`dcc bench forms`: load and lint, one evaluation, one page, on a form of 120 fields."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import click

from dcc_rcp_forms.composition.catalogue import NATIONAL_PACK
from dcc_rcp_forms.engine.evaluate_form import Engine
from dcc_rcp_forms.exports.page import form_page
from dcc_rcp_forms.linter.lint import lint_text

GOALS_MS = {"load_and_lint": 100.0, "evaluate": 2.0, "page": 20.0}
_FIELDS = 120


@click.command("forms")
@click.option("--rounds", default=15, show_default=True, help="Rounds of each; the median counts.")
def command(rounds: int) -> dict[str, Any]:
    """Measure the CPU time of a form of 120 fields: load and lint, evaluate one change, render."""
    text = bench_form()
    report = lint_text(text, "bench.yaml")
    assert report.loaded is not None  # noqa: S101  written just above
    loaded, engine = report.loaded, Engine(report.loaded.program)
    answers: dict[str, Any] = {"sexe": "F", "âge": 62, "classement": "tnm"}
    state = engine.evaluate(answers, "2024-03-15")
    number = iter(range(1_000_000))
    figures = {
        "load_and_lint": _median(
            rounds, lambda: lint_text(f"{text}# {next(number)}\n", "bench.yaml")
        ),
        "evaluate": _median(rounds * 20, lambda: engine.evaluate(answers, "2024-03-15")),
        "page": _median(rounds, lambda: form_page(loaded, answers, state)),
    }
    return {
        "fields": len(loaded.program.steps),
        "cpu_ms": figures,
        "goal_ms": GOALS_MS,
        "rounds": rounds,
    }


def bench_form() -> str:
    """Return the breast form of the national pack with fields added up to 120."""
    source = (NATIONAL_PACK / "sein.yaml").read_text(encoding="utf-8")
    have = lint_text(source, "sein.yaml").loaded
    missing = _FIELDS - len(have.program.steps) if have else 0
    fields = "".join(
        f"      ajout_{number}: {{libellé: Ajout {number}, type: nombre, min: 0, max: 10, "
        f"si: re > {number}}}\n"
        for number in range(missing)
    )
    return source.replace(
        "alertes:\n", f"  ajouts:\n    titre: Ajouts\n    champs:\n{fields}\nalertes:\n", 1
    )


def _median(rounds: int, work: Callable[[], object]) -> float:
    """Return the median CPU time in milliseconds."""
    work()
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append((time.process_time() - start) * 1000)
    return round(statistics.median(times), 3)
