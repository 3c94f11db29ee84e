"""Open pages in a real browser: drawn again, covered when the session ends, offline and back."""

import re

import pytest
from litestar import get

from dcc_core.api import (
    CurrentPage,
    DccPlugin,
    Html,
    LiveTopic,
    Permission,
    Sensitivity,
    hookimpl,
)
from dcc_core.config import Branding, Region, Settings, utc_now
from dcc_core.live import publish
from dcc_core.plugins import load_plugins
from dcc_core.testing.browser import ARGUMENTS, chromium_path, served
from dcc_core.testing.web import add_account
from dcc_core.users import end_account_sessions
from dcc_core.users.notifications import notify
from dcc_core.web.app import create_app
from dcc_core.web.runtime import Runtime

pytestmark = pytest.mark.browser
REGION = Region(slug="demo", name="Exemple", branding=Branding(accent="#8C2F4B"))
TOPIC, READ = "plug.open", "plug.read"
drawn = []


class Plug(DccPlugin):
    """A page with a part that follows a topic."""

    name = "plug"
    permissions = (
        Permission(READ, "Suivre", Sensitivity.ADMINISTRATIVE, frozenset({"physician"})),
    )

    @hookimpl
    def dcc_live_topics(self):
        yield LiveTopic(TOPIC, READ)

    @hookimpl
    def dcc_routes(self):
        opt = {"permission": READ}

        @get("/page", name="plug.page", opt=opt, sync_to_thread=True)
        def page(page: CurrentPage) -> Html:
            source = (
                '{% extends "core/layout.html" %}{% block title %}DÉMO-LAURIER{% endblock %}'
                '{% block content %}<h1>Suivi</h1><p id="n" data-live="plug.open:1"'
                ' hx-get="/x/plug/part" hx-trigger="live">0</p>'
                '<form method="post" action="/compte/sessions/fermer">'
                '<input type="hidden" name="_csrf" value="{{ page.csrf }}">'
                '<label>Note <input id="note" name="note"></label><button>Envoyer</button>'
                "</form>{% endblock %}"
            )
            text = page.site.templates.from_string(source).render(page=page)
            return Html(text, media_type="text/html")

        @get("/part", name="plug.part", opt=opt, sync_to_thread=False)
        def part() -> Html:
            drawn.append(1)
            return Html(str(len(drawn)), media_type="text/html")

        return [page, part]


@pytest.fixture
def database(sqlite_lane):
    with sqlite_lane.fresh() as fresh:
        yield fresh


@pytest.fixture
def account(database):
    with database.session() as session:
        return add_account(session, "physician")


@pytest.fixture
def address(database, account):
    settings = Settings(env="test", secret_key="s" * 32)
    plugins = load_plugins(REGION, settings, installed={}, extra=(Plug,))
    runtime = Runtime(settings, REGION, database, plugins.dispatcher, plugins.plugins)
    with served(create_app(runtime)) as url:
        yield url


@pytest.fixture
def context(address):
    path = chromium_path()
    sync_api = pytest.importorskip("playwright.sync_api")
    drawn.clear()
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        opened = browser.new_context(base_url=address)
        opened.set_default_timeout(20_000)
        yield opened
        browser.close()


def sign_in(page, account):
    page.goto("/connexion")
    page.select_option("#demo-account", str(account))
    page.get_by_role("button", name="Entrer dans la démonstration").click()
    page.wait_for_url(re.compile(r"/$"))


def opened(context, account, wait="/direct?"):
    page = context.new_page()
    sign_in(page, account)
    with page.expect_response(lambda answer: wait in answer.url):
        page.goto("/x/plug/page")
    return page


def drawn_again(page, within):
    from playwright.sync_api import expect

    expect(page.locator("#n")).to_have_text(re.compile("[1-9]"), timeout=within)


def tell(database):
    with database.session() as session:
        publish(session, TOPIC, 1)


def test_a_part_that_follows_is_drawn_again(context, account, database):
    page = opened(context, account)
    page.wait_for_timeout(500)
    tell(database)
    drawn_again(page, within=2000)


def test_a_session_ended_elsewhere_covers_the_page_and_loses_nothing(context, account, database):
    page = opened(context, account)
    page.fill("#note", "texte en cours")
    page.wait_for_timeout(500)
    with database.session() as session:
        end_account_sessions(session, account_id=account)
    page.wait_for_selector("#session-over[open]", timeout=1000)
    assert not page.is_visible("h1")
    assert page.title() == "Session terminée"
    page.keyboard.press("Escape")
    assert page.is_visible("#session-over")
    page.get_by_role("button", name="Reprendre").click()
    assert page.get_by_text("Vous n’êtes pas encore reconnecté").is_visible()
    with context.expect_page() as another:
        page.get_by_role("link", name="Se reconnecter").click()
    sign_in(another.value, account)
    page.get_by_role("button", name="Reprendre").click()
    page.wait_for_selector("h1")
    assert page.input_value("#note") == "texte en cours"
    assert page.title().startswith("DÉMO-LAURIER")
    with page.expect_navigation() as answer:
        page.get_by_role("button", name="Envoyer").click()
    assert answer.value.status == 200, "the token of the new session was not put into the form"


def test_somebody_else_who_signs_in_sees_nothing_of_the_page(context, account, database):
    page = opened(context, account)
    with database.session() as session:
        other = add_account(session, "physician", family="DÉMO-RIVEL", number=2)
        end_account_sessions(session, account_id=account)
    page.wait_for_selector("#session-over[open]")
    sign_in(context.new_page(), other)
    page.get_by_role("button", name="Reprendre").click()
    page.wait_for_url(re.compile(r"/$"))


def test_a_page_that_is_offline_says_so_and_catches_up(context, account, database):
    page = opened(context, account)
    context.set_offline(True)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_selector("#live-state:not([hidden])")
    tell(database)
    context.set_offline(False)
    page.wait_for_selector("#live-state[hidden]", state="attached", timeout=40_000)
    drawn_again(page, within=20_000)


def test_news_arrive_where_no_stream_goes_through(context, account, database):
    context.route(re.compile(r"/direct\?"), lambda route: route.abort())
    page = opened(context, account, wait="/direct/nouvelles")
    page.wait_for_timeout(300)
    tell(database)
    drawn_again(page, within=8000)


def test_the_bell_counts_without_a_reload(context, account, database):
    page = opened(context, account)
    page.wait_for_timeout(500)
    with database.session() as session:
        notify(session, [account], "plug.hello", 1, now=utc_now())
    page.get_by_role("link", name="1 notification à lire").click(timeout=2000)
    page.wait_for_url(re.compile("/notifications$"))
    page.get_by_role("button", name="Tout marquer comme lu").click()
    page.get_by_role("link", name="Notifications", exact=True).wait_for()
