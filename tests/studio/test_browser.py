"""The studio and the fiches in a real browser: what experts and clinicians do, and how it looks.

Screenshots go to the folder named by ``SCREENSHOTS``.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dcc_core.testing.browser import ARGUMENTS, axe_source, chromium_path, served

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
        expert.wait_for_load_state("networkidle")
        wrong += faults_of(expert, name)
        expert.screenshot(path=shots / f"{name}-{width}-{scheme}.png", full_page=True)
    physician = window("DÉMO-PHYSICIAN", width=width, scheme=scheme)
    open_fiche(physician, studio.world)
    physician.wait_for_load_state("networkidle")
    wrong += faults_of(physician, "fiche")
    physician.screenshot(path=shots / f"fiche-{width}-{scheme}.png", full_page=True)
    physician.goto(f"/x/rcp_forms/patients/{studio.world.patient}")
    wrong += faults_of(physician, "fiches")
    physician.screenshot(path=shots / f"fiches-{width}-{scheme}.png", full_page=True)
    assert wrong == []
    assert expert.complaints == []
    assert physician.complaints == []
