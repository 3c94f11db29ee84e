"""The records of others: each route that takes an identifier, asked for somebody else's objects by
every role, discloses nothing, and answers as for what does not exist.

identity-access-security: no insecure direct object reference, opposition and masking.
"""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.testing import TestClient
from sqlalchemy import select

from dcc_core.audit.context import AuditContext, audit_context
from dcc_core.cli.runtime import manifests
from dcc_core.config import Environment, Settings
from dcc_core.db import Database
from dcc_core.db.migrate import import_models
from dcc_core.db.tables import METADATA
from dcc_core.hooks.contracts.documents import Paragraph, Section
from dcc_core.plugins import load_plugins
from dcc_core.plugins.discovery import neutral_region
from dcc_core.records import Provenance, file_document
from dcc_core.testing.databases import SqliteLane
from dcc_core.testing.documents import demo_document, keep_documents
from dcc_core.testing.world import ROLES, World, build_world
from dcc_core.users import SignedIn, sign_in
from dcc_core.users.sessions import Client, load_session
from dcc_core.users.tables import Account
from dcc_core.web.app import create_app
from dcc_core.web.forgery import HEADER, ForgeryTokens
from dcc_core.web.live_topics import LIVE_HUB
from dcc_core.web.runtime import Runtime
from dcc_core.web.sessions import SessionCookie
from dcc_core.web.site import Site, build_site

MARK = "MARQUEUR-7Q4Z"
CARERS = ("physician", "treating_physician", "care_professional", "research_associate")
"""Roles that read clinical data through a care relation, which nobody has with the stranger."""
SHORT, WHOLE = 1_200, 12_000


SECRET = "s" * 32
_CHANGING = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f-]{27}|nonce-[\w-]+|value=\"[\w.-]{40,}\"")
"""What differs between two answers that say the same: request ids, addresses, seals."""


@contextmanager
def region_on(lane: SqliteLane) -> Iterator[Runtime]:
    """Yield the neutral region, which runs every installed plugin, on a database of its own."""
    settings = Settings(env=Environment.TEST, secret_key=SECRET, embedded_worker=False)
    region = neutral_region()
    loaded = load_plugins(region, settings)
    import_models(manifests(loaded))
    with lane.fresh() as database:
        yield Runtime(settings, region, database, loaded.dispatcher, loaded.plugins)


def routes_of(app: Litestar) -> list[tuple[str, str, dict[str, object]]]:
    """Return ``(method, path, opt)`` of every route that answers requests."""
    return [
        (method, route.path, handler.opt)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"})
    ]


class Asker:
    """A browser that asks as the account of its choice, and signs in again when it must."""

    def __init__(self, runtime: Runtime, client: TestClient[Litestar]) -> None:
        self._runtime, self._client = runtime, client
        self.app = client.app
        self._site: Site = build_site(runtime)
        self._tokens: dict[object, str] = {}

    def ask(self, account: object, method: str, path: str):
        """Return the answer to a request without body."""
        token = self._token(account)
        seal: ForgeryTokens = self._site.tokens
        self._client.cookies.clear()
        self._client.cookies.set(SessionCookie(self._site).name, token)
        return self._client.request(
            method, path, headers={HEADER: seal.issue(token)}, follow_redirects=False
        )

    def _token(self, account: object) -> str:
        now = datetime.now(UTC)
        known = self._tokens.get(account, "")
        with self._runtime.database.session() as session:
            if known and load_session(session, token=known, now=now) is not None:
                return known
            opened, _ = sign_in(
                session,
                account=session.get_one(Account, account),
                proof=SignedIn(provider="test"),
                client=Client(source_ip="127.0.0.1", user_agent="test"),
                now=now,
            )
        self._tokens[account] = opened
        return opened


def said(answer, path: str) -> tuple[int, str, str]:
    """Return status, place and text of an answer without what differs every time."""
    text = answer.text.replace(path, "")
    return (
        answer.status_code,
        _CHANGING.sub("", answer.headers.get("location", "")),
        _CHANGING.sub("", text),
    )


@pytest.fixture(scope="module")
def asked(sqlite_lane: SqliteLane, tmp_path_factory) -> Iterator[tuple[Asker, World, Database]]:
    with region_on(sqlite_lane) as runtime:
        database = runtime.database
        keep_documents(database, tmp_path_factory.mktemp("documents"))
        world = build_world(database)
        with audit_context(AuditContext(via="job")), database.session() as session:
            file_document(
                session,
                demo_document(
                    title=f"Compte rendu {MARK}",
                    sections=(Section("avis", "Avis", (Paragraph(f"Texte {MARK}."),)),),
                ),
                patient_id=world.stranger,
                provenance=Provenance(),
            )
        app = create_app(runtime)
        app.state[LIVE_HUB].close()  # a stream that would last for ever ends at once
        with TestClient(app, raise_server_exceptions=False) as client:
            yield Asker(runtime, client), world, database


def owned(database: Database, patient: UUID) -> list[str]:
    """Return the keys of every row that belongs to a patient, and its own."""
    keys = [str(patient)]
    with database.reading() as session:
        for table in METADATA.sorted_tables:
            if "patient_id" in table.c and "id" in table.c:
                rows = session.execute(select(table.c.id).where(table.c.patient_id == patient))
                keys += [str(key) for (key,) in rows]
    return keys


def filled(path: str, keys: list[str], chance: random.Random) -> str:
    """Return a path whose parameters name objects of the stranger, mixed at random."""
    parts = []
    for part in path.split("/"):
        if not part.startswith("{"):
            parts.append(part)
        elif part.endswith(":int}"):
            numbers = [key for key in keys if key.isdecimal()]
            parts.append(chance.choice([*numbers, "1"]))
        else:
            parts.append(chance.choice([key for key in keys if not key.isdecimal()]))
    return "/".join(parts)


def cases(asked, count: int, seed: int) -> Iterator[tuple[str, UUID, str, str, str]]:
    """Yield role, account, method, path of the stranger's object, path of an object of nobody."""
    asker, world, database = asked
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    keys = owned(database, world.stranger)
    routes = [
        (method, path)
        for method, path, opt in routes_of(asker.app)
        if "{" in path and not opt.get("public")
    ]
    for number in range(count):
        method, path = routes[number % len(routes)]
        role = chance.choice(ROLES)
        ghosts = [str(uuid4()), "999999"]
        yield (
            role,
            world.accounts[role],
            method,
            filled(path, keys, chance),
            filled(path, ghosts, chance),
        )


def judge(asked, count: int, seed: int) -> list[str]:
    asker, _, _ = asked
    wrong = []
    for role, account, method, theirs, nowhere in cases(asked, count, seed):
        answer = asker.ask(account, method, theirs)
        if MARK in answer.text or answer.status_code >= 500:
            wrong.append(f"{role} {method} {theirs}: {answer.status_code}")
        elif role in CARERS and said(answer, theirs) != said(
            asker.ask(account, method, nowhere), nowhere
        ):
            wrong.append(f"{role} {method} {theirs}: {answer.status_code}, not as for nobody")
    return wrong


def test_objects_of_others_look_like_objects_of_nobody(asked):
    assert judge(asked, SHORT, seed=20261121) == []


@pytest.mark.campaign
def test_ten_thousand_requests_for_objects_of_others_disclose_nothing(asked):
    assert judge(asked, WHOLE, seed=1) == []


def test_no_page_shows_a_stranger_to_any_role(asked):
    asker, world, _ = asked
    shown = []
    for _method, path, opt in routes_of(asker.app):
        if _method != "GET" or "{" in path or opt.get("public"):
            continue
        for role in ROLES:
            answer = asker.ask(world.accounts[role], "GET", path)
            if MARK in answer.text or answer.status_code >= 500:
                shown.append(f"{role} {path}: {answer.status_code}")
    assert shown == []


def test_the_mark_is_in_the_database(asked):
    _, _, database = asked
    with database.reading() as session:
        titles = session.scalars(select(METADATA.tables["core_document_version"].c.title)).all()
    assert any(MARK in title for title in titles)
