"""An outage of Pro Santé Connect, from the administrator who opens the fallback to its end."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlmodel import col, select

from dcc_core.api import Database
from dcc_core.users import UserSession
from dcc_sandbox.psc.people import PEOPLE_BY_KEY
from dcc_sso_psc.fallback import note_probe, open_fallback

from .phone import LOGIN, PASSWORD, Phone
from .region import Browser

_ADMINISTRATOR = PEOPLE_BY_KEY["pharmacien"]


@pytest.fixture
def phone(region: str, embedded: Database) -> Phone:
    return Phone(embedded)


def _sign_in_locally(browser: Browser, phone: Phone) -> httpx.Response:
    return browser.submit(
        "/connexion",
        "/connexion/compte",
        login=LOGIN,
        password=PASSWORD,
        code=phone.next_code(),
    )


def test_local_sign_in_is_closed_while_the_provider_answers(browser: Browser, phone: Phone) -> None:
    answer = _sign_in_locally(browser, phone)
    assert "PSC-E90" in answer.text
    assert not browser.is_signed_in


def test_administrator_opens_then_closes_the_fallback(
    new_browser: Callable[[], Browser], phone: Phone, embedded: Database
) -> None:
    administrator, surgeon = new_browser(), new_browser()
    administrator.sign_in(_ADMINISTRATOR)
    opened = administrator.submit("/x/sso_psc/secours", "/x/sso_psc/secours", action="ouvrir")
    assert opened.status_code == 303
    assert "Ouverte" in administrator.http.get(f"{administrator.url}/x/sso_psc/secours").text
    assert _sign_in_locally(surgeon, phone).headers["location"] == "/"
    assert "connexion de secours est ouverte" in surgeon.http.get(f"{surgeon.url}/").text
    assert _flagged(embedded) == 1
    administrator.submit("/x/sso_psc/secours", "/x/sso_psc/secours", action="fermer")
    assert "PSC-E90" in _sign_in_locally(new_browser(), phone).text


def test_doctors_may_not_open_it(browser: Browser) -> None:
    browser.sign_in(PEOPLE_BY_KEY["radiotherapeute"])
    assert browser.http.get(f"{browser.url}/x/sso_psc/secours").status_code == 403


def test_wrong_code_is_refused_although_open(
    browser: Browser, phone: Phone, embedded: Database
) -> None:
    with embedded.session() as session:
        open_fallback(session, author="compte", now=datetime.now(UTC))
    answer = browser.submit(
        "/connexion", "/connexion/compte", login=LOGIN, password=PASSWORD, code="000000"
    )
    assert "ACC-621" in answer.text
    assert not browser.is_signed_in


def test_outage_opens_by_rule_and_recovery_closes(
    new_browser: Callable[[], Browser], phone: Phone, embedded: Database
) -> None:
    now = datetime.now(UTC)
    for minutes, answered, is_open in ((-6, False, False), (0, False, True), (0, True, False)):
        with embedded.session() as session:
            moment = now + timedelta(minutes=minutes)
            note_probe(session, answered=answered, open_after=timedelta(minutes=5), now=moment)
        browser = new_browser()
        if minutes == 0 and is_open:
            assert _sign_in_locally(browser, phone).headers["location"] == "/"
        assert browser.is_signed_in is is_open


def _flagged(database: Database) -> int:
    with database.session() as session:
        flagged = select(UserSession).where(col(UserSession.fallback).is_(True))
        return len(session.exec(flagged).all())
