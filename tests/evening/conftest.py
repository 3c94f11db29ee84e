"""A region whose evening is prepared: an RCP, its people, eighteen patients, and browsers."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dcc_core.testing.browser import ARGUMENTS, axe_source, chromium_path, served
from dcc_core.testing.databases import SqliteLane

from .evening import Evening, prepare_evening

CACHE = Path.home() / ".cache" / "dcc-tests"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4", "best-practice"]
HEIGHTS = {1440: 900, 390: 844}


@pytest.fixture
def evening(sqlite_lane: SqliteLane, tmp_path: Path) -> Iterator[Evening]:
    with sqlite_lane.fresh() as database:
        yield prepare_evening(database, tmp_path, cases=18)


@pytest.fixture
def address(evening: Evening) -> Iterator[str]:
    with served(evening.app) as url:
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
def window(chromium: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Return a function that opens a browser of its own, signed in as an account."""
    contexts = []

    def open_(account: object, *, width: int = 1440, scheme: str = "light") -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": HEIGHTS[width]},
            color_scheme=scheme,
            base_url=address,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.complaints = []
        page.on("console", lambda m: _note(page, m.type, m.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto("/connexion")
        page.select_option("#demo-account", str(account))
        page.get_by_role("button", name="Entrer dans la démonstration").click()
        page.wait_for_url(re.compile(r"/$"))
        return page

    yield open_
    for context in contexts:
        context.close()


def _note(page: Any, kind: str, text: str) -> None:
    """Keep what the browser complains about; refusals and cut networks are part of the story."""
    if kind in {"error", "warning"} and "Failed to load resource" not in text:
        page.complaints.append(text)


@pytest.fixture
def faults_of() -> Callable[[Any], list[Any]]:
    """Return a function that lists what the accessibility checker finds, and overflow."""

    def run(page: Any) -> list[Any]:
        page.evaluate(axe_source(CACHE))
        found = page.evaluate(
            "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
        )
        wrong: list[Any] = [
            (violation["id"], [node["target"] for node in violation["nodes"]][:3])
            for violation in found["violations"]
        ]
        root = "document.documentElement"
        overflow = page.evaluate(f"{root}.scrollWidth - {root}.clientWidth")
        return [*wrong, ("overflow", overflow)] if overflow > 0 else wrong

    return run
