"""The application factory: default deny, headers, errors, static files, monitoring."""

from collections.abc import Iterable

import pytest
from litestar import Response, get
from litestar.di import Provide
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from sqlalchemy.exc import OperationalError

from dcc_core.api import (
    AccessDenied,
    Conflict,
    CurrentPage,
    DccPlugin,
    HealthCheck,
    HealthReport,
    HealthState,
    InvalidInput,
    MenuItem,
    NotFound,
    Permission,
    Sensitivity,
    hookimpl,
)
from dcc_core.config.logging import JsonLines
from dcc_core.errors import StartRefused
from dcc_core.web.app import create_app

PUBLIC = {"public": True}
RAISED: dict[str, Exception] = {
    "denied": AccessDenied("ACC-103", "Refusé. Demandez ce droit."),
    "missing": NotFound("PAT-404", "secret"),
    "conflict": Conflict("REC-409", "Dr Arcan a modifié ce champ. Comparez les deux textes."),
    "input": InvalidInput("PAT-101", "Date impossible. Corrigez le jour.", field="birth_date"),
    "database": OperationalError("SELECT secret", {}, Exception("secret")),
    "surprise": RuntimeError("DÉMO-LAURIER secret"),
}


class Probe(DccPlugin):
    name = "probe"

    @hookimpl
    def dcc_routes(self) -> Iterable[ControllerRouterHandler]:
        @get("/raise/{kind:str}", name="probe.raise", opt=PUBLIC, sync_to_thread=True)
        def fail(kind: FromPath[str]) -> Response[str]:
            raise RAISED[kind]

        @get("/private", name="probe.private", opt={"permission": "probe.see"}, sync_to_thread=True)
        def private(page: CurrentPage) -> Response[str]:
            return Response("never")

        return [fail, private]

    permissions = (Permission("probe.see", "Voir", Sensitivity.TECHNICAL),)


def _plugin(
    *, routes: Iterable[ControllerRouterHandler] = (), menu: Iterable[MenuItem] = ()
) -> type:
    class Faulty(DccPlugin):
        name = "faulty"

        @hookimpl
        def dcc_routes(self) -> Iterable[ControllerRouterHandler]:
            return routes

        @hookimpl
        def dcc_menu_items(self) -> Iterable[MenuItem]:
            return menu

    return Faulty


def _handler(name: str | None = "faulty.page", **options: object) -> ControllerRouterHandler:
    @get("/page", name=name, sync_to_thread=False, **options)  # type: ignore[arg-type]  # options vary by case
    def page() -> str:
        return ""

    return page


@pytest.mark.parametrize(
    ("plugin", "code"),
    [
        (_plugin(routes=[_handler()]), "DCC-P020"),
        (_plugin(routes=[_handler(opt={"permission": "faulty.unknown"})]), "DCC-P028"),
        (
            _plugin(menu=[MenuItem("faulty.x", "X", "faulty.nowhere", "core.account.self")]),
            "DCC-P021",
        ),
        (
            _plugin(
                routes=[
                    _handler(
                        opt=PUBLIC,
                        dependencies={"session": Provide(lambda: 1, sync_to_thread=False)},
                    )
                ]
            ),
            "DCC-P029",
        ),
        (_plugin(routes=[_handler("other.page", opt=PUBLIC)]), "DCC-P022"),
    ],
)
def test_a_region_with_a_faulty_route_does_not_start(make_runtime, plugin, code):
    with pytest.raises(StartRefused) as refused:
        create_app(make_runtime(plugin))
    assert [problem.code for problem in refused.value.problems] == [code]
    assert refused.value.problems[0].plugin == "faulty"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/connexion",
        "/health",
        "/metrics",
        "/nowhere",
        "/static/nothing.css",
        "/x/probe/raise/surprise",
    ],
)
def test_every_answer_carries_the_security_headers(make_client, path):
    answer = make_client(Probe).get(path, follow_redirects=False)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"]


def test_hsts_is_sent_over_tls_only(make_client):
    plain = make_client().get("/health")
    assert "strict-transport-security" not in plain.headers
    secure = make_client(public_url="https://dcc.example.invalid").get("/health")
    assert "max-age=31536000" in secure.headers["strict-transport-security"]


def test_a_stranger_is_sent_to_the_sign_in_page_and_back(make_client):
    answer = make_client(Probe).get("/x/probe/private?nom=secret", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/connexion?retour=/x/probe/private",
    )


def test_a_program_without_session_is_told_so(make_client):
    answer = make_client(Probe).get("/x/probe/private", headers={"accept": "application/json"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "ACC-401"


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("denied", 403, "ACC-103"),
        ("missing", 404, "PAT-404"),
        ("conflict", 409, "REC-409"),
        ("input", 422, "PAT-101"),
        ("database", 503, "WEB-503"),
        ("surprise", 500, "WEB-500"),
    ],
)
def test_errors_become_pages_and_problems(make_client, kind, status, code):
    client = make_client(Probe)
    page = client.get(f"/x/probe/raise/{kind}")
    problem = client.get(f"/x/probe/raise/{kind}", headers={"accept": "application/json"})
    assert page.status_code == problem.status_code == status
    assert code in page.text
    assert problem.json()["code"] == code
    assert problem.json()["status"] == status
    assert page.headers["x-request-id"] in page.text
    assert "secret" not in page.text + problem.text


def test_input_problems_name_the_field(make_client):
    answer = make_client(Probe).get("/x/probe/raise/input", headers={"accept": "application/json"})
    assert answer.json()["errors"] == [
        {"field": "birth_date", "detail": "Date impossible. Corrigez le jour.", "code": "PAT-101"}
    ]


def test_a_failing_fragment_is_put_among_the_messages(make_client):
    answer = make_client(Probe).get(
        "/x/probe/raise/conflict", headers={"hx-request": "true", "hx-request-type": "partial"}
    )
    assert answer.headers["hx-retarget"] == "#messages"
    assert "<html" not in answer.text
    assert "REC-409" in answer.text


def test_unexpected_errors_are_logged_without_their_message(make_client, caplog):
    make_client(Probe).get("/x/probe/raise/surprise?nom=LAURIER")
    logged = "".join(JsonLines().format(record) for record in caplog.records)
    assert "request_failed" in logged
    assert "RuntimeError" in logged
    assert "LAURIER" not in logged


def test_static_files_are_named_by_content_and_kept_for_a_year(make_client):
    client = make_client()
    page = client.get("/nowhere").text
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = client.get(address)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert "/static/core/atkinson-next." in answer.text
    plain = client.get(address, headers={"accept-encoding": "identity"})
    assert plain.content == answer.content


@pytest.mark.parametrize(
    "path", ["../app.py", "core/../../app.py", "core/app.css", "core/vendor/htmx-LICENSE.txt"]
)
def test_only_fingerprinted_files_are_served(make_client, path):
    assert make_client().get(f"/static/{path}").status_code == 404


class Sick(DccPlugin):
    name = "sick"

    @hookimpl
    def dcc_health_checks(self) -> Iterable[HealthCheck]:
        def hang() -> HealthReport:
            raise TimeoutError

        def fine() -> HealthReport:
            return HealthReport(HealthState.OK, "2 ms")

        return [
            HealthCheck("sick.partner", "Partenaire", hang, timeout_s=0.2),
            HealthCheck("sick.queue", "File", fine),
        ]


def test_health_says_which_dependency_is_down(make_client):
    client = make_client(Sick, metrics_token="t" * 40)
    public = client.get("/health").json()
    assert public["state"] == "degraded"
    assert {"plugin": "sick", "key": "sick.partner", "state": "down"} in public["checks"]
    detailed = client.get("/health", headers={"authorization": f"Bearer {'t' * 40}"}).json()
    assert "2 ms" in [check["text"] for check in detailed["checks"]]


def test_health_is_down_when_the_database_is(make_runtime, tmp_path):
    from dataclasses import replace

    from litestar.testing import TestClient

    from dcc_core.db import open_database

    lost = open_database(f"sqlite:///{tmp_path}/missing/dcc.sqlite3")
    with TestClient(create_app(replace(make_runtime(), database=lost))) as client:
        answer = client.get("/health")
    assert (answer.status_code, answer.json()["state"]) == (503, "down")


def test_metrics_ask_for_the_token_and_count_routes_not_paths(make_client):
    client = make_client(Probe, metrics_token="t" * 40)
    client.get("/x/probe/raise/conflict")
    assert client.get("/metrics").status_code == 404
    answer = client.get("/metrics", headers={"authorization": f"Bearer {'t' * 40}"})
    assert 'route="/x/probe/raise/{kind}",status="409"' in answer.text


def test_an_unsafe_request_without_token_is_refused(make_client):
    answer = make_client().post("/preferences", data={"theme": "dark"}, follow_redirects=False)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
