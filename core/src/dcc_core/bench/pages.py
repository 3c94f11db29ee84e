"""What a page costs, against a bare Litestar and Jinja page that runs as many plain SQL statements.

Both are called as ASGI applications in this process, one request at a time, so that CPU time counts
the server alone. The bare page has no session, no decision, no audit chain and no shell.
"""

import asyncio
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import click
from jinja2 import Environment
from litestar import Litestar, Response, get
from litestar.enums import MediaType
from sqlalchemy import event, func, select, text
from sqlmodel import col

from dcc_core.audit.context import SYSTEM
from dcc_core.config import Region, Settings, utc_now
from dcc_core.db import Database, open_database
from dcc_core.db.migrate import import_models
from dcc_core.db.tables import METADATA
from dcc_core.hooks import Dispatcher
from dcc_core.patients.synth import Population, load_people, read_sources
from dcc_core.patients.tables import Patient
from dcc_core.plugins.core_manifest import CoreManifest
from dcc_core.records import bind_store, open_store
from dcc_core.users import (
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
_SEED = 20_261
_LOGIN = "bench.pages"
_TOKEN = re.compile(r'name="_csrf" value="([^"]+)"')
_ROWS = 30
_BARE = """<!doctype html><html lang="fr"><head><title>{{ title }}</title></head><body><table>
{% for row in rows %}<tr><th>{{ row.name }}</th><td>{{ row.born }}</td><td>{{ row.id }}</td></tr>
{% endfor %}</table></body></html>"""
_NOT_QUERIES = re.compile(r"PRAGMA|BEGIN|SAVEPOINT|RELEASE|SET ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Request:
    """One request to repeat."""

    method: str
    path: str
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and the cookies it set."""

    status: int
    text: str
    cookies: Mapping[str, str]


@click.command("pages")
@click.option("--patients", default=557_842, show_default=True, help="Size of the population.")
@click.option("--requests", default=200, show_default=True, help="Requests of each page.")
@click.option("--database", "url", default="", help="Base to measure, filled when empty.")
def command(patients: int, requests: int, url: str) -> dict[str, Any]:
    """Measure search, dossier and account pages against a bare page, in CPU and in time."""
    with tempfile.TemporaryDirectory(prefix="dcc-bench-") as folder:
        address = url or f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        return run(address, Path(folder), patients=patients, requests=requests)


def run(url: str, home: Path, *, patients: int, requests: int) -> dict[str, Any]:
    """Measure one database and return the figures beside the goal."""
    import_models([CoreManifest])
    settings = Settings(env="test", home=home, secret_key="bench" * 8)  # type: ignore[arg-type]  # pydantic converts
    database = open_database(url)
    bind_store(database, open_store(settings))
    try:
        METADATA.create_all(database.engine)
        account, patient, name = _fill(database, patients)
        app = create_app(
            Runtime(settings, Region(slug="bench", name="Banc"), database, Dispatcher())
        )
        return asyncio.run(_measure(app, database, account, patient, name, requests))
    finally:
        database.close()


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
        account = find_account(session, _LOGIN)
        if account is None:
            entry = AccountIn(family_name="DÉMO-BANC", given_name="Essai", login=_LOGIN)
            account = create_account(session, entry=entry, now=utc_now())
            policy = build_policy()
            grant_role(
                session,
                account_id=account.id,
                role="physician",
                author=SYSTEM,
                policy=policy,
                now=utc_now(),
            )
        grant_care_relation(
            session,
            patient_id=patient.id,
            holder=Holder(account_id=account.id),
            source=CareSource.TREATING,
            now=utc_now(),
        )
        return account.id, patient.id, patient.birth_family_name


async def _measure(
    app: Litestar, database: Database, account: UUID, patient: UUID, name: str, requests: int
) -> dict[str, Any]:
    browser = Browser(app)
    await browser.sign_in(account)
    token = await browser.token("/patients")
    search = urlencode({"_csrf": token, "family": name}).encode()
    pages = {
        "search": Request("POST", "/patients/recherche", search),
        "dossier": Request("GET", f"/patients/{patient}"),
        "sessions": Request("GET", "/compte"),
    }
    figures: dict[str, Any] = {}
    for key, request in pages.items():
        with _counted(database) as statements:
            answer = await browser.send(request)
        if answer.status != 200:
            raise click.ClickException(f"the page {key} answered {answer.status}.")
        writes = sum(not each.lstrip().upper().startswith("SELECT") for each in statements)
        bare = Browser(_bare_app(database, patient, len(statements) - writes, writes))
        floor = await _time(bare, Request("GET", "/"), requests)
        cost = await _time(browser, request, requests)
        figures[key] = {
            "statements": len(statements),
            "bytes": len(answer.text.encode()),
            "page": cost,
            "bare": floor,
            "ratio_cpu": round(cost["cpu_ms"] / floor["cpu_ms"], 2),
            "ratio_p95": round(cost["p95_ms"] / floor["p95_ms"], 2),
        }
    engine = database.engine.dialect.name
    return {"engine": engine, "requests": requests, "goal_ratio": GOAL_RATIO, "pages": figures}


async def _time(browser: "Browser", request: Request, requests: int) -> dict[str, float]:
    for _ in range(min(20, requests)):
        await browser.send(request)
    walls = []
    cpu = time.process_time()
    for _ in range(requests):
        begun = time.perf_counter()
        await browser.send(request)
        walls.append((time.perf_counter() - begun) * 1000)
    cpu_ms = (time.process_time() - cpu) * 1000 / requests
    ordered = sorted(walls)
    return {
        "cpu_ms": round(cpu_ms, 3),
        "p50_ms": round(statistics.median(ordered), 3),
        "p95_ms": round(ordered[int(len(ordered) * 0.95) - 1], 3),
    }


class Browser:
    """A client that calls the application directly and keeps its cookies."""

    def __init__(self, app: Litestar) -> None:
        self._app = app
        self._cookies: dict[str, str] = {}

    async def sign_in(self, account: UUID) -> None:
        """Sign in through the page of the demonstration."""
        token = await self.token("/connexion")
        body = urlencode({"_csrf": token, "account": str(account)}).encode()
        await self.send(Request("POST", "/connexion/demonstration", body))

    async def token(self, path: str) -> str:
        """Return an anti-forgery token of a page."""
        found = _TOKEN.search((await self.send(Request("GET", path))).text)
        if found is None:
            raise click.ClickException(f"the page {path} has no form.")
        return found[1]

    async def send(self, request: Request) -> Answer:
        """Call the application once."""
        messages: list[Mapping[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": request.body, "more_body": False}

        async def send(message: Any) -> None:
            messages.append(message)

        await self._app(self._scope(request), receive, send)  # type: ignore[arg-type]  # a plain ASGI scope
        start = next(each for each in messages if each["type"] == "http.response.start")
        body = b"".join(each.get("body", b"") for each in messages)
        self._cookies.update(_cookies_of(start["headers"]))
        return Answer(start["status"], body.decode(), self._cookies)

    def _scope(self, request: Request) -> dict[str, Any]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = [(b"host", b"localhost"), (b"cookie", cookies.encode())]
        if request.method == "POST":
            headers.append((b"content-type", b"application/x-www-form-urlencoded"))
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": request.path,
            "raw_path": request.path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": headers,
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 80),
            "extensions": {},
        }


def _bare_app(database: Database, patient: UUID, reads: int, writes: int) -> Litestar:
    """Return the floor: plain SQL, one template, nothing else."""
    table = "bench_line"
    with database.session() as session:
        session.connection().execute(text(f"CREATE TABLE IF NOT EXISTS {table} (note TEXT)"))
    template = Environment(autoescape=True).from_string(_BARE)
    read = text("SELECT id, birth_family_name, birth_date FROM core_patient WHERE id = :id")
    write = text(f"INSERT INTO {table} (note) VALUES (:note)")  # noqa: S608 - our own name
    key = patient.hex if database.is_sqlite else str(patient)

    @get("/", opt={"public": True}, sync_to_thread=True)
    def page() -> Response[str]:
        with database.engine.begin() as connection:
            found = [connection.execute(read, {"id": key}).one() for _ in range(reads)]
            for _ in range(writes):
                connection.execute(write, {"note": "x" * 200})
        row = {"id": str(found[0][0]), "name": found[0][1], "born": str(found[0][2])}
        shown = template.render(title="Banc", rows=[row] * _ROWS)
        return Response(shown, media_type=MediaType.HTML)

    return Litestar([page], openapi_config=None, logging_config=None)


def _cookies_of(headers: list[tuple[bytes, bytes]]) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        if name.lower() == b"set-cookie":
            key, _, rest = value.decode().partition("=")
            yield key, rest.partition(";")[0]


@contextmanager
def _counted(database: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*arguments: Any) -> None:
        if not _NOT_QUERIES.match(arguments[2]):
            statements.append(arguments[2])

    listener: Callable[..., None] = note
    event.listen(database.engine, "before_cursor_execute", listener)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", listener)
