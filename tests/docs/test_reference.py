from pathlib import Path

from dcc_core.checks.reference import reference_pages

FOLDER = Path(__file__).parents[2] / "docs/reference"


def test_the_reference_is_what_the_code_says() -> None:
    for name, text in reference_pages().items():
        written = (FOLDER / name).read_text(encoding="utf-8")
        assert written == text, f"run `dcc plugins reference` to write {name} again"
