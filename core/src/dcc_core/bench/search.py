"""What a search costs and finds, against the same search in bare SQL on the same rows.

Bare SQL is given every advantage: one statement per search, written by hand, values computed
beforehand, no ranking, no second chance. Each search is timed with its audit line and commit, as a
page has it, and without.
"""

import gc
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import click
from sqlalchemy import func, select, text
from sqlmodel import col

from dcc_core.bench._search_cases import CASES, Case, Target
from dcc_core.bench._search_raw import RawSearch
from dcc_core.db import Database, open_database
from dcc_core.db.migrate import import_models
from dcc_core.db.tables import METADATA
from dcc_core.patients import find_people
from dcc_core.patients.search import look_up
from dcc_core.patients.synth import Population, load_people, read_sources
from dcc_core.patients.tables import Patient, SearchName
from dcc_core.plugins.core_manifest import CoreManifest

SHOWN = 20
GOAL = {"ratio_p95": 4.0, "service_p95_ms": 10.0, "typo_recall": 0.95, "two_typos_recall": 0.85}
_SEED = 20_261


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure: people in the base, searches of each kind."""

    patients: int
    queries: int
    names: Path | None


@click.command("search")
@click.option("--patients", default=557_842, show_default=True, help="Size of the population.")
@click.option("--queries", default=400, show_default=True, help="Searches of each kind.")
@click.option(
    "--database",
    "urls",
    multiple=True,
    help="Base to measure, filled when empty (repeatable); a SQLite file by default.",
)
@click.option(
    "--names",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of public name files; the few built-in names make everybody a homonym.",
)
def command(
    patients: int, queries: int, urls: tuple[str, ...], names: Path | None
) -> dict[str, Any]:
    """Measure patient search against bare SQL: time, and share of people found."""
    with ExitStack() as stack:
        if not urls:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="dcc-bench-"))
            urls = (f"sqlite:///{Path(folder) / 'bench.sqlite3'}",)
        named = {url.split(":")[0].split("+")[0]: url for url in urls}
        return run(named, Plan(patients, queries, names))


def run(database_urls: Mapping[str, str], plan: Plan) -> dict[str, Any]:
    """Measure each database and return the figures beside the goals."""
    figures = {name: _measure(url, plan) for name, url in database_urls.items()}
    return {"patients": plan.patients, "queries": plan.queries, "goal": GOAL, **figures}


def _measure(url: str, plan: Plan) -> dict[str, Any]:
    import_models([CoreManifest])
    database = open_database(url)
    try:
        METADATA.create_all(database.engine)
        loaded = _fill(database, plan)
        targets = _targets(database, plan.queries)
        raw = RawSearch(database)
        cases = {case.name: _case(database, raw, case, targets) for case in CASES}
        raw.close()
    finally:
        database.close()
    return {"load": loaded, "cases": cases}


def _fill(database: Database, plan: Plan) -> dict[str, Any]:
    """Write the population unless it is there already."""
    with database.reading() as session:
        present = session.scalar(select(func.count()).select_from(Patient)) or 0
    if present >= plan.patients:
        return {"patients": present, "per_s": None}
    if present:
        raise click.UsageError(f"the base holds {present} patients: give an empty one.")
    population = Population(read_sources(plan.names), seed=_SEED, visible=False)
    begun, cpu = time.perf_counter(), time.process_time()
    with database.session() as session:
        load_people(session, population.people(plan.patients))
    wall_s, cpu_s = time.perf_counter() - begun, time.process_time() - cpu
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return {
        "patients": plan.patients,
        "per_s": round(plan.patients / wall_s),
        "per_cpu_s": round(plan.patients / cpu_s),
    }


def _targets(database: Database, count: int) -> list[Target]:
    """Return people drawn at random, each with the number of those of the same names."""
    chance = Random(_SEED)  # noqa: S311 - a draw that can be repeated, no secret
    with database.reading() as session:
        ids = session.scalars(select(col(Patient.id)).order_by(col(Patient.id))).all()
        drawn = chance.sample(ids, min(count * 2, len(ids)))
        found = [_target(session, patient_id) for patient_id in drawn]
    return [target for target in found if target.ins and len(target.family) > 3][:count]


def _target(session: Any, patient_id: UUID) -> Target:
    row = session.execute(
        select(
            col(SearchName.family),
            col(SearchName.given),
            col(SearchName.birth_date),
            col(Patient.ins_matricule),
        )
        .join(Patient, col(Patient.id) == col(SearchName.source_id))
        .where(col(SearchName.source_id) == patient_id, col(SearchName.rank) == 0)
    ).one()
    namesakes = session.scalar(
        select(func.count(col(SearchName.source_id).distinct())).where(
            col(SearchName.family) == row.family, col(SearchName.given) == row.given
        )
    )
    return Target(patient_id, row[0], row[1], row[2], row[3] or "", namesakes)


def _case(
    database: Database, raw: RawSearch, case: Case, targets: Sequence[Target]
) -> dict[str, Any]:
    chance = Random(case.name)  # noqa: S311 - the same errors at each run
    searches = [(target, *case.make(target, chance)) for target in targets]
    found = 0
    times: dict[str, list[float]] = defaultdict(list)
    gc.collect()
    for target, query, raw_query in searches:
        with database.reading() as session:  # warms the cache for both sides
            hits = look_up(session, query).hits
        found += target.patient_id in {hit.id for hit in hits[:SHOWN]}
        times["raw"].append(_time(raw.audited, raw_query))
        times["service"].append(_time(_audited, database, query))
        times["select"].append(_time(raw.alone, raw_query))
        cpu = time.process_time()
        times["lookup"].append(_time(_alone, database, query))
        times["lookup_cpu"].append((time.process_time() - cpu) * 1000)
    figures: dict[str, Any] = {
        "recall_20": None if case.is_partial else round(found / len(searches), 4),
        "recall_ceiling": round(statistics.mean(case.ceiling(target) for target in targets), 4),
    }
    for name, values in times.items():
        figures[f"{name}_ms"] = {"p50": _percentile(values, 0.5), "p95": _percentile(values, 0.95)}
    figures["ratio_p95"] = _ratio(figures, "service_ms", "raw_ms")
    figures["ratio_p95_without_audit"] = _ratio(figures, "lookup_ms", "select_ms")
    return figures


def _audited(database: Database, query: Any) -> None:
    with database.session() as session:
        find_people(session, query)


def _alone(database: Database, query: Any) -> None:
    with database.reading() as session:
        look_up(session, query)


def _time(call: Callable[..., object], *given: object) -> float:
    """Return the duration of a call in milliseconds."""
    begun = time.perf_counter()
    call(*given)
    return (time.perf_counter() - begun) * 1000


def _percentile(values: Sequence[float], share: float) -> float:
    return round(sorted(values)[int(len(values) * share)], 3)


def _ratio(figures: Mapping[str, Any], ours: str, floor: str) -> float:
    return round(float(figures[ours]["p95"]) / float(figures[floor]["p95"]), 2)
