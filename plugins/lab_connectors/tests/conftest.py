"""Where the official examples are, and the messages that tests share."""

import os
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).resolve().parents[3]


def _examples_folder() -> Path | None:
    places = [Path(os.environ["DCC_SHARED"])] if "DCC_SHARED" in os.environ else []
    places += [_REPOSITORY.parent / "shared", _REPOSITORY.parent.parent / "shared"]
    folders = (place / "hl7-examples" for place in places)
    return next((folder for folder in folders if folder.is_dir()), None)


_EXAMPLES = _examples_folder()
EXAMPLE_FILES = (
    sorted(path for path in _EXAMPLES.iterdir() if path.name[:3].isdigit()) if _EXAMPLES else []
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that asks for `example` each official file; none found is a visible skip."""
    if "example" in metafunc.fixturenames:
        metafunc.parametrize("example", EXAMPLE_FILES, ids=lambda path: path.name[:3])


@pytest.fixture(scope="session")
def examples() -> dict[str, bytes]:
    """Official examples by their number, `examples["004"]`."""
    if not EXAMPLE_FILES:
        pytest.skip("official HL7 examples not found: set DCC_SHARED to the reference folder")
    return {path.name[:3]: path.read_bytes() for path in EXAMPLE_FILES}
