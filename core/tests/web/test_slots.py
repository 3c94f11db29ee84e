"""What plugins add to pages: drawn in their slot, apart from each other, visible when they fail."""

import time
from collections.abc import Iterable
from dataclasses import replace

import pytest

from dcc_core.api import (
    DccPlugin,
    MenuItem,
    MenuPlace,
    Panel,
    PanelView,
    Permission,
    RecordSection,
    Sensitivity,
    Slot,
    TimelineEntry,
    hookimpl,
)
from dcc_core.records import FolderStore, bind_store
from dcc_core.testing.clock import START, MovableClock
from dcc_core.testing.web import add_account, sign_in
from dcc_core.testing.world import build_world


class Drawn:
    def __init__(
        self,
        key: str,
        title: str,
        draw,
        permission: str = "core.account.self",
        slot: Slot = Slot.HOME_MAIN,
    ) -> None:
        self.key, self.title, self.permission = f"probe.{key}", title, permission
        self.slot, self.order, self._draw = slot, 10, draw

    def render(self, context):
        return self._draw(context)


def _fail(_context):
    raise RuntimeError("DÉMO-LAURIER")


def _write(context):
    from sqlalchemy import text

    context.session.execute(text("DELETE FROM core_account"))


def _number(context):
    return PanelView("probe/fine.html", {"text": f"message numéro {context.message_id}"})


class Course:
    label, permission, order = "Séances", "core.patient.read", 10

    def __init__(self, key: str, *, fails: bool) -> None:
        self.key, self._fails = f"probe.{key}", fails

    def entries(self, session, patient_id, window) -> Iterable[TimelineEntry]:
        if self._fails:
            raise RuntimeError
        return [TimelineEntry("s1", START, "rcp", "Séance DÉMO <b>")]


class Probe(DccPlugin):
    name = "probe"
    templates = "dcc_probe:templates"
    permissions = (Permission("probe.see", "Voir", Sensitivity.TECHNICAL),)

    @hookimpl
    def dcc_panels(self) -> Iterable[Panel]:
        return [
            Drawn("fine", "Bien", lambda c: PanelView("probe/fine.html", {"text": "<b>ici</b>"})),
            Drawn("nothing", "Rien", lambda c: None),
            Drawn("failing", "Panne", _fail),
            Drawn("writing", "Écrit", _write),
            Drawn("closed", "Fermé", _fail, "probe.see"),
            Drawn("raw", "Brut", _number, slot=Slot.MESSAGE_SIDE),
        ]

    @hookimpl
    def dcc_menu_items(self) -> Iterable[MenuItem]:
        help_ = MenuItem("probe.help", "Comment entrer", "core.accessibility", "")
        return [replace(help_, place=MenuPlace.SIGN_IN)]

    @hookimpl
    def dcc_record_sections(self) -> Iterable[RecordSection]:
        return [Course("good", fails=False), Course("bad", fails=True)]


@pytest.fixture
def client(make_client, tmp_path, monkeypatch, embedded):
    folder = tmp_path / "dcc_probe" / "templates" / "probe"
    folder.mkdir(parents=True)
    (tmp_path / "dcc_probe" / "__init__.py").write_text("")
    (folder / "fine.html").write_text('<section class="card">{{ text }}</section>')
    monkeypatch.syspath_prepend(tmp_path)
    bind_store(embedded, FolderStore(tmp_path / "documents"))
    return make_client(Probe, clock=MovableClock())


def test_panels_stand_in_their_slot_and_failures_show(client, embedded):
    with embedded.session() as session:
        account = add_account(session, "physician")
    sign_in(client, account)
    begun = time.monotonic()
    page = client.get("/")
    assert page.status_code == 200
    assert time.monotonic() - begun < 5
    assert "&lt;b&gt;ici&lt;/b&gt;" in page.text
    assert "Rubrique indisponible : Panne" in page.text
    assert "Rubrique indisponible : Écrit" in page.text
    assert "Rubrique indisponible : Rien" not in page.text
    assert "Fermé" not in page.text
    assert "DÉMO-LAURIER" not in page.text


def test_a_section_that_fails_leaves_a_visible_gap_in_the_course(client, embedded):
    world = build_world(embedded, documents=1)
    sign_in(client, world.accounts["physician"])
    page = client.get(f"/patients/{world.patient}").text
    assert "Séance DÉMO &lt;b&gt;" in page
    assert "Rubrique indisponible : Séances" in page
    only = client.get(f"/patients/{world.patient}?genre=rcp").text
    assert "Séance DÉMO" in only
    assert only.count("Fiche RCP de sénologie") == 1  # in the list of documents, not in the course


def test_a_message_received_has_a_place_for_the_viewer_of_its_format(client, embedded):
    world = build_world(embedded)
    sign_in(client, world.accounts["identity_officer"])
    page = client.get(f"/echanges/recus/{world.message}").text
    assert f"message numéro {world.message}" in page


def test_a_plugin_explains_its_sign_in_on_the_sign_in_page(client):
    page = client.get("/connexion").text
    assert '<a href="/accessibilite">Comment entrer</a>' in page
