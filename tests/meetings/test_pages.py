"""Pages of the meetings: who opens them, what they cost, what they do."""

import gzip
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event
from sqlmodel import select

from dcc_core.db import Database
from dcc_core.testing.web import Browser, token_of
from dcc_rcp_meetings.cases.states import CaseState
from dcc_rcp_meetings.sessions.models import SessionState
from dcc_rcp_meetings.tables import Case, Meeting, Rcp

X = "/x/rcp_meetings"
MAX_STATEMENTS = 12
MAX_HTML_BYTES = 20_000
ALLOWED_MORE = {"fiche": 2, "fiche signée": 3, "historique": 1}
"""A fiche leaves a second audit line, two statements here where lines form a chain; a concluded one
lists the RCPs that may follow.
"""
_NOT_QUERIES = re.compile(r"PRAGMA|BEGIN|SAVEPOINT|RELEASE|SET ", re.IGNORECASE)

Open = Callable[[str], Browser]


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not _NOT_QUERIES.match(statement):
            statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def case_in(database: Database, state: CaseState) -> Case:
    with database.session() as session:
        found = session.exec(select(Case).where(Case.state == state)).first()
        assert found is not None
        session.expunge(found)
        return found


def meeting_in(database: Database, state: SessionState) -> UUID:
    with database.session() as session:
        statement = select(Meeting).where(Meeting.state == state).order_by(Meeting.starts_at)
        found = session.exec(statement).first()
        assert found is not None
        return found.id


def addresses(database: Database) -> dict[str, str]:
    planned = meeting_in(database, SessionState.PLANNED)
    held = meeting_in(database, SessionState.CLOSED)
    signed = case_in(database, CaseState.VALIDATED)
    return {
        "calendrier": f"{X}/calendrier",
        "mois": f"{X}/calendrier?vue=mois",
        "liste": f"{X}/calendrier?vue=liste&rcp=miennes",
        "annuaire": f"{X}/annuaire?q=seno",
        "rcp": f"{X}/annuaire/seno-demo",
        "séance": f"{X}/seances/{planned}",
        "ordre du jour": f"{X}/seances/{planned}/ordre-du-jour",
        "séance close": f"{X}/seances/{held}",
        "signature": f"{X}/seances/{held}/signature",
        "mes dossiers": f"{X}/mes-dossiers",
        "nouvelle séance": f"{X}/seances/nouvelle",
        "fiche signée": f"{X}/fiches/{signed.id}",
        "fiche": f"{X}/fiches/{case_in(database, CaseState.PREPARED).id}",
        "historique": f"{X}/fiches/{signed.id}/historique",
        "patient": f"{X}/patients/{signed.patient_id}",
        "accueil": "/",
    }


def test_no_page_costs_more_than_its_budget(browser: Open, region_database: Database) -> None:
    coordinator = browser("coordinator")
    over = []
    for name, path in addresses(region_database).items():
        coordinator.get(path)
        with counted(region_database) as statements:
            answer = coordinator.get(path)
        sent = len(gzip.compress(answer.content, 5))
        limit = MAX_STATEMENTS + ALLOWED_MORE.get(name, 0)
        if answer.status_code != 200 or len(statements) > limit or sent > MAX_HTML_BYTES:
            over.append((name, answer.status_code, len(statements), sent))
    assert over == []


def test_pages_carry_no_inline_style_or_script(browser: Open, region_database: Database) -> None:
    coordinator = browser("coordinator")
    for path in addresses(region_database).values():
        text = coordinator.get(path).text
        assert not re.search(r"<[^>]+\sstyle=|<[^>]+\son\w+=|javascript:", text), path


def test_the_public_directory_names_nobody(web: Any) -> None:
    answer = web.get(f"{X}/public/annuaire")
    assert answer.status_code == 200
    assert "Sénologie" in answer.text
    assert "DÉMO-PETIT" not in answer.text


def test_who_is_not_of_the_meeting_sees_no_patient(
    browser: Open, region_database: Database
) -> None:
    planned = meeting_in(region_database, SessionState.PLANNED)
    assert browser("auditor").get(f"{X}/seances/{planned}").status_code == 403
    with region_database.session() as session:
        rcp = session.exec(select(Rcp).where(Rcp.code == "seno-demo")).one()
        rcp.scope = "rcp:ailleurs"
        session.add(rcp)
        held = session.exec(
            select(Meeting.id).where(Meeting.rcp_id == rcp.id, Meeting.state == "close")
        ).one()
    try:
        signature = browser("coordinator").get(f"{X}/seances/{held}/signature")
        assert signature.status_code == 403
    finally:
        with region_database.session() as session:
            rcp = session.exec(select(Rcp).where(Rcp.code == "seno-demo")).one()
            rcp.scope = "rcp:demo"
            session.add(rcp)


def test_a_stranger_reads_no_fiche(browser: Open, region_database: Database) -> None:
    case = case_in(region_database, CaseState.PREPARED)
    assert browser("auditor").get(f"{X}/fiches/{case.id}").status_code == 403
    assert browser("coordinator").get(f"{X}/fiches/{uuid4()}").status_code == 404


def post(client: Browser, page: str, path: str, **fields: str) -> Any:
    token = token_of(client.get(page).text)
    return client.post(path, data={"_csrf": token, **fields}, follow_redirects=False)


def test_a_fiche_is_saved_field_by_field_and_a_conflict_shows_both(
    browser: Open, region_database: Database
) -> None:
    case = case_in(region_database, CaseState.REGISTERED)
    path = f"{X}/fiches/{case.id}"
    secretary, coordinator = browser("secretary"), browser("coordinator")
    text = secretary.get(path).text
    seen = re.search(r'name="rev:question" value="(\d+)"', text)
    assert seen is not None
    mine = {"rev:question": seen[1], "question": "Chirurgie d'emblée ?"}
    assert post(secretary, path, path, **mine).status_code == 303
    late = post(coordinator, path, path, **{**mine, "question": "Traitement néoadjuvant ?"})
    assert late.status_code == 409
    assert "Chirurgie d&#39;emblée ?" in late.text
    assert "Traitement néoadjuvant ?" in late.text


def test_one_field_is_saved_with_if_match(browser: Open, region_database: Database) -> None:
    case = case_in(region_database, CaseState.REGISTERED)
    page, path = f"{X}/fiches/{case.id}", f"{X}/fiches/{case.id}/champs/allergies"
    secretary = browser("secretary")
    headers = {"x-csrf-token": token_of(secretary.get(page).text)}
    data = {"allergies": "Iode"}
    assert secretary.put(path, data=data, headers=headers).status_code == 428
    saved = secretary.put(path, data=data, headers={**headers, "if-match": '"0"'})
    assert (saved.status_code, saved.headers["etag"]) == (200, '"1"')
    again = secretary.put(path, data={"allergies": "?"}, headers={**headers, "if-match": '"0"'})
    assert (again.status_code, again.json()["theirs"]) == (412, "Iode")


def test_the_coordinator_signs_in_bulk(browser: Open, region_database: Database) -> None:
    held = meeting_in(region_database, SessionState.CLOSED)
    page = f"{X}/seances/{held}/signature"
    coordinator = browser("coordinator")
    ticked = dict.fromkeys(
        re.findall(r'name="(case-[0-9a-f-]+)"', coordinator.get(page).text), "oui"
    )
    assert len(ticked) == 2
    assert post(coordinator, page, page, **ticked).status_code == 303
    assert "2 avis signé(s)." in coordinator.get(page).text
    refused = browser("secretary").get(page)
    assert refused.status_code == 403


def test_a_patient_is_presented_from_the_dossier(browser: Open, region_database: Database) -> None:
    signed = case_in(region_database, CaseState.VALIDATED)
    page = f"{X}/patients/{signed.patient_id}"
    coordinator = browser("coordinator")
    where = re.search(r'<option value="([0-9a-f-]+/[0-9a-f-]+)">Thorax', coordinator.get(page).text)
    assert where is not None
    asked = post(coordinator, page, page, where=where[1], motive="initial")
    assert asked.status_code == 303, asked.text
    assert "Le patient est inscrit" in coordinator.get(asked.headers["location"]).text
    twice = post(coordinator, page, page, where=where[1], motive="initial")
    assert twice.status_code == 409
    assert "RCP-403" in twice.text


def test_the_agenda_is_worked_on(browser: Open, region_database: Database) -> None:
    case = case_in(region_database, CaseState.PREPARED)
    page = f"{X}/seances/{case.session_id}"
    secretary = browser("secretary")
    for action, fields in (
        ("ordre", {"to": "down"}),
        ("file", {"lane": "enregistrement"}),
        ("file", {"lane": "discussion"}),
        ("reporter", {"reason": "pieces_manquantes"}),
    ):
        done = post(secretary, page, f"{X}/dossiers/{case.id}/{action}", **fields)
        assert done.status_code == 303, (action, done.text)
    refused = post(secretary, page, f"{X}/dossiers/{case.id}/retirer", reason="")
    assert refused.status_code == 400 or refused.status_code == 422, refused.status_code


def test_a_session_is_answered_moved_and_cancelled(
    browser: Open, region_database: Database
) -> None:
    with region_database.session() as session:
        statement = select(Meeting).where(Meeting.state == "prevue")
        planned = session.exec(statement.order_by(Meeting.starts_at.desc())).first().id
    page = f"{X}/seances/{planned}"
    secretary = browser("secretary")
    assert post(secretary, page, f"{page}/reponse", answer="visio").status_code == 303
    moved = {"day": "2030-05-06", "hour": "09:00", "reason": "Salle prise"}
    assert post(secretary, page, f"{page}/deplacer", **moved).status_code == 303
    assert "Séance déplacée" in secretary.get(page).text
    assert post(secretary, page, f"{page}/annuler", reason="Grève").status_code == 303
    assert "Séance annulée" in secretary.get(page).text


@pytest.mark.parametrize("role", ["secretary", "physician"])
def test_the_directory_goes_out_as_csv_and_is_not_brought_in_by_all(
    browser: Open, role: str
) -> None:
    client = browser(role)
    exported = client.get(f"{X}/annuaire.csv")
    assert exported.headers["content-type"].startswith("text/csv")
    assert exported.text.startswith("code;nom;type;")
    refused = post(client, f"{X}/mes-dossiers", f"{X}/annuaire", csv=exported.text)
    assert refused.status_code == 403
