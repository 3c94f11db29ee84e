"""The centre of notifications as people use it, and what makes the first kinds appear."""

import re

import pytest

from dcc_core.api import DccPlugin, NotificationKind, hookimpl
from dcc_core.testing.clock import START, MovableClock
from dcc_core.testing.web import add_account, sign_in, submit
from dcc_core.users.notifications import MESSAGE_QUARANTINED, notify, notify_holders


class Plug(DccPlugin):
    name = "plug"

    @hookimpl
    def dcc_notification_kinds(self):
        yield NotificationKind("plug.hello", "Bonjour de <b>partout</b>.")
        yield NotificationKind("plug.file", "Un dossier vous attend.", "core.patient", "patient_id")
        yield NotificationKind("plug.gone", "Une page vous attend.", "plug.nowhere")


@pytest.fixture
def client(make_client):
    return make_client(Plug, clock=MovableClock())


@pytest.fixture
def officer(embedded, client):
    with embedded.session() as session:
        account_id = add_account(session, "identity_officer")
    sign_in(client, account_id)
    return account_id


def tell(database, account_id, kind, subject="", **options):
    with database.session() as session:
        notify(session, [account_id], kind, subject, now=START, **options)


def unread(client):
    found = re.search(r"(\d+) notifications? à lire", client.get("/compte").text)
    return int(found[1]) if found else 0


def test_the_bell_counts_and_reading_empties_it(client, embedded, officer):
    assert unread(client) == 0
    for number in range(3):
        tell(embedded, officer, "plug.hello", number)
    assert unread(client) == 3
    assert "3 notifications" in client.get("/notifications/cloche").text
    assert submit(client, "/notifications", "/notifications/lues").status_code == 303
    assert unread(client) == 0
    assert "Rien de nouveau" in client.get("/notifications").text
    assert client.get("/notifications?etat=toutes").text.count("lue</p>") == 3


def test_opening_marks_as_read_and_leads_to_the_page(client, embedded, officer):
    tell(embedded, officer, MESSAGE_QUARANTINED, "lab.mllp")
    page = client.get("/notifications").text
    action = re.search(r'action="(/notifications/[^"]+/ouvrir)"', page)[1]
    answer = submit(client, "/notifications", action)
    assert answer.headers["location"] == "/echanges/recus?etat=quarantined&source=lab.mllp"
    assert client.get(answer.headers["location"]).status_code == 200
    assert unread(client) == 0


def test_words_of_a_plugin_are_escaped_and_absent_pages_have_no_link(client, embedded, officer):
    for kind in ("plug.hello", "plug.gone", "former.kind"):
        tell(embedded, officer, kind)
    text = client.get("/notifications").text
    assert "Bonjour de &lt;b&gt;partout&lt;/b&gt;." in text
    assert "un greffon qui n’est plus installé" in text
    assert ">Ouvrir<" not in text


def test_without_the_right_the_sentence_is_shown_and_leads_nowhere(make_client, embedded):
    client = make_client(clock=MovableClock())
    with embedded.session() as session:
        account_id = add_account(session, "physician")
    sign_in(client, account_id)
    tell(embedded, account_id, MESSAGE_QUARANTINED, "lab.mllp")
    text = client.get("/notifications").text
    assert "Des messages reçus attendent" in text
    assert ">Ouvrir<" not in text


def test_somebody_elses_are_neither_seen_nor_opened(client, embedded, officer):
    with embedded.session() as session:
        other = add_account(session, "identity_officer", number=2)
    tell(embedded, other, "plug.hello")
    assert 'class="title"' not in client.get("/notifications?etat=toutes").text
    action = "/notifications/00000000-0000-4000-8000-000000000000/ouvrir"
    assert submit(client, "/compte", action).status_code == 404


def test_filters_and_pages(client, embedded, officer):
    for number in range(60):
        tell(embedded, officer, "plug.hello", number)
    tell(embedded, officer, MESSAGE_QUARANTINED, "lab")
    first = client.get("/notifications?type=plug.hello").text
    assert "Des messages reçus attendent d’être rattachés à un patient.</p>" not in first
    older = re.search(r'href="(\?[^"]+apres=[^"]+)"', first)[1].replace("&amp;", "&")
    second = client.get(f"/notifications{older}").text
    assert (first.count('class="title"'), second.count('class="title"')) == (50, 10)


def test_a_person_is_told_of_every_kind_in_their_language(make_client, embedded):
    from dcc_core.config import Region

    client = make_client(region=Region(slug="demo", name="Example", locale="en"))
    with embedded.session() as session:
        account_id = add_account(session, "identity_officer")
        notify_holders(session, "core.exchange.attach", MESSAGE_QUARANTINED, "lab", now=START)
    sign_in(client, account_id)
    assert "Messages received wait to be attached" in client.get("/notifications").text
