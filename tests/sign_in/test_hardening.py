"""What the framework would let through by default, tried against the assembled application."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import func
from sqlmodel import select

from dcc_core.api import Database
from dcc_core.users import UserSession
from dcc_sandbox.psc.people import PEOPLE_BY_KEY
from dcc_sandbox.psc.provider import PscProvider
from dcc_sandbox.psc.tampering import Tampering

from .region import Browser

_SURGEON = PEOPLE_BY_KEY["chirurgien"]
NewBrowser = Callable[[], Browser]


def _sessions(database: Database) -> int:
    with database.reading() as session:
        return session.exec(select(func.count()).select_from(UserSession)).one()


def test_visits_without_sign_in_leave_no_session_behind(
    browser: Browser, embedded: Database
) -> None:
    for path in ("/", "/connexion", "/accessibilite", "/nulle-part", "/x/sso_psc/aide", "/healthz"):
        browser.http.get(f"{browser.url}{path}")
        assert browser.session_cookie == ""
    assert _sessions(embedded) == 0


@pytest.mark.parametrize(
    "path", ["/schema", "/schema/openapi.json", "/schema/swagger", "/api", "/api/openapi.json"]
)
def test_nobody_reads_the_description_of_the_interfaces(browser: Browser, path: str) -> None:
    answer = browser.http.get(f"{browser.url}{path}", headers={"accept": "application/json"})
    assert answer.status_code in {401, 404}
    assert "paths" not in answer.text


def test_a_browser_keeps_five_sign_ins_under_way(browser: Browser) -> None:
    page = browser.http.get(f"{browser.url}/connexion")
    returns = [browser.identify(browser.press(page), _SURGEON) for _ in range(6)]
    assert browser.http.get(returns[0]).status_code == 422
    assert not browser.is_signed_in
    assert browser.http.get(returns[2]).is_redirect
    assert browser.is_signed_in


def test_the_state_holds_no_way_back(browser: Browser) -> None:
    address = browser.begin()
    assert not re.search(r"state=[^&]*(%2F|/|http)", address)


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(browser: Browser) -> None:
    answer = browser.sign_in(_SURGEON)
    cookie = next(v for v in answer.headers.get_list("set-cookie") if v.startswith("dcc="))
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= parts
    assert not any(part.startswith(("max-age", "expires", "domain")) for part in parts)


def test_coming_back_from_the_logout_without_state_is_an_ordinary_visit(
    new_browser: NewBrowser,
) -> None:
    """The return after logout carries nothing that is acted upon."""
    browser, other = new_browser(), new_browser()
    for each in (browser, other):
        each.sign_in(_SURGEON)
    browser.sign_out()
    for query in ("", "?state=", "?state=autre", "?logout=all"):
        answer = other.http.get(f"{other.url}/connexion{query}")
        assert answer.headers.get("location", "/") == "/"
    assert (browser.is_signed_in, other.is_signed_in) == (False, True)


def test_neither_page_nor_cookie_holds_a_token_of_the_provider(
    browser: Browser, psc: PscProvider
) -> None:
    browser.sign_in(_SURGEON)
    told = browser.http.get(f"{browser.url}/compte").text + str(dict(browser.http.cookies))
    assert not re.search(r"eyJ[\w-]+\.[\w-]+\.", told)


def test_a_short_outage_of_userinfo_opens_nothing(browser: Browser, psc: PscProvider) -> None:
    psc.tampering = Tampering(http={"userinfo": "500"})
    assert browser.sign_in(_SURGEON).status_code == 422
    assert not browser.is_signed_in
