"""What a physician sees of the DMP beside a document, and the announcement to the patient."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import pytest
from litestar.testing import TestClient

from dcc_cda.plugin import CdaPlugin
from dcc_cda.specimen import frcp_specimen
from dcc_core.api import Database, PluginSettings, Region, Settings, file_document, new_oid, utc_now
from dcc_core.plugins import load_plugins
from dcc_core.testing.exchange import demo_workshop, work
from dcc_core.testing.web import Browser, sign_in, submit
from dcc_core.testing.world import World, build_world
from dcc_core.web.app import create_app
from dcc_core.web.runtime import Runtime
from dcc_dmp.plugin import DmpPlugin

from .support import settings_for

CONFIRM = {"annonce": "faite"}


@dataclass
class Desk:
    """A dossier with one form, the browsers of those who open it, and the worker."""

    database: Database
    world: World
    browsers: dict[str, Browser]
    document: UUID
    send: object

    @property
    def page(self) -> str:
        return f"/patients/{self.world.patient}/documents/{self.document}"

    @property
    def announcement(self) -> str:
        return f"/x/dmp{self.page}/annonce"

    def see(self, role: str = "physician") -> str:
        return self.browsers[role].get(self.page).text


@pytest.fixture
def desk(sqlite_lane, tmp_path, address, organisation) -> Iterator[Desk]:
    own = settings_for(address, organisation, hide_until_announced=("FRCP",))
    settings = Settings.model_validate(
        {
            "env": "demo",
            "secret_key": "s" * 32,
            "embedded_worker": False,
            "home": str(tmp_path),
            "plugins": {"dmp": own.model_dump(mode="json", exclude_defaults=True)},
        }
    )
    region = Region(slug="demo", name="Exemple")
    loaded = load_plugins(region, settings, installed={}, extra=(CdaPlugin, DmpPlugin))
    with sqlite_lane.fresh() as database:
        plugins = (("cda", CdaPlugin(PluginSettings())), ("dmp", DmpPlugin(own)))
        workshop = demo_workshop(database, tmp_path, *plugins, clock=utc_now)
        world = build_world(database)
        with database.session() as session:
            oid = new_oid()
            form = replace(frcp_specimen(), document_id=oid, set_id=oid)
            filed = file_document(session, form, patient_id=world.patient)
        runtime = Runtime(settings, region, database, loaded.dispatcher, loaded.plugins, utc_now)
        with TestClient(create_app(runtime), base_url="http://testserver.local") as client:
            browsers = {role: Browser(client) for role in ("physician", "care_professional")}
            for role, browser in browsers.items():
                sign_in(browser, world.accounts[role])
            yield Desk(database, world, browsers, filed.id, lambda: work(workshop))


def test_a_document_says_where_it_stands_and_how_far_it_was_checked(desk):
    assert "Envoi en cours" in desk.see()
    desk.send()
    shown = desk.see()
    assert "Déposé le" in shown
    assert "Contrôle partiel" in shown
    assert "Le patient ne le voit pas encore" in shown
    assert "Radiothérapie" in shown


def test_the_announcement_shows_the_document_after_a_confirmation(desk, dmp):
    desk.send()
    physician = desk.browsers["physician"]
    unsure = submit(physician, desk.announcement, desk.announcement)
    assert unsure.status_code == 422
    assert dmp.holdings.documents()[0].confidentialities == {"N", "INVISIBLE_PATIENT"}
    assert submit(physician, desk.announcement, desk.announcement, **CONFIRM).status_code == 303
    desk.send()
    assert dmp.holdings.documents()[0].confidentialities == {"N"}
    shown = desk.see()
    assert "Le patient ne le voit pas encore" not in shown
    assert desk.announcement not in shown


def test_only_a_physician_of_the_patient_announces(desk):
    desk.send()
    assert desk.announcement not in desk.see("care_professional")
    assert desk.browsers["care_professional"].get(desk.announcement).status_code == 403
    unknown = f"/x/dmp/patients/{desk.world.patient}/documents/{uuid4()}/annonce"
    assert desk.browsers["physician"].get(unknown).status_code == 404


def test_a_document_that_breaks_a_rule_is_told_in_french(desk, dmp):
    dmp.judge = lambda content: ["une règle de plus"]
    desk.send()
    shown = desk.see()
    assert "Non déposé" in shown
    assert "Le DMP a refusé le document" in shown
