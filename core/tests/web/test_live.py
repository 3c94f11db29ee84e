"""Streams over real sockets: who follows what, until when, and what a bad network changes."""

import json
import socket
import time
from contextlib import ExitStack, contextmanager
from uuid import uuid4

import httpx
import pytest
from litestar import get
from sqlalchemy.exc import OperationalError

from dcc_core.api import DccPlugin, LiveTopic, Permission, Sensitivity, Subject, hookimpl
from dcc_core.audit.context import SYSTEM
from dcc_core.config import Branding, Region, Settings
from dcc_core.live import publish
from dcc_core.plugins import load_plugins
from dcc_core.testing.browser import served
from dcc_core.testing.clock import START, MovableClock
from dcc_core.testing.web import add_account, token_of
from dcc_core.users import build_policy, end_account_sessions, grant_role
from dcc_core.users.grants import list_grants, revoke_role
from dcc_core.web import live_stream, live_topics
from dcc_core.web.app import create_app
from dcc_core.web.runtime import Runtime

REGION = Region(slug="demo", name="Exemple", branding=Branding(accent="#8C2F4B"))
OPEN, CLOSED, READ = "plug.open", "plug.closed", "plug.read"


class Plug(DccPlugin):
    """Topics of each kind."""

    name = "plug"
    permissions = (
        Permission(READ, "Suivre", Sensitivity.ADMINISTRATIVE, frozenset({"auditor", "physician"})),
    )

    @hookimpl
    def dcc_live_topics(self):
        yield LiveTopic(OPEN, READ)
        yield LiveTopic(CLOSED, READ, may_follow=lambda session, actor, subject: subject == "mine")
        yield LiveTopic(
            "plug.patient",
            "core.patient.read",
            about=lambda session, subject: Subject(patient_id=uuid4()),
        )

    @hookimpl
    def dcc_routes(self):
        @get("/x", name="plug.x", opt={"permission": READ}, sync_to_thread=False)
        def page() -> str:
            return ""

        return [page]


class Site:
    """A served region, its clock and its database."""

    def __init__(self, database, clock, url):
        self.database, self.clock, self.url = database, clock, url
        self.clients = ExitStack()

    def publish(self, topic, subject, **facts):
        with self.database.session() as session:
            publish(session, topic, subject, facts=facts)

    def account(self, *roles, number=1):
        with self.database.session() as session:
            return add_account(session, *roles, number=number)

    def signed_in(self, account_id):
        client = self.clients.enter_context(httpx.Client(base_url=self.url, timeout=10))
        token = token_of(client.get("/connexion").text)
        form = {"_csrf": token, "account": str(account_id)}
        assert client.post("/connexion/demonstration", data=form).status_code == 303
        return client


@contextmanager
def site_on(database, clock):
    settings = Settings(env="test", secret_key="s" * 32)
    plugins = load_plugins(REGION, settings, installed={}, extra=(Plug,))
    runtime = Runtime(settings, REGION, database, plugins.dispatcher, plugins.plugins, clock)
    with served(create_app(runtime)) as url:
        opened = Site(database, clock, url)
        with opened.clients:
            yield opened


@pytest.fixture
def clock():
    return MovableClock(START)


@pytest.fixture
def site(database, clock):
    with site_on(database, clock) as opened:
        yield opened


class Stream:
    """A browser's side of one stream."""

    def __init__(self, response):
        self.response = response
        self._lines = response.iter_lines()

    def next(self):
        """Return the next event: its name, its place, its data."""
        found = {}
        for line in self._lines:
            if not line:
                return found["event"], int(found.get("id", 0)), json.loads(found["data"])
            name, _, value = line.partition(": ")
            found[name] = value
        return "closed", 0, None


@pytest.fixture
def follow():
    with ExitStack() as stack:

        def open_(client, wanted="", since=None, headers=None):
            query = {"suivre": wanted} | ({} if since is None else {"depuis": since})
            opened = client.stream("GET", "/direct", params=query, headers=headers or {})
            return Stream(stack.enter_context(opened))

        yield open_


def test_a_page_hears_what_it_may_follow_and_nothing_else(site, follow):
    client = site.signed_in(site.account("physician"))
    wanted = f"{OPEN}:1 {CLOSED}:mine {CLOSED}:other plug.patient:1 unknown.topic:1"
    stream = follow(client, wanted)
    name, _, start = stream.next()
    assert (name, start["suivi"]) == ("bonjour", [f"{CLOSED}:mine", f"{OPEN}:1"])
    for topic, subject in ((CLOSED, "other"), ("plug.patient", "1"), (OPEN, "2"), (OPEN, "1")):
        site.publish(topic, subject, version=7)
    name, place, news = stream.next()
    assert (name, news) == (
        "nouvelle",
        {"id": place, "sujet": f"{OPEN}:1", "faits": {"version": 7}},
    )
    assert stream.response.headers["content-type"].startswith("text/event-stream")
    assert stream.response.headers["cache-control"] == "no-store"
    assert "content-encoding" not in stream.response.headers


def test_a_page_that_comes_back_hears_what_it_missed_once(site, follow):
    client = site.signed_in(site.account("physician"))
    stream = follow(client, f"{OPEN}:1")
    stream.next()
    site.publish(OPEN, 1, n=1)
    place = stream.next()[1]
    stream.response.close()
    for number in (2, 3):
        site.publish(OPEN, 1, n=number)
    for again in (
        follow(client, f"{OPEN}:1", since=place),
        follow(client, f"{OPEN}:1", headers={"last-event-id": str(place)}),
    ):
        assert again.next()[2]["relire"] is False
        assert [again.next()[2]["faits"]["n"] for _ in range(2)] == [2, 3]
    site.publish(OPEN, 1, n=4)
    assert again.next()[2]["faits"]["n"] == 4


def test_a_page_away_for_too_long_is_told_to_read_again(site, follow):
    client = site.signed_in(site.account("physician"))
    assert follow(client, f"{OPEN}:1", since=10_000).next()[2]["relire"] is True


@pytest.mark.parametrize("value", ["-1", "x", "99999999999999999999"])
def test_a_senseless_place_is_refused_or_forgotten(site, value):
    client = site.signed_in(site.account("physician"))
    assert client.get("/direct/nouvelles", params={"depuis": value}).status_code in {400, 200}


def test_a_session_ended_elsewhere_ends_the_stream_within_a_second(site, follow):
    account = site.account("physician")
    stream = follow(site.signed_in(account), f"{OPEN}:1")
    stream.next()
    started = time.monotonic()
    with site.database.session() as session:
        end_account_sessions(session, account_id=account)
    assert stream.next()[0] == "fin"
    assert time.monotonic() - started < 1
    assert stream.next()[0] == "closed"


def test_signing_out_in_another_tab_ends_the_stream(site, follow):
    client = site.signed_in(site.account("physician"))
    stream = follow(client)
    stream.next()
    token = token_of(client.get("/compte").text)
    client.post("/deconnexion", data={"_csrf": token})
    assert stream.next()[0] == "fin"


def test_a_right_withdrawn_silences_its_topics(site, follow):
    account = site.account("physician")
    stream = follow(site.signed_in(account), f"{OPEN}:1")
    stream.next()
    with site.database.session() as session:
        grant = list_grants(session, account_id=account, now=START)[0]
        grant_role(
            session,
            account_id=account,
            role="support",
            author=SYSTEM,
            policy=build_policy(),
            now=START,
        )
        site.clock.advance(seconds=1)
        revoke_role(session, grant_id=grant.id, author=SYSTEM, now=site.clock())
    site.publish(OPEN, 1)
    with site.database.session() as session:
        end_account_sessions(session, account_id=account)
    assert stream.next()[0] == "fin"


def test_an_idle_session_ends_its_stream_and_the_stream_does_not_prolong_it(
    site, follow, monkeypatch
):
    monkeypatch.setattr(live_stream, "HEARTBEAT_S", 0.1)
    client = site.signed_in(site.account("physician"))
    stream = follow(client)
    assert [stream.next()[0] for _ in range(2)] == ["bonjour", "pouls"]
    site.clock.advance(minutes=29)
    assert client.get("/direct/nouvelles").json()["secondes"] == 60
    assert follow(client).next()[0] == "bonjour"
    site.clock.advance(minutes=2)
    names = {stream.next()[0] for _ in range(4)}
    assert "fin" in names
    assert (
        client.get("/direct/nouvelles", headers={"accept": "application/json"}).status_code == 401
    )


def test_nobody_follows_without_a_session(site):
    for path in ("/direct", "/direct/nouvelles"):
        answer = httpx.get(site.url + path, headers={"accept": "application/json"})
        assert answer.status_code == 401


def test_a_person_has_a_number_of_streams_and_gets_their_places_back(site, follow, monkeypatch):
    monkeypatch.setattr(live_topics, "STREAMS_PER_PERSON", 2)
    client = site.signed_in(site.account("physician"))
    streams = [follow(client), follow(client)]
    for stream in streams:
        stream.next()
    assert client.get("/direct").status_code == 429
    streams[0].response.close()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        again = follow(client)
        if again.response.status_code == 200:
            break
    assert again.next()[0] == "bonjour"
    other = site.signed_in(site.account("physician", number=2))
    assert follow(other).next()[0] == "bonjour"


def test_open_streams_hold_no_connection_to_the_database(site, follow):
    client = site.signed_in(site.account("physician"))
    streams = [follow(client, f"{OPEN}:1") for _ in range(10)]
    for stream in streams:
        assert stream.next()[0] == "bonjour"
    assert site.database.engine.pool.checkedout() == 0
    site.publish(OPEN, 1)
    assert {stream.next()[0] for stream in streams} == {"nouvelle"}
    assert site.database.engine.pool.checkedout() == 0


def test_a_browser_that_reads_nothing_is_dropped(site, monkeypatch):
    monkeypatch.setattr(live_stream, "SEND_WITHIN_S", 0.3)
    monkeypatch.setattr(live_topics, "STREAMS_PER_PERSON", 1)
    client = site.signed_in(site.account("physician"))
    host, _, port = site.url.removeprefix("http://").partition(":")
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect((host, int(port)))
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        request = f"GET /direct?suivre={OPEN}:1 HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n"
        raw.sendall(request.encode())
        assert raw.recv(10).startswith(b"HTTP/1.1")
        filler = {f"f{number}": "x" * 64 for number in range(400)}
        deadline = time.monotonic() + 60
        while client.get("/direct/nouvelles").status_code == 200:
            site.publish(OPEN, 1, **filler)
            with client.stream("GET", "/direct") as other:
                if other.status_code == 200:
                    return
            assert time.monotonic() < deadline, "the slow stream was never dropped"


def test_a_network_that_lets_no_stream_through_still_brings_the_news(site):
    client = site.signed_in(site.account("physician"))
    params = {"suivre": f"{OPEN}:1 {CLOSED}:other"}
    first = client.get("/direct/nouvelles", params=params).json()
    assert (first["suivi"], first["nouvelles"], first["relire"]) == ([f"{OPEN}:1"], [], False)
    site.publish(OPEN, 1, n=1)
    site.publish(CLOSED, "other")
    params["depuis"] = first["position"]
    second = client.get("/direct/nouvelles", params=params).json()
    assert [news["faits"] for news in second["nouvelles"]] == [{"n": 1}]
    assert second["position"] == first["position"] + 2
    params["depuis"] = second["position"]
    assert client.get("/direct/nouvelles", params=params).json()["nouvelles"] == []


def test_two_servers_on_one_database_tell_the_same(database, clock, follow):
    with site_on(database, clock) as one, site_on(database, clock) as two:
        account = one.account("physician")
        streams = [follow(each.signed_in(account), f"{OPEN}:1") for each in (one, two)]
        for stream in streams:
            stream.next()
        one.publish(OPEN, 1, n=1)
        assert [stream.next()[2]["faits"] for stream in streams] == [{"n": 1}] * 2


def test_a_server_that_stops_does_not_wait_for_its_open_pages(database, clock, follow):
    with site_on(database, clock) as site:
        stream = follow(site.signed_in(site.account("physician")))
        stream.next()
        kept = site.clients.pop_all()
        started = time.monotonic()
    with kept:
        assert time.monotonic() - started < 5
        assert stream.next()[0] == "closed"


def test_a_database_that_goes_away_ends_the_stream_without_an_error_page(
    site, follow, monkeypatch, caplog
):
    def away(*_arguments):
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(live_stream, "recall_visitor", away)
    stream = follow(site.signed_in(site.account("physician")))
    assert (stream.response.status_code, stream.next()[0]) == (200, "closed")
    assert not [line for line in caplog.records if line.levelname == "ERROR"]
