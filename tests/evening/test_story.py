"""A whole evening in three browsers: a secretary, a coordinator, a clinician far away."""

import os
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlmodel import Session, col, select

from dcc_core.audit.tables import AuditEntry
from dcc_core.records import list_documents
from dcc_rcp_forms.fiches.tables import Statistic
from dcc_rcp_meetings.cases.states import CaseState
from dcc_rcp_meetings.cases.steps import list_agenda
from dcc_rcp_meetings.tables import Case

from .evening import Evening

pytestmark = pytest.mark.browser
CUT_MS = int(os.environ.get("CUT_MS", "30000"))
TALK = "Argumentaire"
expect.set_options(timeout=20_000)


def choose(page: Any, label: str, value: str) -> None:
    page.get_by_role("group", name=label).get_by_label(value, exact=True).check()


def decide(page: Any) -> None:
    choose(page, "Nature de l'avis", "Surveillance")
    choose(page, "Dossier complet", "Oui")
    saved(page)


def saved(page: Any) -> None:
    expect(page.locator("[data-savestate]")).to_contain_text("Enregistré à")


def shows(page: Any, rank: int) -> None:
    expect(page.locator(".s-queue [aria-current] .n")).to_have_text(str(rank))


def validate(page: Any, following: int | None) -> None:
    page.keyboard.press("Control+Enter")
    if following is not None:
        shows(page, following)


def look_at(page: Any, rank: int) -> None:
    page.locator(".s-queue .n", has_text=f"{rank}").get_by_text(str(rank), exact=True).click()
    shows(page, rank)


@pytest.fixture
def browsers(evening: Evening, window: Any) -> tuple[Any, Any, Any]:
    opened = [window(evening.accounts[key]) for key in ("secretary", "coordinator", "clinician")]
    for page in opened:
        page.goto(evening.screen)
    return opened[0], opened[1], opened[2]


def test_a_whole_evening(evening: Evening, browsers: tuple[Any, Any, Any]) -> None:
    secretary, coordinator, remote = browsers
    gather(secretary, coordinator, remote)
    with_quorum(evening, secretary, coordinator, remote)
    quorum_lost_and_regained(secretary, coordinator, remote)
    deferred_recorded_and_sent_on(secretary)
    network_cut(secretary, remote)
    until_the_end(secretary)
    close_and_sign(evening, secretary, coordinator)
    for page in browsers:
        assert page.complaints == []
    with evening.database.session() as session:
        asserts_what_remains(evening, session)


def gather(secretary: Any, coordinator: Any, remote: Any) -> None:
    secretary.get_by_role("button", name="Ouvrir la séance").click()
    remote.get_by_role("button", name="Je suis à distance").click()
    coordinator.get_by_role("button", name="Je suis présent").click()
    secretary.locator("#m-presence summary").click()
    secretary.get_by_role("button", name="Dr Inès DÉMO-VALMONT est dans la salle").click()
    for page in (secretary, coordinator, remote):
        expect(page.locator(".s-top .s-q").first).to_have_text("Quorum atteint")


def with_quorum(evening: Evening, secretary: Any, coordinator: Any, remote: Any) -> None:
    secretary.get_by_role("button", name="Mettre en discussion").click()
    for page in (secretary, coordinator, remote):
        shows(page, 1)
        expect(page.locator(".s-queue [aria-current]")).to_contain_text("En discussion")
    coordinator.get_by_label(TALK).press_sequentially("Surveillance retenue.", delay=20)
    expect(remote.get_by_label(TALK)).to_have_value("Surveillance retenue.")
    expect(secretary.get_by_text("DÉMO-MONSEC").first).to_be_visible()
    decide(secretary)
    expect(remote.get_by_label("Surveillance", exact=True)).to_be_checked()
    evening.clock.now += timedelta(minutes=6)
    validate(secretary, 2)
    shows(remote, 2)


def quorum_lost_and_regained(secretary: Any, coordinator: Any, remote: Any) -> None:
    remote.get_by_role("button", name="Je quitte la séance").click()
    for page in (secretary, coordinator):
        expect(page.locator(".s-top .s-q").first).to_contain_text("Quorum non atteint : Chirurgien")
    decide(secretary)
    validate(secretary, 3)
    remote.get_by_role("button", name="Je suis à distance").click()
    expect(coordinator.locator(".s-top .s-q").first).to_have_text("Quorum atteint")
    decide(coordinator)
    validate(coordinator, 4)
    shows(secretary, 4)


def deferred_recorded_and_sent_on(secretary: Any) -> None:
    secretary.locator("#m-reporter summary").click()
    secretary.get_by_label("Motif", exact=True).first.select_option("pieces_manquantes")
    secretary.locator("#m-reporter").get_by_role("button", name="Reporter").click()
    expect(secretary.locator(".s-queue")).to_contain_text("Reporté")
    look_at(secretary, 5)
    secretary.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(secretary.locator(".s-queue [aria-current]")).to_contain_text("Enregistré")
    decide(secretary)
    choose(secretary, "Proposition conforme", "Oui")
    secretary.get_by_label("Référentiel suivi").fill("Référentiel régional du sein, 2026")
    expect(secretary.locator(".s-queue [aria-current]")).to_contain_text("Avis à signer")
    look_at(secretary, 6)
    secretary.get_by_role("button", name="Mettre en discussion").click()
    choose(secretary, "Nature de l'avis", "Avis d'une RCP de recours")
    choose(secretary, "Dossier complet", "Oui")
    saved(secretary)
    validate(secretary, 7)
    look_at(secretary, 6)
    secretary.get_by_role("button", name="Adresser à Sénologie de recours").click()
    expect(secretary.locator("#messages")).to_contain_text("adressée avec les documents")
    secretary.keyboard.press("s")
    shows(secretary, 7)


def drafts(page: Any, count: int) -> list[Any]:
    """Wait until the tab keeps so many drafts, and return them."""
    for _ in range(50):
        found: list[Any] = page.evaluate("Object.entries(sessionStorage)")
        if len(found) == count:
            return found
        page.wait_for_timeout(100)
    raise AssertionError(found)


def network_cut(secretary: Any, remote: Any) -> None:
    """What is typed on both sides of a cut is kept; one field holds both texts."""
    shows(remote, 7)
    remote.context.set_offline(True)
    remote.get_by_label(TALK).fill("Avis du chirurgien : conservation possible.")
    choose(remote, "Soins de support", "Nutrition")
    expect(remote.locator("[data-savestate]")).to_contain_text("Hors ligne")
    kept = drafts(remote, 1)
    assert "conservation" not in kept[0][1]
    secretary.get_by_label(TALK).fill("Note du secrétariat : pièce reçue.")
    decide(secretary)
    remote.wait_for_timeout(CUT_MS)
    remote.context.set_offline(False)
    conflict = remote.locator(".s-conflict")
    expect(conflict).to_contain_text("Note du secrétariat : pièce reçue.")
    expect(conflict).to_contain_text("Avis du chirurgien : conservation possible.")
    expect(remote.get_by_label("Surveillance", exact=True)).to_be_checked()
    expect(secretary.get_by_label("Nutrition")).to_be_checked()
    remote.locator("[data-choice=both]").click()
    both = "Note du secrétariat : pièce reçue.\nAvis du chirurgien : conservation possible."
    expect(secretary.get_by_label(TALK)).to_have_value(both)
    expect(remote.locator(".s-conflict")).to_have_count(0)
    drafts(remote, 0)
    validate(secretary, 8)


def until_the_end(secretary: Any) -> None:
    for rank in range(8, 19):
        decide(secretary)
        validate(secretary, rank + 1 if rank < 18 else None)
    expect(secretary.locator("#messages")).to_contain_text("C'était le dernier dossier.")


def close_and_sign(evening: Evening, secretary: Any, coordinator: Any) -> None:
    secretary.get_by_text("Clore la séance", exact=True).first.click()
    secretary.locator("#m-clore").get_by_role("button", name="Clore la séance").click()
    expect(coordinator.locator(".s-top")).to_contain_text("Séance close")
    evening.clock.now += timedelta(minutes=10)
    coordinator.get_by_role("link", name="Signer 17 avis").click()
    coordinator.get_by_role("button", name="Signer les avis cochés").click()
    expect(coordinator.locator("#messages")).to_contain_text("17 avis signé")


def asserts_what_remains(evening: Evening, session: Session) -> None:
    cases = list_agenda(session, evening.meeting)
    states = Counter(case.state for case in cases)
    assert states == {CaseState.VALIDATED: 17, CaseState.POSTPONED: 1}
    quorum = {case.rank: case.quorum_state for case in cases if case.quorum}
    assert [rank for rank, state in quorum.items() if state == "non_atteint"] == [2]
    documents = [
        document
        for case in cases
        for document in list_documents(session, case.patient_id)
        if document.id == case.document_id
    ]
    assert len({document.id for document in documents}) == 17
    sent = session.exec(select(Case).where(Case.rcp_id == evening.recourse)).one()
    assert sent.origin_id == next(case.id for case in cases if case.rank == 6)
    postponed = next(case for case in cases if case.state is CaseState.POSTPONED)
    again = session.exec(select(Case).where(Case.previous_id == postponed.id)).one()
    assert (again.state, postponed.reason) == (CaseState.REQUESTED, "pieces_manquantes")
    signed = {case.fiche_id for case in cases if case.state is CaseState.VALIDATED}
    rows = session.exec(select(Statistic).where(col(Statistic.fiche_id).in_(signed))).all()
    told = Counter(row.code for row in rows if row.name == "quorum")
    assert told == {"atteint": 16, "non_atteint": 1}
    treated = Counter(row.code for row in rows if row.name == "statut_cas")
    assert treated == {"discuté": 16, "enregistré": 1}
    events = Counter(session.exec(select(AuditEntry.event)).all())
    assert events["rcp.session.open"] == events["rcp.session.close"] == 1
    assert events["rcp.presence.arrive"] == 4
    assert events["rcp.presence.leave"] == 4
    assert events["fiche.sign"] == 17
