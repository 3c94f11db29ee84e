"""The studio and the fiches in a real browser: what experts and clinicians do, and how it looks.

Screenshots go to the folder named by ``SCREENSHOTS``.
"""

import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dcc_core.testing.browser import ARGUMENTS, axe_source, chromium_path, served
from dcc_rcp_forms.cli.preview import preview_server
from dcc_rcp_forms.composition.catalogue import Catalogue

pytestmark = pytest.mark.browser
CACHE = Path.home() / ".cache" / "dcc-tests"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4", "best-practice"]
HEIGHTS = {1440: 1000, 390: 844}
ROOT = "/x/rcp_forms/studio"


@pytest.fixture(scope="module")
def address(studio) -> Iterator[str]:
    with served(studio.app) as url:
        yield url


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    path = chromium_path()
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    folder = Path(os.environ.get("SCREENSHOTS", "") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def window(chromium, address) -> Iterator[Any]:
    """Return a function that opens a window, signed in as the account of that family name."""
    contexts = []

    def open_(family: str, *, width: int = 1440, scheme: str = "light", script: bool = True):
        context = chromium.new_context(
            viewport={"width": width, "height": HEIGHTS[width]},
            color_scheme=scheme,
            java_script_enabled=script,
            base_url=address,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.complaints = []
        page.on(
            "console",
            lambda m: page.complaints.append(m.text) if m.type in {"error", "warning"} else None,
        )
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto("/connexion")
        account = page.locator("#demo-account option", has_text=f"{family},")
        page.select_option("#demo-account", account.first.get_attribute("value"))
        page.get_by_role("button", name="Entrer dans la démonstration").click()
        page.wait_for_url(re.compile(r"/$"))
        return page

    yield open_
    for context in contexts:
        context.close()


def settle(page) -> None:
    """Wait until the scripts of a page have drawn what they draw; its stream stays open."""
    page.wait_for_load_state("load")
    page.wait_for_timeout(900)


def faults_of(page, name: str) -> list[Any]:
    page.evaluate(axe_source(CACHE))
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
    )
    wrong: list[Any] = [
        (name, violation["id"], [node["target"] for node in violation["nodes"]][:3])
        for violation in found["violations"]
    ]
    overflow = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return [*wrong, (name, "overflow", overflow)] if overflow > 0 else wrong


def open_draft(page, form_id: str) -> None:
    page.goto(ROOT)
    page.locator(f"tr:has(.sub:text-is('{form_id}'))").get_by_role("button").click()
    page.wait_for_selector(".editor.is-live")


def open_fiche(page, world, form: str = "sein") -> None:
    page.goto(f"/x/rcp_forms/patients/{world.patient}")
    value = page.locator(f"#formulaire option[value^='{form} ']").get_attribute("value")
    page.select_option("#formulaire", value)
    page.get_by_role("button", name="Ouvrir la fiche").click()
    page.wait_for_selector("[data-fiche]")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", list(HEIGHTS))
def test_pages_are_accessible_and_fit(window, studio, shots, width, scheme) -> None:
    wrong = []
    expert = window("DÉMO-DSRC-EXPERT", width=width, scheme=scheme)
    open_draft(expert, "sein")
    draft = expert.url
    expert.wait_for_selector(".preview [data-field]")
    looks = {
        "brouillon": draft,
        "tableau": f"{draft}?vue=tableau",
        "studio": ROOT,
        "version": f"{ROOT}/formulaires/sein/2.1.0",
    }
    for name, path in looks.items():
        expert.goto(path)
        settle(expert)
        wrong += faults_of(expert, name)
        expert.screenshot(path=shots / f"{name}-{width}-{scheme}.png", full_page=True)
    physician = window("DÉMO-PHYSICIAN", width=width, scheme=scheme)
    open_fiche(physician, studio.world)
    settle(physician)
    wrong += faults_of(physician, "fiche")
    physician.screenshot(path=shots / f"fiche-{width}-{scheme}.png", full_page=True)
    physician.goto(f"/x/rcp_forms/patients/{studio.world.patient}")
    wrong += faults_of(physician, "fiches")
    physician.screenshot(path=shots / f"fiches-{width}-{scheme}.png", full_page=True)
    assert wrong == [], "\n".join(map(str, wrong))
    assert expert.complaints == []
    assert physician.complaints == []


def type_at(page, before: str, text: str) -> None:
    """Put the caret after some text of the editor and type."""
    page.evaluate(
        """([before]) => { const area = document.querySelector('#texte');
        const at = area.value.indexOf(before) + before.length;
        area.focus(); area.setSelectionRange(at, at); }""",
        [before],
    )
    page.keyboard.type(text)


def test_an_expert_writes_another_reviews_and_old_fiches_keep_their_version(
    window, studio, shots
) -> None:
    physician = window("DÉMO-PHYSICIAN")
    open_fiche(physician, studio.world, "prostate")
    old_fiche = physician.url
    assert "version 1.0.0" in physician.inner_text(".page-head")

    expert = window("DÉMO-DSRC-EXPERT")
    open_draft(expert, "prostate")
    draft = expert.url
    expert.wait_for_selector("[data-preview] [data-field]")
    line = expert.evaluate(
        """() => document.querySelector('#texte').value.split('\\n')
        .findIndex((line) => line.includes('alertes:')) + 1"""
    )
    type_at(expert, "alertes:", "\nrelu: {si: psaa > 1000, message: PSA très élevé")
    expert.keyboard.type("}")
    expert.wait_for_selector(f"[data-checks] [data-goto^='{line + 1}:']")
    expert.wait_for_selector(".code li.e .bad")
    expert.screenshot(path=shots / "erreur-1440-light.png")
    assert expert.locator("[data-propose]").get_attribute("aria-disabled") == "true"
    expert.locator("[data-mend][data-was=psaa]").click()
    expert.wait_for_selector("[data-mend][data-was=psaa]", state="detached")
    expert.locator("[data-mend][data-text='1.1.0']").click()
    expert.wait_for_selector("[data-checks] .okc")
    assert "version: 1.1.0" in expert.input_value("#texte")

    expert.fill("[data-preview] [name=psa]", "1200")
    expert.wait_for_selector("[data-live-state] .alert:has-text('PSA très élevé')")
    expert.screenshot(path=shots / "apercu-1440-light.png")
    expert.keyboard.press("Control+s")
    expert.wait_for_selector("[data-savestate]:has-text('Enregistré à')")
    expert.fill("#commentaire", "Seuil décidé en groupe urologie.")
    expert.get_by_role("button", name="Proposer à la relecture").click()
    expert.wait_for_selector(".toast")
    assert expert.locator("text=Approuver cette version").count() == 0

    reviewer = window("DÉMO-RELECTEUR")
    reviewer.goto(draft)
    reviewer.get_by_text("Seuil décidé en groupe urologie.").wait_for()
    reviewer.screenshot(path=shots / "relecture-1440-light.png", full_page=True)
    reviewer.get_by_role("button", name="Approuver cette version").click()
    reviewer.get_by_role("button", name="Publier pour la région").click()
    reviewer.get_by_role("link", name="Voir la version publiée").click()
    reviewer.wait_for_selector("text=Relue par")

    physician.goto(old_fiche)
    assert "version 1.0.0" in physician.inner_text(".page-head")
    physician.fill("[name=psa]", "1200")
    assert physician.locator("[data-alerts] .alert", has_text="PSA très élevé").count() == 0
    open_fiche(physician, studio.world, "prostate")
    assert "version 1.1.0" in physician.inner_text(".page-head")
    assert expert.complaints == reviewer.complaints == physician.complaints == []


def test_the_editor_completes_words_with_the_keyboard(window) -> None:
    page = window("DÉMO-DSRC-EXPERT")
    open_draft(page, "rein")
    settle(page)
    type_at(page, "sections:", "\n  essai_mot:\n  ti")
    page.wait_for_selector("#completion:not([hidden])")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert "    titre: " in page.input_value("#texte")
    page.keyboard.press("Escape")
    assert page.complaints == []


def test_a_fiche_toggles_computes_alerts_and_saves_by_itself(window, studio) -> None:
    page = window("DÉMO-PHYSICIAN")
    open_fiche(page, studio.world)
    page.wait_for_selector("[data-progress]:has-text('champs sur')")
    his = page.locator("[data-field=her2_his]")
    assert his.is_hidden()
    page.locator("[name=histo][value=canalaire]").check()
    page.locator("[name=her2]").locator("nth=2").check()
    his.wait_for(state="visible")
    page.fill("[name=re]", "90")
    with page.expect_response(lambda answer: answer.url.endswith("/champs/re")):
        page.locator("[name=re]").press("Tab")
    page.wait_for_selector("[data-savestate]:has-text('Enregistré à')")
    page.reload()
    page.wait_for_selector("[data-progress]:has-text('champs sur')")
    assert page.input_value("[name=re]") == "90"
    assert his.is_visible()
    assert page.complaints == []


def test_two_people_on_one_field_see_both_values(window, studio) -> None:
    first, second = window("DÉMO-PHYSICIAN"), window("DÉMO-PHYSICIAN")
    open_fiche(first, studio.world)
    second.goto(first.url)
    for page in (first, second):
        page.wait_for_selector("[data-progress]:has-text('champs sur')")
    first.fill("[name=taille_clinique]", "31")
    first.locator("[name=taille_clinique]").press("Tab")
    first.wait_for_selector("[data-savestate]:has-text('Enregistré à')")
    second.fill("[name=taille_clinique]", "34")
    second.locator("[name=taille_clinique]").press("Tab")
    conflict = second.locator("[data-conflict=taille_clinique]")
    conflict.wait_for()
    assert "31" in conflict.inner_text()
    assert "34" in conflict.inner_text()
    conflict.get_by_role("button", name="Prendre l’autre").click()
    assert second.input_value("[name=taille_clinique]") == "31"


def test_a_fiche_is_filled_without_script(window, studio) -> None:
    page = window("DÉMO-PHYSICIAN", script=False)
    open_fiche(page, studio.world)
    assert page.locator("[data-field=her2_his]").is_hidden()
    page.locator("[name=histo][value=canalaire]").check()
    page.get_by_role("button", name="Enregistrer la fiche").click()
    page.wait_for_load_state()
    assert page.locator("[name=histo][value=canalaire]").is_checked()
    page.locator("[name=her2]").locator("nth=2").check()
    page.get_by_role("button", name="Enregistrer la fiche").click()
    page.wait_for_load_state()
    assert page.locator("[data-field=her2_his]").is_visible()


FORM = """\
fiche: essai
version: 1.0.0
titre: Essai
sections:
  s:
    titre: S
    champs:
      a: {libellé: Opérée, type: oui_non}
      b: {libellé: Taille, type: nombre, si: a = oui}
      c: {libellé: Double, type: calcul, valeur: b * 2}
alertes:
  al: {si: b > 3, message: Trop grand}
"""


def test_the_preview_of_an_author_is_live_and_reloads_on_save(chromium, tmp_path) -> None:
    file = tmp_path / "essai.yaml"
    file.write_text(FORM, encoding="utf-8")
    server = preview_server(file, 0, Catalogue())
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    page = chromium.new_page()
    try:
        page.goto(f"http://127.0.0.1:{server.server_address[1]}/")
        assert page.locator("[data-field=b]").is_hidden()
        assert "Taille" in page.inner_text("[data-hidden]")
        page.locator("[name=a][value=oui]").check()
        page.fill("[name=b]", "5")
        page.wait_for_selector("[data-alerts] .alert:has-text('Trop grand')")
        assert "Double : 10" in page.inner_text("[data-computed]")
        file.write_text(FORM.replace("Trop grand", "Vraiment trop grand"), encoding="utf-8")
        page.wait_for_selector("[data-alerts] .alert:has-text('Vraiment trop grand')")
        assert page.input_value("[name=b]") == "5"
    finally:
        page.close()
        server.shutdown()
        server.server_close()
        thread.join()
