"""Professionals sign in with Pro Santé Connect, act somewhere, and leave everywhere."""

from collections.abc import Callable

import httpx
import pytest

from dcc_sandbox.psc.faults import FAULTS
from dcc_sandbox.psc.people import PEOPLE_BY_KEY
from dcc_sandbox.psc.provider import PscProvider
from dcc_sandbox.psc.tampering import Tampering

from .region import Browser

_ONCOLOGIST = PEOPLE_BY_KEY["oncologue"]
_SURGEON = PEOPLE_BY_KEY["chirurgien"]
NewBrowser = Callable[[], Browser]


@pytest.mark.parametrize(
    "key",
    [
        "chirurgien",
        "radiotherapeute",
        "infirmiere",
        "pharmacien",
        "secretaire_cpe",
        "secretaire_rpps",
        "interne",
    ],
)
def test_person_with_one_activity_is_let_in(key: str, browser: Browser) -> None:
    answer = browser.sign_in(PEOPLE_BY_KEY[key])
    assert answer.headers["location"] == "/"
    assert PEOPLE_BY_KEY[key].family_name in browser.http.get(f"{browser.url}/").text


def test_doctor_with_two_activities_chooses_and_the_session_changes(browser: Browser) -> None:
    before = browser.begin()
    anonymous = browser.session_cookie
    answer = browser.http.get(browser.identify(before, _ONCOLOGIST))
    assert answer.headers["location"] == "/connexion/activite"
    signed_in = browser.session_cookie
    assert browser.choose("990000010").headers["location"] == "/"
    assert len({anonymous, signed_in, browser.session_cookie}) == 3
    assert browser.is_signed_in


def test_structure_that_was_not_offered_is_refused(browser: Browser) -> None:
    browser.sign_in(_ONCOLOGIST)
    assert browser.choose("999999999").status_code == 422


@pytest.mark.parametrize(("key", "code"), [("inconnu", "ACC-443"), ("suspendu", "ACC-444")])
def test_unknown_and_suspended_people_are_refused(key: str, code: str, browser: Browser) -> None:
    answer = browser.sign_in(PEOPLE_BY_KEY[key])
    assert code in answer.text
    assert not browser.is_signed_in


@pytest.mark.parametrize(
    "fault", ["acr_zero", "aud_other", "signature", "other_person", "token_500", "userinfo_html"]
)
def test_refusal_is_told_with_its_code(fault: str, browser: Browser, psc: PscProvider) -> None:
    psc.tampering = FAULTS[fault].tampering
    answer = browser.sign_in(_SURGEON)
    assert FAULTS[fault].refusal in answer.text
    assert answer.status_code < 500
    assert not browser.is_signed_in


def test_return_serves_once_and_in_its_own_browser(new_browser: NewBrowser) -> None:
    owner, thief = new_browser(), new_browser()
    back = owner.identify(owner.begin(), _SURGEON)
    thief.begin()
    thief.http.get(back)
    assert not thief.is_signed_in
    owner.http.get(back)
    assert owner.is_signed_in
    cookie = owner.session_cookie
    owner.http.get(back)
    assert owner.session_cookie == cookie
    assert owner.is_signed_in
    assert not thief.is_signed_in


def test_planted_cookie_is_not_adopted(new_browser: NewBrowser) -> None:
    victim, attacker = new_browser(), new_browser()
    attacker.begin()
    for planted in ("attacker-chosen", attacker.session_cookie):
        victim.http.cookies.set("dcc", planted, domain="127.0.0.1")
        victim.sign_in(_SURGEON)
        attacker.http.cookies.set("dcc", planted, domain="127.0.0.1")
        assert not attacker.is_signed_in
        victim.http.cookies.clear()


def test_leaving_ends_the_session_here_and_at_the_provider(browser: Browser) -> None:
    browser.sign_in(_SURGEON)
    answer = browser.sign_out()
    assert answer.headers["location"].startswith(f"{browser.url}/connexion")
    assert not browser.is_signed_in
    assert not browser.http.get(browser.begin()).is_redirect


def test_leaving_elsewhere_ends_every_session_of_that_sign_in(
    new_browser: NewBrowser, psc: PscProvider
) -> None:
    one, other = new_browser(), new_browser()
    one.sign_in(_SURGEON)
    other.sign_in(PEOPLE_BY_KEY["radiotherapeute"])
    httpx.post(f"{psc.origin}/_control/sign-out", json={"personne": "chirurgien"})
    assert not one.is_signed_in
    assert other.is_signed_in


def test_outage_spares_who_is_signed_in_and_lets_them_leave(
    new_browser: NewBrowser, psc: PscProvider
) -> None:
    inside = new_browser()
    inside.sign_in(_SURGEON)
    psc.tampering = Tampering(
        http={"discovery": "500", "jwks": "500", "token": "500", "userinfo": "500"}
    )
    assert inside.is_signed_in
    inside.sign_out()
    assert not inside.is_signed_in


def test_callback_with_an_open_redirect_leads_home(browser: Browser) -> None:
    page = browser.http.get(f"{browser.url}/connexion?retour=//evil.invalid/")
    assert "evil.invalid" not in page.text


def test_two_tabs_begun_together_both_come_back(browser: Browser) -> None:
    """The second to return finds the session of the first; neither shows an error."""
    first, second = browser.begin(), browser.begin()
    late, early = browser.identify(first, _SURGEON), browser.identify(second, _SURGEON)
    assert browser.http.get(early).headers["location"] == "/"
    browser.http.get(late)
    assert browser.is_signed_in


def test_tabs_begun_together_may_return_in_their_order(browser: Browser) -> None:
    first, second = browser.begin(), browser.begin()
    back = browser.identify(first, _SURGEON)
    browser.identify(second, _SURGEON)
    assert browser.http.get(back).headers["location"] == "/"


def test_form_drawn_before_another_tab_began_is_accepted(browser: Browser) -> None:
    drawn = browser.http.get(f"{browser.url}/connexion")
    browser.begin()
    assert browser.press(drawn).startswith("http://localhost:")


def test_parameter_said_twice_is_refused(browser: Browser) -> None:
    back = browser.identify(browser.begin(), _SURGEON)
    assert browser.http.get(f"{back}&state=autre").status_code == 422
    assert not browser.is_signed_in
