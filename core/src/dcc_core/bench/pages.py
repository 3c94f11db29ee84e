"""What a page costs, against a bare Litestar and Jinja page that runs the same statements.

Both are called as ASGI applications in this process, one request at a time, so that CPU time counts
the server alone (on PostgreSQL, the client's part of it). The bare page replays the statements that
the page runs, as plain SQL with the same values, and draws every value read; see ``_bare_page``.
"""

import asyncio
import logging
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import click
from litestar import Litestar
from sqlalchemy import func, select
from sqlmodel import Session, col

from dcc_core.audit.context import SYSTEM
from dcc_core.bench._bare_page import bare_app, watched
from dcc_core.bench._caller import Caller, Request
from dcc_core.config import PluginEntry, Region, Settings, utc_now
from dcc_core.config.logging import configure_logging
from dcc_core.db import Database, open_database
from dcc_core.db.migrate import import_models
from dcc_core.db.tables import METADATA
from dcc_core.patients.synth import Population, load_people, read_sources
from dcc_core.patients.tables import Patient
from dcc_core.plugins import load_plugins
from dcc_core.plugins.core_manifest import CoreManifest
from dcc_core.records import bind_store, open_store
from dcc_core.users import (
    Account,
    AccountIn,
    CareSource,
    Holder,
    build_policy,
    create_account,
    find_account,
    grant_care_relation,
    grant_role,
)
from dcc_core.web.app import create_app
from dcc_core.web.runtime import Runtime

GOAL_RATIO = 3.0
SESSIONS = "/compte"
"""Third page: lists of sessions. ``--sessions`` and ``--plugin`` point it at a plugin's."""

_SEED = 20_261
_LOGIN = "bench.pages"
_WARM_UP = 30
_ROUNDS = 5


@click.command("pages")
@click.option("--patients", default=557_842, show_default=True, help="Size of the population.")
@click.option("--requests", default=200, show_default=True, help="Requests of each page.")
@click.option("--database", "url", default="", help="Base to measure, filled when empty.")
@click.option("--plugin", "plugins", multiple=True, help="Plugin to run besides the core.")
@click.option("--sessions", default=SESSIONS, show_default=True, help="Path of the third page.")
def command(
    patients: int, requests: int, url: str, plugins: tuple[str, ...], sessions: str
) -> dict[str, Any]:
    """Measure search, dossier and session pages against a bare page, in CPU and in time."""
    with tempfile.TemporaryDirectory(prefix="dcc-bench-") as folder:
        address = url or f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        return run(
            address,
            Path(folder),
            patients=patients,
            requests=requests,
            plugins=plugins,
            sessions=sessions,
        )


def run(
    url: str,
    home: Path,
    *,
    patients: int,
    requests: int,
    plugins: tuple[str, ...] = (),
    sessions: str = SESSIONS,
) -> dict[str, Any]:
    """Measure one database and return the figures beside the goal."""
    settings = Settings(env="test", home=home, secret_key="bench" * 8)  # type: ignore[arg-type]  # pydantic converts
    region = Region(
        slug="bench", name="Banc", plugins=tuple(PluginEntry(name=name) for name in plugins)
    )
    loaded = load_plugins(region, settings)
    import_models([CoreManifest, *(type(each.instance) for each in loaded.plugins)])
    database = open_database(url)
    bind_store(database, open_store(settings))
    try:
        METADATA.create_all(database.engine)
        account, patient, name = _fill(database, patients)
        app = create_app(Runtime(settings, region, database, loaded.dispatcher, loaded.plugins))
        search = {"family": name}
        with _quiet_log(settings):
            measured = _measure(app, database, account, patient, search, sessions, requests)
            return asyncio.run(measured)
    finally:
        database.close()


@contextmanager
def _quiet_log(settings: Settings) -> Iterator[None]:
    """Write the access log as in production, but nowhere: its cost counts, its lines do not."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        with redirect_stderr(nowhere):
            configure_logging(settings.model_copy(update={"log_format": "json"}))
        try:
            yield
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)


def _fill(database: Database, patients: int) -> tuple[UUID, UUID, str]:
    """Write the population unless it is there, and a physician who follows one of them."""
    with database.reading() as session:
        present = session.scalar(select(func.count()).select_from(Patient)) or 0
    if present < patients:
        population = Population(read_sources(None), seed=_SEED, visible=False)
        with database.session() as session:
            load_people(session, population.people(patients))
    with database.session() as session:
        patient = session.scalars(
            select(Patient).order_by(col(Patient.id)).offset(patients // 2).limit(1)
        ).one()
        account = find_account(session, _LOGIN) or _physician(session)
        grant_care_relation(
            session,
            patient_id=patient.id,
            holder=Holder(account_id=account.id),
            source=CareSource.TREATING,
            now=utc_now(),
        )
        return account.id, patient.id, patient.birth_family_name


def _physician(session: Session) -> Account:
    entry = AccountIn(family_name="DÉMO-BANC", given_name="Essai", login=_LOGIN)
    account = create_account(session, entry=entry, now=utc_now())
    grant_role(
        session,
        account_id=account.id,
        role="physician",
        author=SYSTEM,
        policy=build_policy(),
        now=utc_now(),
    )
    return account


async def _measure(
    app: Litestar,
    database: Database,
    account: UUID,
    patient: UUID,
    search: dict[str, str],
    sessions: str,
    requests: int,
) -> dict[str, Any]:
    browser = Caller(app)
    await browser.sign_in(account)
    form = urlencode({"_csrf": await browser.token("/patients"), **search}).encode()
    pages = {
        "search": Request("POST", "/patients/recherche", form),
        "dossier": Request("GET", f"/patients/{patient}"),
        "sessions": Request("GET", sessions),
    }
    figures = {
        key: await _compare(key, browser, database, request, requests)
        for key, request in pages.items()
    }
    engine = database.engine.dialect.name
    return {"engine": engine, "requests": requests, "goal_ratio": GOAL_RATIO, "pages": figures}


async def _compare(
    key: str, browser: Caller, database: Database, request: Request, requests: int
) -> dict[str, Any]:
    """Measure one page and its floor in turns, so that a busy machine slows both alike."""
    for _ in range(min(_WARM_UP, requests)):
        await browser.send(request)
    with watched(database) as statements:
        answer = await browser.send(request)
    if answer.status != 200:
        raise click.ClickException(f"the page {key} answered {answer.status}.")
    floor = Caller(bare_app(database, tuple(statements)))
    asked = Request("GET", "/")
    for _ in range(min(_WARM_UP, requests)):
        bare = await floor.send(asked)
    if bare.status != 200:
        raise click.ClickException(f"the bare page of {key} answered {bare.status}.")
    ours, theirs = _Times(), _Times()
    for _ in range(_ROUNDS):
        await ours.take(browser, request, max(1, requests // _ROUNDS))
        await theirs.take(floor, asked, max(1, requests // _ROUNDS))
    page, least = ours.figures(), theirs.figures()
    return {
        "statements": len(statements),
        "page": {"bytes": len(answer.text.encode()), **page},
        "bare": {"bytes": len(bare.text.encode()), **least},
        "ratio_cpu": round(page["cpu_ms"] / least["cpu_ms"], 2),
        "ratio_p95": round(page["p95_ms"] / least["p95_ms"], 2),
    }


class _Times:
    """What repeated requests took."""

    def __init__(self) -> None:
        self._walls: list[float] = []
        self._cpu_ms: list[float] = []

    async def take(self, caller: Caller, request: Request, requests: int) -> None:
        cpu = time.process_time()
        for _ in range(requests):
            begun = time.perf_counter()
            await caller.send(request)
            self._walls.append((time.perf_counter() - begun) * 1000)
        self._cpu_ms.append((time.process_time() - cpu) * 1000 / requests)

    def figures(self) -> dict[str, float]:
        ordered = sorted(self._walls)
        return {
            "cpu_ms": round(statistics.median(self._cpu_ms), 3),
            "p50_ms": round(statistics.median(ordered), 3),
            "p95_ms": round(ordered[int(len(ordered) * 0.95) - 1], 3),
        }
