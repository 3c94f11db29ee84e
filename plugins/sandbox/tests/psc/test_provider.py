"""The sandbox keeps the rules of the protocol: it would not be a witness otherwise."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from dcc_sandbox.psc.people import PEOPLE
from dcc_sandbox.psc.provider import PscProvider
from dcc_sandbox.psc.registrations import Client
from dcc_sandbox.psc.server import running_psc

_CALLBACK = "http://127.0.0.1:9/retour"
_VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
_CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
_CLIENT = Client(
    client_id="dcc",
    secret="s",
    redirect_uris=(_CALLBACK,),
    post_logout_redirect_uris=("http://127.0.0.1:9/",),
)
_OTHER = Client(client_id="autre", secret="t", redirect_uris=(_CALLBACK,))
_REQUEST = {
    "client_id": "dcc",
    "redirect_uri": _CALLBACK,
    "response_type": "code",
    "scope": "openid scope_all",
    "state": "etat",
    "nonce": "n",
    "code_challenge": _CHALLENGE,
    "code_challenge_method": "S256",
}


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def provider(clock: Clock) -> Iterator[PscProvider]:
    with running_psc((_CLIENT, _OTHER), clock=clock) as provider:
        yield provider


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as browser:
        yield browser


def _authorize(browser: httpx.Client, provider: PscProvider, **changes: str) -> httpx.Response:
    return browser.get(f"{provider.wallet}/auth?{urlencode(_REQUEST | changes)}")


def _sign_in(
    browser: httpx.Client, provider: PscProvider, person: str = "oncologue"
) -> dict[str, str]:
    page = _authorize(browser, provider).text
    key = page.split('name="demande" value="')[1].split('"')[0]
    form = {"demande": key, "personne": person}
    answer = browser.post(f"{provider.wallet}/auth/identite", data=form)
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def _call(
    browser: httpx.Client, provider: PscProvider, path: str, auth: str = "dcc:s", **form: str
) -> httpx.Response:
    user, _, password = auth.partition(":")
    return browser.post(
        f"{provider.issuer}/protocol/openid-connect/{path}", data=form, auth=(user, password)
    )


def _exchange(
    browser: httpx.Client, provider: PscProvider, code: str, **changes: str
) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": _CALLBACK,
        "code_verifier": _VERIFIER,
    }
    auth = changes.pop("auth", "dcc:s")
    return _call(browser, provider, "token", auth, **(form | changes))


def test_page_offers_ten_fictitious_people_in_french(
    browser: httpx.Client, provider: PscProvider
) -> None:
    answer = _authorize(browser, provider)
    assert answer.text.count('name="personne"') == len(PEOPLE) + 1
    assert 'lang="fr"' in answer.text
    assert "style=" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert all(person.family_name.startswith("DÉMO-") for person in PEOPLE)
    assert len({person.national_id for person in PEOPLE}) == len(PEOPLE) == 10
    assert browser.get(f"{provider.wallet}/style.css").status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "inconnu"},
        {"redirect_uri": "http://127.0.0.1:9/ailleurs"},
        {"response_type": "token"},
        {"scope": "profile"},
        {"code_challenge_method": "plain"},
    ],
)
def test_wrong_requests_are_refused_without_redirection(
    changes: dict[str, str], browser: httpx.Client, provider: PscProvider
) -> None:
    assert _authorize(browser, provider, **changes).status_code == 400


def test_return_carries_state_issuer_and_code(browser: httpx.Client, provider: PscProvider) -> None:
    returned = _sign_in(browser, provider)
    assert returned["state"] == "etat"
    assert returned["iss"] == provider.issuer
    assert returned["code"]


def test_second_request_signs_in_silently_until_thirty_idle_minutes(
    browser: httpx.Client, provider: PscProvider, clock: Clock
) -> None:
    _sign_in(browser, provider)
    assert _authorize(browser, provider).is_redirect
    assert not _authorize(browser, provider, prompt="login").is_redirect
    clock.now += timedelta(minutes=29)
    assert _authorize(browser, provider).is_redirect
    clock.now += timedelta(minutes=30)
    assert not _authorize(browser, provider).is_redirect


def test_session_ends_after_four_hours_whatever_its_use(
    browser: httpx.Client, provider: PscProvider, clock: Clock
) -> None:
    _sign_in(browser, provider)
    for _ in range(9):
        clock.now += timedelta(minutes=26)
        assert _authorize(browser, provider).is_redirect
    clock.now += timedelta(minutes=26)
    assert not _authorize(browser, provider).is_redirect


def test_code_serves_once(browser: httpx.Client, provider: PscProvider) -> None:
    code = _sign_in(browser, provider)["code"]
    answer = _exchange(browser, provider, code)
    assert answer.status_code == 200
    assert answer.json()["expires_in"] == 120
    assert answer.headers["cache-control"] == "no-store"
    again = _exchange(browser, provider, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "autre"}, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:9/autre"}, "invalid_grant"),
        ({"auth": "autre:t"}, "invalid_grant"),
        ({"auth": "dcc:faux"}, "invalid_client"),
        ({"auth": "inconnu:s"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_wrong_exchanges_are_refused(
    changes: dict[str, str], error: str, browser: httpx.Client, provider: PscProvider
) -> None:
    code = _sign_in(browser, provider)["code"]
    assert _exchange(browser, provider, code, **changes).json()["error"] == error


def test_code_dies_after_a_minute(
    browser: httpx.Client, provider: PscProvider, clock: Clock
) -> None:
    code = _sign_in(browser, provider)["code"]
    clock.now += timedelta(minutes=1)
    assert _exchange(browser, provider, code).status_code == 400


def test_access_token_lives_two_minutes(
    browser: httpx.Client, provider: PscProvider, clock: Clock
) -> None:
    tokens = _exchange(browser, provider, _sign_in(browser, provider)["code"]).json()
    url = f"{provider.issuer}/protocol/openid-connect/userinfo"
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert browser.get(url, headers=bearer).json()["family_name"] == "DÉMO-MARTIN"
    introspected = _call(browser, provider, "token/introspect", token=tokens["access_token"])
    assert introspected.json()["SubjectNameID"] == "899900000011"
    clock.now += timedelta(minutes=2)
    assert browser.get(url, headers=bearer).status_code == 401
    introspected = _call(browser, provider, "token/introspect", token=tokens["access_token"])
    assert introspected.json() == {"active": False}


def test_refresh_token_is_replaced_at_each_use(
    browser: httpx.Client, provider: PscProvider
) -> None:
    tokens = _exchange(browser, provider, _sign_in(browser, provider)["code"]).json()
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    renewed = _call(browser, provider, "token", **form)
    assert renewed.json()["refresh_token"] != tokens["refresh_token"]
    assert _call(browser, provider, "token", **form).status_code == 400


def test_revoked_token_is_dead(browser: httpx.Client, provider: PscProvider) -> None:
    tokens = _exchange(browser, provider, _sign_in(browser, provider)["code"]).json()
    assert _call(browser, provider, "revoke", token=tokens["access_token"]).status_code == 200
    introspected = _call(browser, provider, "token/introspect", token=tokens["access_token"])
    assert introspected.json() == {"active": False}


def test_logout_ends_the_session_and_goes_only_where_declared(
    browser: httpx.Client, provider: PscProvider
) -> None:
    tokens = _exchange(browser, provider, _sign_in(browser, provider)["code"]).json()
    url = f"{provider.issuer}/protocol/openid-connect/logout"
    hint = {"id_token_hint": tokens["id_token"], "state": "s"}
    away = browser.get(url, params=hint | {"post_logout_redirect_uri": "https://autre.invalid/"})
    assert "déconnecté" in away.text
    home = browser.get(url, params=hint | {"post_logout_redirect_uri": "http://127.0.0.1:9/"})
    assert home.headers["location"] == "http://127.0.0.1:9/?state=s"
    assert not _authorize(browser, provider).is_redirect


@pytest.mark.parametrize("hint", ["", "x", "a.b.c", "a.W10.c"])
def test_bad_hints_do_no_harm(hint: str, browser: httpx.Client, provider: PscProvider) -> None:
    url = f"{provider.issuer}/protocol/openid-connect/logout"
    assert browser.get(url, params={"id_token_hint": hint}).status_code in {200, 400}


def test_giving_up_returns_access_denied(browser: httpx.Client, provider: PscProvider) -> None:
    returned = _sign_in(browser, provider, "")
    assert (returned["error"], returned["state"]) == ("access_denied", "etat")


def test_faults_are_switched_on_by_one_click(browser: httpx.Client, provider: PscProvider) -> None:
    page = f"{provider.wallet}/pannes"
    assert "PSC-E36" in browser.get(page).text
    browser.post(page, data={"panne": "token_500"})
    assert 'value="token_500" aria-pressed="true"' in browser.get(page).text
    code = _sign_in(browser, provider)["code"]
    assert _exchange(browser, provider, code).status_code == 500
    browser.post(page, data={"panne": "none"})
    assert _exchange(browser, provider, code).status_code == 200
    assert browser.post(page, data={"panne": "inconnue"}).status_code == 404
    control = f"{provider.wallet}/_control/tampering"
    assert browser.put(control, json={"inconnu": 1}).status_code == 400


def test_loopback_addresses_match_any_port_when_registered_without_one() -> None:
    client = Client(
        client_id="demo",
        redirect_uris=("http://127.0.0.1/retour",),
        backchannel_logout_path="/x/fin",
    )
    assert client.accepts_redirect("http://127.0.0.1:45123/retour")
    assert client.accepts_redirect("http://127.0.0.1/retour")
    for address in (
        "http://127.0.0.1:45123/ailleurs",
        "http://127.0.0.1.autre.invalid/retour",
        "http://127.0.0.1:80@autre.invalid/retour",
        "https://127.0.0.1:1/retour",
        "",
    ):
        assert not client.accepts_redirect(address)
    assert client.logout_address("http://127.0.0.1:45123/retour") == "http://127.0.0.1:45123/x/fin"
