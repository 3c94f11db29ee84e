"""Sessions in the browser: signing in and out, fixation, forgery, expiry, devices."""

from collections.abc import Iterable, Mapping

import pytest

from dcc_core.api import (
    AccessDenied,
    DccPlugin,
    ExternalIdentity,
    IdentityProvider,
    ProfessionalActivity,
    SignInStart,
    hookimpl,
)
from dcc_core.testing.clock import MovableClock
from dcc_core.testing.web import add_account, sign_in, submit, token_of
from dcc_core.users import OrganisationIn, disable_account, register_organisation
from dcc_core.web.return_path import safe_path


class Gate:
    """A provider that believes the query."""

    key, label, order, development = "gate.test", "Portail d'essai", 1, False
    help_path = "/aide"

    def start(self, *, redirect_uri: str) -> SignInStart:
        return SignInStart("https://gate.example.invalid/auth", keep={"state": "s1"})

    def complete(
        self, *, query: Mapping[str, str], kept: Mapping[str, str], redirect_uri: str
    ) -> ExternalIdentity:
        if query.get("state") != kept.get("state"):
            raise AccessDenied("GATE-E01", "Le portail ne reconnaît pas ce retour. Recommencez.")
        structures = [name for name in query.get("at", "").split(",") if name]
        return ExternalIdentity(
            provider=self.key,
            subject="sub-1",
            national_id=query["id"],
            family_name="DÉMO-VALMONT",
            given_name="Inès",
            activities=tuple(ProfessionalActivity(s, f"DÉMO {s}") for s in structures),
            logout_hint="hint",
        )

    def logout_url(self, *, logout_hint: str, return_to: str) -> str | None:
        return "https://gate.example.invalid/logout"


class GatePlugin(DccPlugin):
    name = "gate"

    @hookimpl
    def dcc_identity_providers(self) -> Iterable[IdentityProvider]:
        return [Gate()]


@pytest.fixture
def clock():
    return MovableClock()


@pytest.fixture
def client(make_client, clock):
    return make_client(GatePlugin, clock=clock)


@pytest.fixture
def account(embedded, clock):
    with embedded.session() as session:
        register_organisation(session, entry=OrganisationIn(name="DÉMO CHU", finess="990000001"))
        return add_account(session, "physician")


def _cookie(answer):
    return answer.headers["set-cookie"]


def test_signing_in_shows_the_person_and_signing_out_ends_it(client, account):
    sign_in(client, account)
    home = client.get("/")
    assert "DÉMO-VALMONT" in home.text
    assert "Médecin" in home.text
    answer = submit(client, "/compte", "/deconnexion")
    assert answer.headers["location"] == "/connexion"
    assert client.get("/", follow_redirects=False).headers["location"] == "/connexion"


def test_a_planted_session_id_is_never_adopted(client, make_client, account):
    client.cookies.set("dcc", "attacker-chosen")
    token = token_of(client.get("/connexion").text)
    answer = client.post(
        "/connexion/demonstration",
        data={"_csrf": token, "account": str(account)},
        follow_redirects=False,
    )
    issued = client.cookies.get("dcc", domain="testserver.local")
    assert issued != "attacker-chosen"
    assert "HttpOnly" in _cookie(answer)
    attacker = make_client()
    attacker.cookies.set("dcc", "attacker-chosen")
    assert attacker.get("/", follow_redirects=False).status_code == 303


def test_an_anonymous_session_does_not_survive_the_sign_in(client, make_client, account):
    token = token_of(client.get("/connexion").text)
    client.post("/connexion/p/gate.test", data={"_csrf": token})
    planted = client.cookies["dcc"]
    client.get("/connexion/retour/gate.test?state=s1&id=899990000001")
    assert client.cookies["dcc"] != planted
    attacker = make_client(GatePlugin)
    attacker.cookies.set("dcc", planted)
    assert attacker.get("/", follow_redirects=False).status_code == 303


def test_cookies_over_tls_carry_the_host_prefix(make_client, embedded):
    with embedded.session() as session:
        account = add_account(session, "physician")
    client = make_client(public_url="https://testserver.local", base_url="https://testserver.local")
    token = token_of(client.get("/connexion").text)
    answer = client.post(
        "/connexion/demonstration",
        data={"_csrf": token, "account": str(account)},
        follow_redirects=False,
    )
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("__Host-dcc="))
    for flag in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert flag in cookie


def test_an_idle_session_ends_after_thirty_minutes(client, account, clock):
    sign_in(client, account)
    clock.advance(minutes=29)
    assert client.get("/").status_code == 200
    clock.advance(minutes=29)
    assert client.get("/").status_code == 200
    clock.advance(minutes=31)
    assert client.get("/", follow_redirects=False).status_code == 303


def test_a_session_ends_after_four_hours_whatever_one_does(client, account, clock):
    sign_in(client, account)
    for _ in range(12):
        clock.advance(minutes=19, seconds=59)
        assert client.get("/", follow_redirects=False).status_code == 200
    clock.advance(minutes=2)
    assert client.get("/", follow_redirects=False).status_code == 303


def test_disabling_an_account_ends_its_sessions_at_once(client, account, embedded, clock):
    sign_in(client, account)
    with embedded.session() as session:
        disable_account(session, account_id=account, reason="départ", now=clock())
    assert client.get("/", follow_redirects=False).status_code == 303


def test_one_closes_a_session_left_open_elsewhere(client, make_client, account, clock):
    elsewhere = make_client(GatePlugin, clock=clock)
    sign_in(elsewhere, account)
    sign_in(client, account)
    page = client.get("/compte").text
    action = page.partition("/compte/sessions/")[2].partition('"')[0]
    assert action == "fermer"
    submit(client, "/compte", "/compte/sessions/fermer")
    assert elsewhere.get("/", follow_redirects=False).status_code == 303
    assert client.get("/", follow_redirects=False).status_code == 200


@pytest.mark.parametrize(
    "forge",
    [
        lambda own, other: {},
        lambda own, other: {"_csrf": ""},
        lambda own, other: {"_csrf": "planted.0000"},
        lambda own, other: {"_csrf": other},
    ],
)
def test_a_forged_form_changes_nothing(client, make_client, account, forge, clock):
    other = make_client(GatePlugin, clock=clock)
    sign_in(other, account)
    sign_in(client, account)
    own, others = (token_of(c.get("/compte").text) for c in (client, other))
    answer = client.post("/deconnexion", data=forge(own, others), follow_redirects=False)
    assert answer.status_code == 403
    assert client.get("/", follow_redirects=False).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_right_token_from_another_site_is_refused(client, account, site):
    sign_in(client, account)
    token = token_of(client.get("/compte").text)
    answer = client.post(
        "/deconnexion",
        data={"_csrf": token},
        headers={"sec-fetch-site": site},
        follow_redirects=False,
    )
    assert answer.status_code == 403


def test_json_sent_as_plain_text_is_refused(client, account):
    sign_in(client, account)
    answer = client.post(
        "/deconnexion", content=b'{"_csrf": "x"}', headers={"content-type": "text/plain"}
    )
    assert answer.status_code == 403


def test_what_was_typed_comes_back_when_the_session_has_ended(client, account, clock):
    sign_in(client, account)
    token = token_of(client.get("/compte").text)
    clock.advance(hours=5)
    lost = client.post("/demande-de-compte", data={"_csrf": token, "family_name": "DÉMO-ARCAN <b>"})
    assert lost.status_code == 403
    assert "DÉMO-ARCAN &lt;b&gt;" in lost.text
    sign_in(client, account)
    again = client.post(
        "/demande-de-compte", data={"_csrf": token_of(lost.text), "family_name": "DÉMO-ARCAN"}
    )
    final = client.post(
        "/demande-de-compte", data={"_csrf": token_of(again.text), "family_name": "DÉMO-ARCAN"}
    )
    assert "DÉMO-ARCAN" in again.text
    assert final.status_code == 422  # arrived; the form now asks for the rest


def test_a_provider_return_is_accepted_once(client, account):
    token = token_of(client.get("/connexion").text)
    leave = client.post("/connexion/p/gate.test", data={"_csrf": token, "back": "/compte"})
    assert leave.headers["refresh"] == "0; url=https://gate.example.invalid/auth"
    address = "/connexion/retour/gate.test?state=s1&id=899990000001"
    first = client.get(address, follow_redirects=False)
    assert first.headers["location"] == "/compte"
    again = client.get(address, follow_redirects=False)
    assert again.status_code == 422
    assert "WEB-102" in again.text


def test_a_refused_return_is_consumed_too(client, account):
    token = token_of(client.get("/connexion").text)
    client.post("/connexion/p/gate.test", data={"_csrf": token})
    wrong = client.get("/connexion/retour/gate.test?state=other&id=899990000001")
    assert "GATE-E01" in wrong.text
    right = client.get("/connexion/retour/gate.test?state=s1&id=899990000001")
    assert "WEB-102" in right.text


def test_an_unknown_professional_is_told_to_ask_for_an_account(client, account):
    token = token_of(client.get("/connexion").text)
    client.post("/connexion/p/gate.test", data={"_csrf": token})
    answer = client.get("/connexion/retour/gate.test?state=s1&id=899990009999")
    assert "Aucun compte" in answer.text


def test_two_activities_ask_where_and_change_the_token(client, account):
    token = token_of(client.get("/connexion").text)
    client.post("/connexion/p/gate.test", data={"_csrf": token})
    arrived = client.get(
        "/connexion/retour/gate.test?state=s1&id=899990000001&at=990000001,990000002",
        follow_redirects=False,
    )
    assert arrived.headers["location"] == "/connexion/activite"
    before = client.cookies["dcc"]
    answer = submit(client, "/connexion/activite", "/connexion/activite", structure="990000001")
    assert answer.status_code == 303
    assert client.cookies["dcc"] != before
    refused = submit(client, "/connexion/activite", "/connexion/activite", structure="990000009")
    assert refused.status_code == 422


def test_signing_out_also_leaves_the_provider(client, account):
    token = token_of(client.get("/connexion").text)
    client.post("/connexion/p/gate.test", data={"_csrf": token})
    client.get("/connexion/retour/gate.test?state=s1&id=899990000001")
    answer = submit(client, "/compte", "/deconnexion")
    assert answer.headers["refresh"] == "0; url=https://gate.example.invalid/logout"


def test_a_wrong_local_sign_in_says_the_same_for_everybody(client, account):
    answers = set()
    for login in ("nobody", "camille.martin"):
        token = token_of(client.get("/connexion").text)
        fields = {"_csrf": token, "login": login, "password": "x" * 12, "code": "000000"}
        answer = client.post("/connexion/compte", data=fields)
        assert answer.status_code == 422
        answers.add(answer.text.partition("Connexion refusée")[2].partition("</div>")[0])
    assert len(answers) == 1


def test_the_demonstration_sign_in_does_not_exist_in_production(make_client):
    client = make_client(env="production", base_url="https://testserver.local")
    assert "démonstration" not in client.get("/connexion").text
    token = token_of(client.get("/connexion").text)
    answer = client.post("/connexion/demonstration", data={"_csrf": token, "account": "x"})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "given",
    [
        "//evil.invalid",
        "https://evil.invalid",
        "/\\evil.invalid",
        "javascript:alert(1)",
        "",
        "/a\r\nb",
        "\t//evil.invalid",
        "evil",
        "/\t/evil.invalid",
    ],
)
def test_the_way_back_never_leaves_the_site(given):
    assert safe_path(given) == "/"


def test_the_way_back_keeps_a_path_of_the_site():
    assert safe_path("/patients/1?onglet=a") == "/patients/1?onglet=a"
