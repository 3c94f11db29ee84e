"""The pages in a real browser: what people do, with keyboard alone, in both themes and widths.

Screenshots of every page go to the folder named by ``SCREENSHOTS``.
"""

import os
import re
from pathlib import Path

import pytest

from dcc_core.audit.context import SYSTEM
from dcc_core.config import Branding, Region, Settings
from dcc_core.config.keys import master_secret
from dcc_core.hooks import Dispatcher
from dcc_core.records import FolderStore, bind_store
from dcc_core.testing.browser import ARGUMENTS, axe_source, chromium_path, served
from dcc_core.testing.clock import START, MovableClock
from dcc_core.testing.world import build_world
from dcc_core.users import (
    AccountIn,
    DeviceCookies,
    LocalAuthentication,
    Vault,
    build_policy,
    create_account,
    grant_role,
    invite,
)
from dcc_core.users.notifications import MESSAGE_QUARANTINED, notify
from dcc_core.users.totp import time_step, totp_code
from dcc_core.web.app import create_app
from dcc_core.web.runtime import Runtime

pytestmark = pytest.mark.browser
REGION = Region(slug="occitanie", name="Occitanie", branding=Branding(accent="#8C2F4B"))
SETTINGS = Settings(env="test", secret_key="s" * 32)
CACHE = Path.home() / ".cache" / "dcc-tests"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4", "best-practice"]
WIDTHS = {1440: 900, 390: 844}


@pytest.fixture(scope="module")
def database(sqlite_lane, tmp_path_factory):
    with sqlite_lane.fresh() as fresh:
        bind_store(fresh, FolderStore(tmp_path_factory.mktemp("documents")))
        yield fresh


@pytest.fixture(scope="module")
def world(database):
    built = build_world(database, patients=4, documents=6)
    with database.session() as session:
        officer = built.accounts["identity_officer"]
        for subject in ("demo.lab", "demo.lab", "demo.autre"):
            notify(session, [officer], MESSAGE_QUARANTINED, subject, now=START)
    return built


@pytest.fixture(scope="module")
def address(database, world):
    clock = MovableClock(START)
    with served(create_app(Runtime(SETTINGS, REGION, database, Dispatcher(), clock=clock))) as url:
        yield url


@pytest.fixture(scope="module")
def chromium():
    path = chromium_path()
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def shots(tmp_path_factory):
    folder = Path(os.environ.get("SCREENSHOTS", "") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def open_page(chromium, address):
    """Return a function that opens a window, signed in as the holder of a role."""
    contexts = []

    def open_(role: str | None, *, width: int = 1440, scheme: str = "light", script: bool = True):
        context = chromium.new_context(
            viewport={"width": width, "height": WIDTHS[width]},
            color_scheme=scheme,
            java_script_enabled=script,
            base_url=address,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.complaints = []
        page.on(
            "console",
            lambda m: page.complaints.append(m.text) if m.type in {"error", "warning"} else None,
        )
        page.on("pageerror", lambda e: page.complaints.append(str(e)))
        if role is not None:
            sign_in(page, role)
        return page

    yield open_
    for context in contexts:
        context.close()


def sign_in(page, role: str) -> None:
    page.goto("/connexion")
    name = f"DÉMO-{role.replace('_', '-').upper()},"
    chosen = page.locator("#demo-account option", has_text=name).get_attribute("value")
    page.select_option("#demo-account", chosen)
    page.get_by_role("button", name="Entrer dans la démonstration").click()
    page.wait_for_url(re.compile(r"/$"))


@pytest.fixture(scope="module")
def invitation(database):
    secret = master_secret(SETTINGS)
    local = LocalAuthentication(Vault(secret), DeviceCookies(secret))
    entry = AccountIn(family_name="DÉMO-INVITÉE", given_name="Nina", login="nina.demo")
    with database.session() as session:
        account = create_account(session, entry=entry, now=START)
        grant_role(
            session,
            account_id=account.id,
            role="physician",
            author=SYSTEM,
            policy=build_policy(),
            now=START,
        )
        return invite(session, account_id=account.id, local=local, now=START)


def pages_of(world, invitation) -> dict[str, tuple[str | None, str]]:
    patient = f"/patients/{world.patient}"
    return {
        "connexion": (None, "/connexion"),
        "invitation": (None, f"/invitation?jeton={invitation}"),
        "invitation-close": (None, "/invitation?jeton=inconnue"),
        "demande-de-compte": (None, "/demande-de-compte"),
        "accessibilite": (None, "/accessibilite"),
        "introuvable": (None, "/nulle-part"),
        "accueil": ("physician", "/"),
        "recherche": ("physician", "/patients"),
        "creation": ("physician", "/patients/nouveau"),
        "dossier": ("physician", patient),
        "documents": ("physician", f"{patient}/documents"),
        "document": ("physician", f"{patient}/documents/{world.document}"),
        "resultats": ("physician", f"{patient}/resultats"),
        "equipe": ("physician", f"{patient}/equipe"),
        "identite": ("physician", f"{patient}/identite"),
        "acces": ("physician", f"{patient}/acces"),
        "releve": ("physician", f"{patient}/acces/releve"),
        "dossier-ferme": ("physician", f"/patients/{world.stranger}"),
        "compte": ("physician", "/compte"),
        "aide": ("physician", "/aide"),
        "notifications": ("identity_officer", "/notifications"),
        "plus": ("physician", "/plus"),
        "identites": ("identity_officer", "/identites"),
        "comparaison": ("identity_officer", f"/identites/{world.stranger}/{world.twin}"),
        "recus": ("identity_officer", "/echanges/recus"),
        "message": ("identity_officer", f"/echanges/recus/{world.message}"),
        "diffusion": ("regional_admin", "/diffusion"),
        "envoi": ("regional_admin", f"/diffusion/{world.delivery}"),
        "greffons": ("regional_admin", "/admin"),
        "comptes": ("regional_admin", "/admin/comptes"),
        "compte-de": ("regional_admin", f"/admin/comptes/{world.accounts['physician']}"),
        "structures": ("regional_admin", "/admin/structures"),
        "taches": ("regional_admin", "/admin/taches"),
        "reglages": ("regional_admin", "/admin/reglages"),
        "tracabilite": ("auditor", "/tracabilite"),
        "urgences": ("auditor", "/urgences"),
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", list(WIDTHS))
def test_every_page_is_accessible_and_fits(open_page, world, invitation, shots, width, scheme):
    axe = axe_source(CACHE)
    windows = {}
    wrong = []
    for name, (role, path) in pages_of(world, invitation).items():
        if role not in windows:
            windows[role] = open_page(role, width=width, scheme=scheme)
        page = windows[role]
        page.goto(path)
        page.evaluate(axe)  # through the debugger: the page's own policy lets no such script in
        found = page.evaluate(
            "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
        )
        for violation in found["violations"]:
            targets = [node["target"] for node in violation["nodes"]]
            wrong.append((name, violation["id"], targets[:3]))
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if overflow > 0:
            wrong.append((name, "overflow", overflow))
        page.screenshot(path=shots / f"{name}-{width}-{scheme}.png", full_page=True)
    complaints = [c for page in windows.values() for c in page.complaints if "404" not in c]
    assert wrong == []
    assert complaints == []


def test_a_clinician_finds_a_patient_and_opens_the_dossier(open_page):
    page = open_page("physician")
    page.get_by_role("link", name="Patients").first.click()
    page.fill("#family", "demo laurier")
    page.wait_for_selector("#resultats tbody tr")
    page.get_by_role("link", name="DÉMO-LAURIER Mireille").click()
    page.wait_for_selector(".pbanner")
    assert "DÉMO-LAURIER" in page.title()
    assert "12/03/1968" in page.inner_text(".pbanner")
    page.go_back()
    assert page.input_value("#family") == "demo laurier"
    assert page.complaints == []


def test_the_whole_way_goes_with_the_keyboard_alone(open_page):
    page = open_page("physician")
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette[open]")
    page.keyboard.type("demo laurier mireille")
    page.wait_for_selector("#palette-found a")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector(".pbanner")
    page.keyboard.press("?")
    page.wait_for_selector("#aide-clavier[open]")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.tagName") == "A"
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/patients")
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url(re.compile(r"/$"))


def test_the_skip_link_leads_to_the_content(open_page):
    page = open_page("physician")
    page.goto("/compte")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenu"


def test_the_theme_changes_at_once_and_is_remembered(open_page):
    page = open_page("physician")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    with page.expect_response("**/preferences"):
        page.get_by_role("button", name="Thème clair ou sombre").click()
    assert page.get_attribute("html", "data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"


def test_creating_a_patient_warns_about_the_one_who_exists(open_page):
    page = open_page("physician")
    page.goto("/patients/nouveau")
    page.fill("#birth_family_name", "DÉMO-LAURIER")
    page.fill("#first_given_name", "Mireille")
    page.fill("#birth_date", "12/03/1968")
    page.select_option("#sex", "F")
    page.get_by_role("button", name="Créer le dossier").click()
    page.wait_for_selector(".warnbox")
    assert "existe peut-être déjà" in page.inner_text(".warnbox")
    assert page.input_value("#birth_family_name") == "DÉMO-LAURIER"
    page.get_by_role("button", name="Ce n’est aucun d’eux").click()
    page.wait_for_selector(".pbanner")
    assert "Identité provisoire" in page.inner_text(".pbanner")


def test_a_quarantined_message_is_attached(open_page, world):
    page = open_page("identity_officer")
    page.goto(f"/echanges/recus/{world.message}")
    page.get_by_label("Dossier 1").check()
    page.fill("#reason", "Appel au laboratoire")
    page.get_by_role("button", name="Rattacher au dossier choisi").click()
    page.wait_for_selector(".toast")
    assert "rattaché" in page.inner_text(".toast")


def test_two_records_are_merged_and_separated_again(open_page, world):
    page = open_page("identity_officer")
    page.goto(f"/identites/{world.stranger}/{world.twin}")
    page.locator("#reason").fill("Même carte d’identité")
    page.get_by_role("button", name="Fusionner ces deux dossiers").click()
    page.wait_for_selector("text=Annuler cette fusion")
    page.get_by_placeholder("Pourquoi annuler").fill("Erreur de lecture")
    page.get_by_role("button", name="Annuler cette fusion").click()
    page.wait_for_selector("text=annulée le")


def test_pages_work_without_script(open_page):
    page = open_page("physician", script=False)
    page.goto("/patients")
    page.fill("#family", "demo laurier")
    page.get_by_role("button", name="Rechercher").click()
    page.get_by_role("link", name="DÉMO-LAURIER Mireille").first.click()
    page.wait_for_selector(".pbanner")
    page.get_by_role("button", name="Thème clair ou sombre").click()
    page.wait_for_load_state()
    assert page.get_attribute("html", "data-theme") == "dark"


def test_no_ugly_address_betrays_a_name(open_page):
    page = open_page("physician")
    page.goto("/patients")
    page.fill("#family", "demo laurier")
    page.wait_for_selector("#resultats tbody tr")
    assert page.url.endswith("/patients")


def test_an_invited_person_activates_the_account_and_signs_in(open_page, invitation, shots):
    page = open_page(None)
    page.goto(f"/invitation?jeton={invitation}")
    secret = "".join(page.inner_text(".qrbox .mono").split())
    page.fill("#password", "la truite saute au matin")
    page.fill("#again", "la truite saute au matin")
    page.fill("#code", totp_code(secret, time_step(START)))
    page.get_by_role("button", name="Activer le compte").click()
    page.wait_for_selector(".recovery")
    page.screenshot(path=shots / "invitation-codes-1440-light.png", full_page=True)
    code = page.locator(".recovery li").first.inner_text()
    page.get_by_role("link", name="Se connecter").click()
    page.get_by_text("Compte de mon établissement").click()
    page.fill("#login", "nina.demo")
    page.fill("#password", "la truite saute au matin")
    page.fill("#code", code)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(re.compile(r"/$"))
    assert "Nina DÉMO-INVITÉE" in page.inner_text("h1")


def test_a_closed_dossier_opens_in_an_emergency_and_closes(open_page, world, shots):
    page = open_page("physician")
    page.goto(f"/patients/{world.stranger}")
    page.select_option("#reason", index=0)
    page.fill("#justification", "Détresse respiratoire aux urgences")
    page.get_by_role("button", name="Ouvrir en urgence et l’assumer").click()
    page.wait_for_selector(".glass")
    assert "Lecture seule" in page.inner_text(".glass")
    page.screenshot(path=shots / "urgence-ouverte-1440-light.png", full_page=True)
    page.get_by_role("button", name="Clore l’accès").click()
    page.wait_for_selector(".toast")
    page.goto(f"/patients/{world.stranger}")
    assert "ne vous est pas ouvert" in page.inner_text("h1")


@pytest.mark.parametrize("part", ["", "/acces/releve", "/documents"])
def test_what_is_printed_is_the_dossier_without_its_shell(open_page, world, shots, part):
    page = open_page("physician")
    page.goto(f"/patients/{world.patient}{part}")
    page.emulate_media(media="print")
    for hidden in (".topbar", ".sidenav", ".tabs", ".no-print"):
        assert page.locator(hidden).first.is_visible() is False
    assert page.locator(".pbanner").is_visible()
    name = part.strip("/").replace("/", "-") or "synthese"
    printed = page.pdf(path=shots / f"papier-{name}.pdf", format="A4")
    assert printed.startswith(b"%PDF")
    page.screenshot(path=shots / f"papier-{name}.png", full_page=True)


def test_a_session_that_ends_during_a_long_form_loses_nothing(open_page):
    page = open_page("physician")
    page.goto("/patients/nouveau")
    page.fill("#birth_family_name", "DÉMO-PATIENCE")
    page.fill("#first_given_name", "Odile")
    page.fill("#birth_date", "04/05/1951")
    page.select_option("#sex", "F")
    page.context.clear_cookies()
    page.get_by_role("button", name="Créer le dossier").click()
    page.wait_for_selector("text=Votre saisie est conservée")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Se connecter (nouvel onglet)").click()
    other = opened.value
    other.set_default_timeout(60_000)
    other.wait_for_load_state()
    sign_in(other, "physician")
    page.get_by_role("button", name="Renvoyer ma saisie").click()
    page.wait_for_load_state()  # the token was of the browser before the sign-in: shown again
    page.get_by_role("button", name="Renvoyer ma saisie").click()
    page.wait_for_selector(".pbanner")
    assert "DÉMO-PATIENCE" in page.inner_text(".pbanner")


def test_two_tabs_that_edit_the_same_identity_see_both_texts(open_page, world):
    first = open_page("identity_officer")
    address = f"/patients/{world.twin}/identite"
    first.goto(address)
    second = first.context.new_page()
    second.set_default_timeout(60_000)
    second.goto(address)
    first.fill("#city", "DÉMO-VILLE-A")
    first.get_by_role("button", name="Enregistrer").first.click()
    first.wait_for_selector(".toast")
    second.fill("#city", "DÉMO-VILLE-B")
    second.get_by_role("button", name="Enregistrer").first.click()
    second.wait_for_selector("#h-both")
    shown = second.inner_text(".compare")
    assert "DÉMO-VILLE-A" in shown
    assert "DÉMO-VILLE-B" in shown
    assert second.input_value("#city") == "DÉMO-VILLE-B"


def test_a_form_sent_twice_counts_once_and_back_is_harmless(open_page):
    page = open_page("physician")
    sent = []
    page.on("request", lambda r: sent.append(r.url) if r.method == "POST" else None)
    page.goto("/patients/nouveau")
    page.fill("#birth_family_name", "DÉMO-DOUBLE")
    page.fill("#first_given_name", "Basile")
    page.fill("#birth_date", "09/09/1949")
    page.select_option("#sex", "M")
    page.get_by_role("button", name="Créer le dossier").dblclick()
    page.wait_for_selector(".pbanner")
    assert [url.rpartition("/")[2] for url in sent] == ["nouveau"]
    page.go_back()
    page.wait_for_selector("#birth_family_name")
    page.go_forward()
    page.wait_for_selector(".pbanner")
    assert len(sent) == 1


def test_a_slow_answer_is_said_to_be_slow(open_page):
    page = open_page("physician")
    page.clock.install()
    page.goto("/patients")
    held = []
    page.route("**/patients/recherche", lambda route: held.append(route))  # noqa: PLW0108 - playwright marks it
    page.fill("#family", "demo laurier")
    page.clock.run_for(2_000)
    page.wait_for_selector("#waiting:not([hidden])")
    assert "Un instant" in page.inner_text("#waiting")
    page.clock.run_for(8_000)
    assert "tarde à répondre" in page.inner_text("#waiting")
    held[0].continue_()
    page.wait_for_selector("#resultats tbody tr")
    assert page.locator("#waiting").is_hidden()


def test_a_database_that_fails_is_said_beside_what_is_there(open_page):
    page = open_page("physician")
    page.goto("/patients")
    page.fill("#family", "demo laurier")
    page.wait_for_selector("#resultats tbody tr")
    page.route("**/patients/recherche", lambda route: route.abort())
    page.fill("#family", "demo lauriers")
    page.wait_for_selector("#waiting", state="hidden")
    assert page.locator("#resultats tbody tr").count() > 0
