"""Every route of the region against every role of the matrix, and against nobody.

What is permitted is read from the data file of the roles; what happens is asked of the application.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from litestar.routes import HTTPRoute
from litestar.testing import TestClient

from dcc_core.cli.runtime import manifests
from dcc_core.config import Environment, Settings
from dcc_core.db import Database
from dcc_core.db.migrate import import_models
from dcc_core.plugins import load_plugins
from dcc_core.plugins.discovery import neutral_region
from dcc_core.testing.databases import SqliteLane
from dcc_core.users import SignedIn, sign_in
from dcc_core.users.accounts import create_account
from dcc_core.users.models import AccountIn
from dcc_core.users.policy import SYSTEM_ROLE, build_policy
from dcc_core.users.sessions import Client, load_session
from dcc_core.users.tables import RoleGrant
from dcc_core.web.app import create_app
from dcc_core.web.forgery import HEADER, ForgeryTokens
from dcc_core.web.guards import PERMISSION, PUBLIC
from dcc_core.web.live_topics import LIVE_HUB
from dcc_core.web.runtime import Runtime
from dcc_core.web.sessions import SessionCookie
from dcc_core.web.site import build_site

NOW = datetime.now(UTC)
REFUSED = "ACC-403"
ROLES = sorted(set(build_policy().roles) - {SYSTEM_ROLE})


@pytest.fixture(scope="module")
def runtime(sqlite_lane: SqliteLane) -> Iterator[Runtime]:
    settings = Settings(env=Environment.TEST, secret_key="s" * 32, embedded_worker=False)
    region = neutral_region()
    loaded = load_plugins(region, settings)
    import_models(manifests(loaded))
    with sqlite_lane.fresh() as database:
        yield Runtime(settings, region, database, loaded.dispatcher, loaded.plugins)


@pytest.fixture(scope="module")
def client(runtime: Runtime) -> Iterator[TestClient]:
    app = create_app(runtime)
    app.state[LIVE_HUB].close()  # a stream that would last for ever ends at once
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


def routes(client: TestClient) -> list[tuple[str, str, dict[str, object]]]:
    """Return ``(method, path, opt)`` of every route that answers requests."""
    return [
        (method, route.path, handler.opt)
        for route in client.app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"})
    ]


def address(path: str) -> str:
    """Return a path with every parameter filled by something that exists nowhere."""
    filled = []
    for part in path.split("/"):
        if not part.startswith("{"):
            filled.append(part)
        elif part.endswith(":uuid}"):
            filled.append(str(uuid4()))
        else:
            filled.append("1" if part.endswith(":int}") else "nowhere")
    return "/".join(filled)


def session_of(role: str, database: Database) -> str:
    """Sign a new account in with one role, and return the token of its session."""
    with database.session() as session:
        entry = AccountIn(family_name="DÉMO-ROLE", given_name="Essai", login=f"essai-{uuid4().hex}")
        account = create_account(session, entry=entry, now=NOW)
        grant = RoleGrant(account_id=account.id, role=role, scope="essai:1", starts_at=NOW)
        session.add(grant)
        session.flush()
        token, _ = sign_in(
            session,
            account=account,
            proof=SignedIn(provider="test"),
            client=Client(source_ip="127.0.0.1", user_agent="test"),
            now=NOW,
        )
    return token


def is_alive(token: str, database: Database) -> bool:
    with database.reading() as session:
        return load_session(session, token=token, now=datetime.now(UTC)) is not None


def is_refused(answer) -> bool:
    return answer.status_code == 403 and REFUSED in answer.text


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reaches_what_the_matrix_grants_and_nothing_else(
    role: str, client: TestClient, runtime: Runtime
) -> None:
    site = build_site(runtime)
    held = site.access.policy.permissions_of(frozenset({role}))
    wrong, token = [], ""
    for method, path, opt in routes(client):
        if opt.get(PUBLIC):
            continue
        if not is_alive(token, runtime.database):  # some routes end the session
            token = session_of(role, runtime.database)
        client.cookies.clear()
        client.cookies.set(SessionCookie(site).name, token)
        seal: ForgeryTokens = site.tokens
        answer = client.request(
            method, address(path), headers={HEADER: seal.issue(token)}, follow_redirects=False
        )
        if is_refused(answer) is (opt[PERMISSION] in held):
            wrong.append((method, path, answer.status_code))
        if answer.status_code >= 500:
            wrong.append((method, path, answer.status_code))
    assert wrong == []


def test_nobody_reaches_only_what_is_public(client: TestClient) -> None:
    wrong = []
    for method, path, opt in routes(client):
        client.cookies.clear()
        answer = client.request(method, address(path), follow_redirects=False)
        asked_to_sign_in = answer.status_code in {401, 403} or (
            answer.status_code == 303 and "/connexion" in answer.headers["location"]
        )
        if not opt.get(PUBLIC) and not asked_to_sign_in:
            wrong.append((method, path, answer.status_code))
        if answer.status_code >= 500:
            wrong.append((method, path, answer.status_code))
    assert wrong == []


def test_every_route_is_counted(client: TestClient) -> None:
    counted = routes(client)
    assert len(counted) > 30
    assert all(opt.get(PUBLIC) or opt.get(PERMISSION) for _, _, opt in counted)
