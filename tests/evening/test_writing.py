"""What the screen's routes answer: conflicts, refusals, news, names told once, few statements."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlmodel import col, select

from dcc_core.bench._bare_page import watched
from dcc_core.live.tables import LiveEvent
from dcc_core.testing.databases import SqliteLane
from dcc_core.testing.web import Browser, sign_in, token_of
from dcc_core.users.tables import RoleGrant
from dcc_rcp_meetings.cases.decision import read_decision
from dcc_rcp_meetings.live.topics import field_key

from .evening import Evening, prepare_evening

MAX_STATEMENTS = 16
"""The page of a session: its own, those that decide about the patient, and the audit's, whose
lines form a chain here.
"""
FIELD = "avis_précision"


@pytest.fixture
def small(sqlite_lane: SqliteLane, tmp_path: Path) -> Iterator[Evening]:
    with sqlite_lane.fresh() as database:
        yield prepare_evening(database, tmp_path, cases=2)


@pytest.fixture
def open_browser(small: Evening) -> Iterator[Any]:
    with TestClient(small.app, raise_server_exceptions=False) as client:

        def run(key: str) -> Browser:
            browser = Browser(client)
            sign_in(browser, small.accounts[key])
            return browser

        yield run


def save(browser: Browser, evening: Evening, text: str, *, seen: str | None) -> Any:
    headers = {"x-csrf-token": token_of(browser.get(evening.screen).text)}
    headers |= {"accept": "application/json"} | ({"if-match": f'"{seen}"'} if seen else {})
    path = f"{evening.screen}/avis/{evening.cases[0].id}/champs"
    return browser.put(path, data={"champ": FIELD, FIELD: text}, headers=headers)


def act(browser: Browser, evening: Evening, path: str = "", **fields: str) -> Any:
    token = token_of(browser.get(evening.screen).text)
    headers = {"accept": "application/json"}
    return browser.post(f"{evening.screen}{path}", data={"_csrf": token, **fields}, headers=headers)


def test_two_who_write_at_once_see_both_texts(small: Evening, open_browser: Any) -> None:
    first, second = open_browser("secretary"), open_browser("second")
    assert save(first, small, "A", seen="0").status_code == 200
    refused = save(second, small, "B", seen="0")
    assert refused.status_code == 412
    found = refused.json()
    assert (found["theirs"], found["mine"], found["revision"]) == ("A", "B", 1)
    assert "LACAZE" in found["author"]
    assert save(second, small, "A\nB", seen="1").json()["fields"][str(field_key(FIELD))][
        "words"
    ] == ("A\nB")
    assert save(first, small, "C", seen=None).status_code == 428


def test_a_save_is_news_that_says_nothing_of_the_text(small: Evening, open_browser: Any) -> None:
    save(open_browser("secretary"), small, "mots à taire", seen="0")
    with small.database.reading() as session:
        told = session.exec(select(LiveEvent).order_by(col(LiveEvent.id).desc())).first()
    assert told is not None
    assert (told.topic, told.subject) == ("rcp_meetings.answer", str(small.meeting))
    assert told.facts["field"] == field_key(FIELD)
    assert "mots" not in str(told.facts)


def test_who_loses_the_role_is_refused_and_changes_nothing(
    small: Evening, open_browser: Any
) -> None:
    browser = open_browser("secretary")
    token = token_of(browser.get(small.screen).text)
    with small.database.session() as session:
        for grant in session.exec(
            select(RoleGrant).where(RoleGrant.account_id == small.accounts["secretary"])
        ):
            session.delete(grant)
    headers = {"x-csrf-token": token, "if-match": '"0"', "accept": "application/json"}
    path = f"{small.screen}/avis/{small.cases[0].id}/champs"
    refused = browser.put(path, data={"champ": FIELD, FIELD: "A"}, headers=headers)
    assert refused.status_code in {401, 403, 404}
    with small.database.reading() as session:
        assert read_decision(session, small.cases[0].id).stored(FIELD) is None


def test_names_are_told_once(small: Evening, open_browser: Any) -> None:
    browser = open_browser("secretary")
    assert "DÉMO-ALBRET" in browser.get(small.screen).text
    parts = f"{small.screen}/parties?affiche={small.cases[0].id}"
    assert "ALBRET" not in browser.get(parts).text
    projected = browser.get(f"{small.screen}?vue=projection").text
    assert "ALBRET" not in projected
    assert "CASTAN" not in projected


def test_a_session_is_not_closed_over_undecided_cases(small: Evening, open_browser: Any) -> None:
    browser = open_browser("secretary")
    act(browser, small, action="ouvrir")
    refused = act(browser, small, action="clore")
    assert (refused.status_code, refused.json()["code"]) == (409, "RCP-330")
    assert act(browser, small, action="clore_et_reporter").status_code == 200


def test_a_clinician_runs_nothing_and_says_they_are_there(
    small: Evening, open_browser: Any
) -> None:
    browser = open_browser("clinician")
    assert act(browser, small, action="ouvrir").status_code == 403
    act(open_browser("secretary"), small, action="ouvrir")
    assert act(browser, small, "/ma-presence", qui="visio").status_code == 200
    assert "Dr Paul DÉMO-ARCAN" in browser.get(small.screen).text


def test_an_opinion_collected_needs_its_words(small: Evening, open_browser: Any) -> None:
    browser = open_browser("secretary")
    path = f"/avis/{small.cases[0].id}/recueilli"
    refused = act(browser, small, path, qui="899900000045", texte="")
    assert refused.json()["code"] == "RCP-442"
    given = act(browser, small, path, qui="899900000045", texte="Pas de multifocalité.")
    assert given.status_code == 200
    assert "avis recueilli" in browser.get(small.screen).text


def test_the_screen_asks_little_of_the_database(small: Evening, open_browser: Any) -> None:
    browser = open_browser("secretary")
    browser.get(small.screen)
    with watched(small.database) as statements:
        browser.get(small.screen)
    assert len(statements) <= MAX_STATEMENTS
    with watched(small.database) as statements:
        browser.get(f"{small.screen}/parties?affiche={small.cases[0].id}")
    assert len(statements) <= 8
