"""The pages of the plugin, as each role sees them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import text, update

from dcc_core.api import Database, RawMessage, Region, Settings, receive_message, utc_now
from dcc_core.exchange import InboxMessage
from dcc_core.plugins import load_plugins
from dcc_core.testing.databases import SqliteLane
from dcc_core.testing.web import Browser, Client, add_account, sign_in, submit
from dcc_core.web.app import create_app
from dcc_core.web.runtime import Runtime
from dcc_lab_connectors.plugin import LabConnectorsPlugin
from dcc_lab_connectors.profiles.parser import HL7_MEDIA_TYPE
from dcc_lab_connectors.samples import ALICE, oru

SOURCE = "lab_connectors.mllp.chu"
ROLES = ("identity_officer", "support", "physician")


class Pages:
    """A region with one feed, and a browser for each role."""

    def __init__(self, client: Client, database: Database) -> None:
        self.database = database
        self.browsers = {}
        with database.session() as session:
            accounts = {
                role: add_account(session, role, number=n, scope="essai:1")
                for n, role in enumerate(ROLES, 1)
            }
        for role, account in accounts.items():
            self.browsers[role] = Browser(client)
            sign_in(self.browsers[role], account)

    def receive(self, *messages: bytes, name: str = "M1") -> list[int]:
        with self.database.session() as session:
            for content in messages:
                receive_message(session, RawMessage(SOURCE, name, content, HL7_MEDIA_TYPE))
        return self.rows("SELECT id FROM core_inbox ORDER BY id")

    def rows(self, query: str) -> list[Any]:
        with self.database.reading() as session:
            return [row[0] for row in session.execute(text(query))]

    def see(self, role: str, path: str) -> str:
        answer = self.browsers[role].get(path)
        assert answer.status_code == 200, answer.text
        return answer.text


@pytest.fixture
def pages(sqlite_lane: SqliteLane) -> Iterator[Pages]:
    settings = Settings.model_validate(
        {
            "env": "demo",
            "secret_key": "s" * 32,
            "embedded_worker": False,
            "plugins": {"lab_connectors": {"peers": [{"key": "chu"}]}},
        }
    )
    region = Region(slug="demo", name="Exemple")
    loaded = load_plugins(region, settings, installed={}, extra=(LabConnectorsPlugin,))
    with sqlite_lane.fresh() as database:
        runtime = Runtime(settings, region, database, loaded.dispatcher, loaded.plugins, utc_now)
        with TestClient(create_app(runtime), base_url="http://testserver.local") as client:
            yield Pages(client, database)


def test_feed_leads_to_its_messages(pages: Pages) -> None:
    pages.receive(oru("1"))
    assert "/x/lab_connectors/flux/chu" in pages.see("support", "/x/lab_connectors/flux")
    shown = pages.see("support", "/x/lab_connectors/flux/chu")
    assert "M1" in shown
    assert "Champ par champ" not in shown
    assert pages.browsers["support"].get("/x/lab_connectors/flux/autre").status_code == 404


def test_identity_cell_sees_the_identity_and_not_the_results(pages: Pages) -> None:
    [number] = pages.receive(oru("1"))
    shown = pages.see("identity_officer", f"/x/lab_connectors/messages/{number}")
    assert ALICE.birth_name in shown
    assert "non montré" in shown
    assert "718-7" not in shown
    assert "Texte reçu" not in shown
    assert pages.rows("SELECT count(*) FROM core_audit WHERE event = 'message.read'") == [1]


@pytest.mark.parametrize("role", ["support", "physician"])
def test_nobody_else_reads_a_message(pages: Pages, role: str) -> None:
    [number] = pages.receive(oru("1"))
    answer = pages.browsers[role].get(f"/x/lab_connectors/messages/{number}")
    assert answer.status_code == 403
    assert ALICE.birth_name not in answer.text


def test_versions_are_compared_and_both_readings_audited(pages: Pages) -> None:
    first, second = pages.receive(oru("1"), oru("1", ALICE.named("DÉMO-NEUF", "ALICE")))
    path = f"/x/lab_connectors/messages/{second}"
    shown = pages.see("identity_officer", f"{path}?avec={first}")
    assert "PID[1]-5" in shown
    assert "DÉMO-NEUF" in shown
    assert pages.rows("SELECT count(*) FROM core_audit WHERE event = 'message.read'") == [2]


def test_what_is_no_hl7_and_what_is_erased_is_said(pages: Pages) -> None:
    numbers = pages.receive(b"pas du HL7", oru("1"))
    assert "pas du HL7 v2" in pages.see(
        "identity_officer", f"/x/lab_connectors/messages/{numbers[0]}"
    )
    with pages.database.session() as session:
        session.execute(update(InboxMessage).values(content=b""))
    shown = pages.see("identity_officer", f"/x/lab_connectors/messages/{numbers[1]}")
    assert "Contenu effacé" in shown


def test_a_range_is_replayed(pages: Pages) -> None:
    numbers = pages.receive(oru("1"), oru("2"), oru("3"))
    with pages.database.session() as session:
        session.execute(update(InboxMessage).values(state="failed", tries=3))
    feed, action = "/x/lab_connectors/flux/chu", "/x/lab_connectors/flux/chu/rejeu"
    first, last = str(numbers[0]), str(numbers[1])
    answer = submit(pages.browsers["support"], feed, action, first=first, last=last)
    assert answer.status_code == 303
    assert pages.rows("SELECT state FROM core_inbox ORDER BY id") == [
        *("received", "received", "failed"),
    ]
    for wrong in ({"first": "x", "last": "2"}, {"first": "900", "last": "901"}):
        answer = submit(pages.browsers["support"], feed, action, **wrong)
        assert answer.status_code == 422


def test_a_long_feed_has_pages(pages: Pages) -> None:
    numbers = pages.receive(*(oru(str(n)) for n in range(60)))
    shown = pages.see("support", "/x/lab_connectors/flux/chu")
    assert f"?avant={numbers[10]}" in shown


def test_old_settled_messages_lose_their_bytes(pages: Pages) -> None:
    pages.receive(oru("1"), oru("2"), oru("3"))
    old = utc_now() - timedelta(days=400)
    with pages.database.session() as session:
        session.execute(
            update(InboxMessage)
            .where(InboxMessage.id != 3)  # type: ignore[arg-type]
            .values(state="processed", processed_at=old)
        )
        plugin = LabConnectorsPlugin(LabConnectorsPlugin.settings_model())
        [job] = plugin.dcc_jobs()
        job.run(session)
    assert pages.rows("SELECT length(content) = 0 FROM core_inbox ORDER BY id") == [1, 1, 0]
    assert pages.rows("SELECT count(*) FROM core_audit WHERE event = 'message.prune'") == [1]
