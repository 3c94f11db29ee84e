"""The JSON routes: rights, problems, versions, description."""

import pytest
from litestar.testing import TestClient

from dcc_core.config import Region, Settings
from dcc_core.hooks import Dispatcher
from dcc_core.records import FolderStore, bind_store
from dcc_core.testing.clock import MovableClock
from dcc_core.testing.web import Browser, sign_in, token_of
from dcc_core.testing.world import build_world
from dcc_core.web.app import create_app
from dcc_core.web.runtime import Runtime


@pytest.fixture(scope="module")
def database(sqlite_lane, tmp_path_factory):
    with sqlite_lane.fresh() as fresh:
        bind_store(fresh, FolderStore(tmp_path_factory.mktemp("documents")))
        yield fresh


@pytest.fixture(scope="module")
def world(database):
    return build_world(database)


@pytest.fixture(scope="module")
def browser(database, world):
    settings = Settings(env="test", secret_key="s" * 32)
    region = Region(slug="demo", name="Exemple")
    runtime = Runtime(settings, region, database, Dispatcher(), clock=MovableClock())
    with TestClient(create_app(runtime), raise_server_exceptions=False) as client:

        def open_(role: str) -> tuple[Browser, dict[str, str]]:
            opened = Browser(client)
            sign_in(opened, world.accounts[role])
            return opened, {"x-csrf-token": token_of(opened.get("/compte").text)}

        yield open_


def test_search_takes_a_body_and_asks_for_the_token(browser):
    client, proof = browser("physician")
    words = {"query": "demo laurier"}
    assert client.post("/api/v1/patients/search", json=words).status_code == 403
    found = client.post("/api/v1/patients/search", json=words, headers=proof).json()
    assert [p["birth_family_name"] for p in found["people"]] == ["DÉMO-LAURIER"]
    short = client.post("/api/v1/patients/search", json={"query": "x"}, headers=proof)
    assert short.headers["content-type"] == "application/problem+json"
    assert short.json()["code"] == "PAT-060"


def test_a_closed_record_and_an_unknown_one_answer_alike(browser, world):
    client, _ = browser("physician")
    unknown = "00000000-0000-4000-8000-000000000000"
    answers = [client.get(f"/api/v1/patients/{i}") for i in (world.stranger, unknown)]
    assert [a.status_code for a in answers] == [404, 404]
    bodies = [{**a.json(), "instance": ""} for a in answers]
    assert bodies[0] == bodies[1]


def test_an_update_without_the_version_read_is_refused(browser, world):
    client, proof = browser("identity_officer")
    address = f"/api/v1/patients/{world.stranger}"
    tag = client.get(address).headers["etag"]
    traits = {
        "birth_family_name": "DÉMO-GARRIC",
        "first_given_name": "Aimé",
        "birth_date": "02/09/1951",
        "sex": "M",
        "city": "Sylvère",
    }
    assert client.put(address, json=traits, headers=proof).status_code == 422
    first = client.put(address, json=traits, headers={**proof, "if-match": tag})
    assert first.status_code == 200
    assert first.headers["etag"] != tag
    second = client.put(address, json=traits, headers={**proof, "if-match": tag})
    assert (second.status_code, second.json()["code"]) == (409, "PAT-021")


def test_documents_are_listed_without_contents(browser, world):
    client, _ = browser("physician")
    listed = client.get(f"/api/v1/patients/{world.patient}/documents").json()
    assert len(listed) == 3
    assert "Chirurgie" not in str(listed)


def test_the_description_is_for_those_who_may_read_it(browser):
    allowed, _ = browser("regional_admin")
    refused, _ = browser("physician")
    assert refused.get("/api/openapi.json").status_code == 403
    described = allowed.get("/api/openapi.json")
    assert described.status_code == 200
    assert set(described.json()["paths"]) == {
        "/api/v1/me",
        "/api/v1/patients/search",
        "/api/v1/patients/{patient_id}",
        "/api/v1/patients/{patient_id}/documents",
    }
    search = described.json()["components"]["schemas"]["Search"]
    assert search["required"] == ["query"]
    assert search["properties"]["query"]["type"] == "string"


@pytest.mark.parametrize("body", [{}, {"query": 7}, {"query": ["DÉMO-GARRIC"]}])
def test_a_body_that_does_not_fit_is_refused_without_repeating_it(browser, body):
    client, proof = browser("physician")
    answer = client.post("/api/v1/patients/search", json=body, headers=proof)
    assert (answer.status_code, answer.json()["code"]) == (400, "WEB-400")
    assert "GARRIC" not in answer.text


def test_a_program_without_session_gets_a_problem(browser):
    client, _ = browser("physician")
    client.cookies.clear()
    answer = client.get("/api/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "ACC-401")
