"""The screen of a session: accessible, readable, cheap; who may see and do what."""

from typing import Any

import pytest

from .evening import Evening

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_screen_is_accessible_and_fits(
    evening: Evening, window: Any, faults_of: Any, shots: Any, width: int, scheme: str
) -> None:
    page = window(evening.accounts["secretary"], width=width, scheme=scheme)
    page.goto(evening.screen)
    wrong = faults_of(page)
    page.get_by_role("button", name="Ouvrir la séance").click()
    page.get_by_role("button", name="Mettre en discussion").click()
    page.locator("#m-presence summary").click()
    for name in ("Arcan", "Valmont", "Monsec"):
        page.locator("#m-presence li", has_text=f"DÉMO-{name.upper()}").locator(
            "button"
        ).first.click()
        page.wait_for_timeout(200)
    page.locator("#m-presence summary").click()
    page.get_by_label("Proposition de traitement").check()
    page.wait_for_selector("[data-field='propositions']:not([hidden])")
    page.wait_for_timeout(500)
    wrong += faults_of(page)
    page.screenshot(path=str(shots / f"seance-{width}-{scheme}.png"), full_page=width < 900)
    projected = page.context.new_page()
    projected.goto(f"{evening.screen}?vue=projection")
    wrong += faults_of(projected)
    projected.screenshot(path=str(shots / f"projection-{width}-{scheme}.png"))
    assert "DÉMO-ALBRET" not in projected.content()
    assert wrong == []
    assert page.complaints == []
