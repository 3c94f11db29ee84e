"""The screenshot of the README is the product as it is: this test makes it.

``WRITE_SCREENSHOT=1`` replaces the file; otherwise the test shows that it can still be made.
"""

import os
import re
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from dcc_core.testing.browser import ARGUMENTS, chromium_path

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "docs" / "images" / "dossier.png"
WIDTH, HEIGHT = 1280, 800
pytestmark = pytest.mark.browser


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("DCC_")}
    command = [sys.executable, "-m", "dcc_core", "demo", "--no-browser", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--patients", "40", "--dir", str(tmp_path / "demo")],
        env=kept,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as output:
        said = next((line for line in output if "http://" in line), "")
        address = re.search(r"http://[\d.:]+", said)
        assert address is not None, said
        yield address[0]
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def test_the_screenshot_of_the_readme_shows_a_record(demo: str, tmp_path: Path) -> None:
    made = tmp_path / "dossier.png"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        page = browser.new_page(
            locale="fr-FR", viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light"
        )
        open_a_record(page, demo)
        page.screenshot(path=made)
        browser.close()
    if os.environ.get("WRITE_SCREENSHOT") == "1":
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_bytes(made.read_bytes())
    assert size_of(made) == size_of(KEPT) == (WIDTH, HEIGHT)
    assert "docs/images/dossier.png" in (ROOT / "README.md").read_text(encoding="utf-8")


def open_a_record(page: Page, address: str) -> None:
    """Sign in as a physician of the demonstration and open a record of theirs."""
    page.goto(f"{address}/connexion")
    physician = page.get_by_label("Personne fictive")
    physician.select_option(label="Dr Claire DÉMO-MARTIN, Médecin")
    page.get_by_role("button", name="Entrer dans la démonstration").click()
    page.goto(f"{address}/patients")
    page.get_by_label("Nom de naissance ou nom utilisé").fill("DÉMO-B")
    found = page.locator("#resultats a[href^='/patients/']")
    found.first.wait_for()
    for link in sorted(found.evaluate_all("all => all.map(each => each.getAttribute('href'))")):
        page.goto(f"{address}{link}")
        if page.get_by_text("En vigueur").count():
            return
    raise AssertionError("no record of the demonstration is in the physician's care")


def size_of(image: Path) -> tuple[int, int]:
    """Return width and height of a PNG (PNG specification, 11.2.2)."""
    width, height = struct.unpack(">II", image.read_bytes()[16:24])
    return width, height
