"""Every page of the core: who opens it, what it costs, what it says."""

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
from litestar.routes import HTTPRoute
from litestar.testing import TestClient
from sqlalchemy import event, inspect, text

from dcc_core.config import Branding, Region, Settings
from dcc_core.hooks import Dispatcher
from dcc_core.patients import SharingPurpose, record_opposition
from dcc_core.records import FolderStore, bind_store
from dcc_core.testing.clock import START, MovableClock
from dcc_core.testing.web import Browser, sign_in, submit, token_of
from dcc_core.testing.world import ROLES, build_world
from dcc_core.users import build_policy
from dcc_core.web.app import create_app
from dcc_core.web.runtime import Runtime

REGION = Region(slug="demo", name="Exemple", branding=Branding(accent="#8C2F4B"))
MAX_STATEMENTS = 12
MAX_HTML_BYTES = 20_000
NOT_PAGES = {
    "/direct",
    "/direct/nouvelles",
    "/metrics",
    "/health",
    "/static/{path:path}",
    "/connexion/retour/{key:str}",
}
_NOT_QUERIES = re.compile(r"PRAGMA|BEGIN|SAVEPOINT|RELEASE|SET ", re.IGNORECASE)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(request, tmp_path_factory):
    with request.getfixturevalue(f"{request.param}_lane").fresh() as fresh:
        bind_store(fresh, FolderStore(tmp_path_factory.mktemp("documents")))
        yield fresh


@pytest.fixture(scope="module")
def world(database):
    return build_world(database, patients=60, documents=40)


@pytest.fixture(scope="module")
def app(database, world):
    settings = Settings(env="test", secret_key="s" * 32)
    return create_app(Runtime(settings, REGION, database, Dispatcher(), clock=MovableClock()))


@pytest.fixture(scope="module")
def web(app):
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def stranger(web):
    return Browser(web)


@pytest.fixture(scope="module")
def clients(web, world):
    browsers = {role: Browser(web) for role in ROLES}
    for role, browser in browsers.items():
        sign_in(browser, world.accounts[role])
    return browsers


@contextmanager
def counted(database) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        if not _NOT_QUERIES.match(statement):
            statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def addresses(app, world) -> dict[str, tuple[str, str]]:
    """Return, for each page, an address that leads to something and the permission it declares."""
    parts = {
        "patient_id:uuid": str(world.patient),
        "document_id:uuid": str(world.document),
        "message_id:int": str(world.message),
        "delivery_id:int": str(world.delivery),
        "first_id:uuid": str(world.stranger),
        "second_id:uuid": str(world.twin),
        "account_id:uuid": str(world.accounts["physician"]),
    }
    found = {}
    for route in app.routes:
        if not isinstance(route, HTTPRoute) or route.path in NOT_PAGES:
            continue
        if route.path.startswith("/api"):
            continue
        for handler in route.route_handlers:
            if handler.http_methods == {"GET"}:
                path = route.path
                for name, value in parts.items():
                    path = path.replace(f"{{{name}}}", value)
                found[handler.name] = (path, handler.opt.get("permission", ""))
    return found


SKIPPED = {
    "core.document.source": "the file is absent",
    "core.document.export": "no renderer here",
    "core.enrolment": "there is no invitation; see test_enrolment",
}


def test_every_page_opens_for_whoever_holds_its_right_and_for_nobody_else(app, world, clients):
    policy = build_policy()
    wrong = []
    for name, (path, permission) in addresses(app, world).items():
        for role, client in clients.items():
            status = client.get(path, follow_redirects=False).status_code
            held = not permission or permission in policy.roles[role].permissions
            allowed = {200, 303, 404} if held else {403}
            if name in SKIPPED:
                allowed = {400, 404} if held else {403}
            if status not in allowed:
                wrong.append((name, role, status))
    assert wrong == []


def test_a_stranger_opens_no_page(app, world, stranger):
    answers = {
        name: stranger.get(path, follow_redirects=False)
        for name, (path, permission) in addresses(app, world).items()
        if permission
    }
    assert {a.status_code for a in answers.values()} == {303}
    assert {a.headers["location"].partition("?")[0] for a in answers.values()} == {"/connexion"}


OWNERS = {
    "core.identities": "identity_officer",
    "core.inbox": "identity_officer",
    "core.outbox": "regional_admin",
    "core.audit": "auditor",
    "core.emergencies": "auditor",
    "core.admin": "regional_admin",
    "core.patient.trace": "physician",
}


def _owner(name: str) -> str:
    prefixes = [key for key in OWNERS if name == key or name.startswith(f"{key}.")]
    return OWNERS[max(prefixes, key=len)] if prefixes else "physician"


def test_no_page_costs_more_than_its_budget(app, world, clients, database):
    over = []
    for name, (path, _permission) in addresses(app, world).items():
        if name in SKIPPED:
            continue
        client = clients[_owner(name)]
        with counted(database) as statements:
            answer = client.get(path)
        sent = len(gzip.compress(answer.content, 5))
        if answer.status_code != 200 or len(statements) > MAX_STATEMENTS or sent > MAX_HTML_BYTES:
            over.append((name, answer.status_code, len(statements), sent))
    assert over == []


def test_searching_stays_within_the_budget(clients, database):
    client = clients["physician"]
    token = token_of(client.get("/patients").text)
    for criteria in (
        {"family": "démo-laur"},
        {"q": "demo laurier mireille"},
        {"birth_date": "1968"},
    ):
        with counted(database) as statements:
            answer = client.post("/patients/recherche", data={"_csrf": token, **criteria})
        assert answer.status_code == 200
        assert len(statements) <= MAX_STATEMENTS, statements


def test_the_first_visit_weighs_less_than_its_budget(stranger):
    page = stranger.get("/connexion")
    html = len(gzip.compress(page.content, 5))
    sizes = {"html": html, "css": 0, "js": 0, "woff2": 0, "svg": 0}
    css = ""
    for address in re.findall(r'(?:href|src)="(/static/[^"#]+)', page.text):
        file = stranger.get(address)
        kind = address.rpartition(".")[2]
        sizes[kind] += int(file.headers["content-length"])
        css += file.text if kind == "css" else ""
    for font in set(re.findall(r'url\("(/static/[^"]+woff2)"', css)):
        if font not in page.text:
            sizes["woff2"] += int(stranger.get(font).headers["content-length"])
    assert sizes["css"] <= 20_000, sizes
    assert sizes["woff2"] <= 60_000, sizes
    assert sum(sizes.values()) <= 125_000, sizes


def test_scripts_stay_within_their_budget(clients):
    client = clients["physician"]
    page = client.get("/").text
    addresses_ = re.findall(r'<script src="([^"]+)"', page)
    total = sum(int(client.get(address).headers["content-length"]) for address in addresses_)
    assert addresses_
    assert total <= 25_000


def test_a_patient_page_is_never_stored_by_the_browser(clients, world):
    answer = clients["physician"].get(f"/patients/{world.patient}")
    assert answer.headers["cache-control"] == "no-store"


def test_an_unknown_record_and_a_closed_one_answer_alike(clients, world):
    unknown = "00000000-0000-4000-8000-000000000000"
    client = clients["physician"]
    for part in ("", "/documents", "/resultats", "/equipe", "/identite", "/acces"):
        closed = client.get(f"/patients/{world.stranger}{part}")
        absent = client.get(f"/patients/{unknown}{part}")
        assert closed.status_code == absent.status_code == 404
        assert _neutral(closed.text, str(world.stranger)) == _neutral(absent.text, unknown)


def _neutral(text: str, patient_id: str) -> str:
    text = re.sub(r'name="_csrf" value="[^"]+"', "", text)
    return text.replace(patient_id, "ID")


def test_a_document_of_somebody_else_does_not_exist(clients, world):
    client = clients["identity_officer"]
    assert client.get(f"/patients/{world.patient}/documents/{world.document}").status_code == 403
    physician = clients["physician"]
    other = physician.get(f"/patients/{world.stranger}/documents/{world.document}")
    assert other.status_code == 404
    assert "Chirurgie" not in other.text


def test_the_banner_shows_every_trait_and_the_matricule_only_when_qualified(clients, world):
    page = clients["physician"].get(f"/patients/{world.patient}").text
    for shown in (
        "DÉMO-LAURIER",
        "Mireille",
        "DÉMO-BASTIDE",
        "12/03/1968",
        "Identité qualifiée",
        "[TEST]",
    ):
        assert shown in page
    officer = clients["identity_officer"].get(f"/patients/{world.stranger}").text
    assert "Identité provisoire" in officer
    assert "INS</dt>" not in officer


def test_emergency_access_opens_is_noted_and_closes(world, clients):
    client = clients["treating_physician"]
    closed = f"/patients/{world.twin}"
    assert "Accès en urgence" in client.get(closed).text
    short = submit(client, closed, f"{closed}/urgence", reason="vital", justification="court")
    assert short.status_code == 422
    stated = {"reason": "vital", "justification": "Détresse aux urgences"}
    done = submit(client, closed, f"{closed}/urgence", **stated)
    assert done.status_code == 303
    page = client.get(closed)
    assert page.status_code == 200
    assert "Accès en urgence en cours" in page.text
    submit(client, closed, f"{closed}/urgence/fin")
    assert client.get(closed).status_code == 404
    review = clients["auditor"].get("/urgences").text
    assert "Détresse aux urgences" in review


def test_who_opposes_emergency_access_is_not_opened_in_an_emergency(world, clients, database):
    client = clients["treating_physician"]
    closed = f"/patients/{world.twin}"
    stated = {"reason": "vital", "justification": "Détresse aux urgences"}
    assert submit(client, closed, f"{closed}/urgence", **stated).status_code == 303
    assert client.get(closed).status_code == 200
    _say(database, world.twin, is_opposed=True)
    refused = client.get(closed)
    assert refused.status_code == 404
    assert "Ouvrir en urgence" not in refused.text
    assert submit(client, "/compte", f"{closed}/urgence", **stated).status_code == 404
    _say(database, world.twin, is_opposed=False)
    assert client.get(closed).status_code == 200
    submit(client, closed, f"{closed}/urgence/fin")


def test_a_person_of_the_care_team_notes_that_emergency_access_is_opposed(world, clients):
    client, team = clients["physician"], f"/patients/{world.patient}/equipe"
    said = {"purpose": "emergency", "opposed": "yes", "stated_on": ""}
    assert submit(client, team, f"/patients/{world.patient}/oppositions", **said).status_code == 303
    page = client.get(team).text
    assert re.search(r"Accès en urgence</dt><dd><span class=\"tag danger\">", page)
    submit(client, team, f"/patients/{world.patient}/oppositions", **{**said, "opposed": "no"})


def _say(database, patient_id, *, is_opposed):
    with database.session() as session:
        record_opposition(
            session,
            patient_id,
            SharingPurpose.EMERGENCY,
            is_opposed=is_opposed,
            stated_on=START.date(),
            clock=MovableClock(),
        )


def test_creating_a_patient_asks_about_those_alike(clients, world):
    client = clients["physician"]
    traits = {
        "birth_family_name": "DÉMO-LAURIER",
        "first_given_name": "Mireille",
        "birth_date": "12/03/1968",
        "sex": "F",
    }
    warned = submit(client, "/patients/nouveau", "/patients/nouveau", **traits)
    assert warned.status_code == 409
    assert "existe peut-être déjà" in warned.text
    confirmed = re.search(r'name="confirmed" value="([^"]+)"', warned.text)[1]
    fields = {"_csrf": token_of(warned.text), "confirmed": confirmed, **traits}
    created = client.post("/patients/nouveau", data=fields, follow_redirects=False)
    assert created.status_code == 303
    page = client.get(created.headers["location"])
    assert "Le dossier est créé" in page.text
    assert "Identité provisoire" in page.text


def test_refused_traits_come_back_at_their_fields(clients):
    answer = submit(
        clients["physician"],
        "/patients/nouveau",
        "/patients/nouveau",
        birth_family_name="DÉMO-<script>alert(1)</script>",
        first_given_name="",
        birth_date="31/02/1960",
        sex="F",
    )
    assert answer.status_code == 422
    assert 'id="birth_date-error"' in answer.text
    assert 'value="31/02/1960"' in answer.text
    assert "<script>alert" not in answer.text


def test_two_editors_of_an_identity_do_not_overwrite_each_other(clients, world):
    client = clients["identity_officer"]
    address = f"/patients/{world.stranger}/identite"
    stale = re.search(r'name="version" value="(\d+)"', client.get(address).text)[1]
    traits = {
        "birth_family_name": "DÉMO-GARRIC",
        "first_given_name": "Aimé",
        "birth_date": "02/09/1951",
        "sex": "M",
    }
    first = submit(client, address, address, version=stale, city="Sylvère", **traits)
    assert first.status_code == 303
    second = submit(client, address, address, version=stale, city="Ailleurs", **traits)
    assert second.status_code == 409
    assert 'value="Ailleurs"' in second.text
    assert re.search(r"<td>Sylvère</td><td class=.differs.>Ailleurs</td>", second.text)
    fresh = re.search(r'name="version" value="(\d+)"', second.text)[1]
    assert fresh != stale
    assert f'name="version" value="{fresh}"' in client.get(address).text
    assert "Sylvère" in client.get(address).text


def test_a_quarantined_message_is_attached_with_a_reason(clients, world):
    client = clients["identity_officer"]
    address = f"/echanges/recus/{world.message}"
    page = client.get(address).text
    assert "En quarantaine" in page
    assert "DÉMO-GARRIC" in page
    refused = submit(
        client, address, f"{address}/rattachement", patient=str(world.stranger), reason=""
    )
    assert refused.status_code == 422
    done = submit(
        client,
        address,
        f"{address}/rattachement",
        patient=str(world.stranger),
        reason="Appel au laboratoire",
    )
    assert done.status_code == 303
    again = submit(
        client, "/compte", f"{address}/rattachement", patient=str(world.stranger), reason="x"
    )
    assert again.status_code == 409


def test_those_who_follow_exchanges_do_not_learn_whose_they_are(clients, world):
    for role in ("regional_admin", "support", "coordination_3c"):
        page = clients[role].get(f"/echanges/recus/{world.message}").text
        assert "DÉMO-GARRIC" not in page


def test_merge_and_undo_from_the_pages(clients, world):
    client = clients["identity_officer"]
    compare = f"/identites/{world.stranger}/{world.twin}"
    page = client.get(compare).text
    kept = re.search(r'name="kept" value="([^"]+)"', page)[1]
    dropped = re.search(r'name="dropped" value="([^"]+)"', page)[1]
    done = submit(
        client, compare, "/identites/fusion", kept=kept, dropped=dropped, reason="Même titre"
    )
    assert done.status_code == 303
    history = client.get(done.headers["location"]).text
    action = re.search(r'action="(/identites/fusions/\d+/annulation)"', history)[1]
    undone = submit(client, done.headers["location"], action, reason="Erreur de lecture")
    assert undone.status_code == 303
    assert "annulée le" in client.get(undone.headers["location"]).text


def test_secrets_are_masked_in_the_settings(clients):
    page = clients["regional_admin"].get("/admin/reglages").text
    assert "secret_key" in page
    assert "ssss" not in page


def test_administrators_see_no_patient(clients, world):
    client = clients["regional_admin"]
    for path in ("/", "/admin", "/admin/comptes", "/diffusion", "/echanges/recus", "/tracabilite"):
        assert "DÉMO-LAURIER" not in client.get(path).text


def test_search_criteria_never_enter_an_address(clients):
    client = clients["physician"]
    token = token_of(client.get("/patients").text)
    client.post("/patients/recherche", data={"_csrf": token, "family": "démo-laurier"})
    page = client.get("/patients").text
    assert 'value="démo-laurier"' in page
    assert "DÉMO-LAURIER" in page
    assert urlencode({"family": "démo-laurier"}) not in page


def test_reading_twice_changes_nothing_but_the_audit(app, world, clients, database):
    tables = [
        t
        for t in inspect(database.engine).get_table_names()
        if t not in {"core_audit", "core_session"}
    ]

    def images():
        with database.reading() as session:
            return {t: session.execute(text(f'SELECT * FROM "{t}"')).all() for t in tables}  # noqa: S608

    before = images()
    for name, (path, _permission) in addresses(app, world).items():
        for _ in range(2):
            clients[_owner(name)].get(path)
    assert images() == before
