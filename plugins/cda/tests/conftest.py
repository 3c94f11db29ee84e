import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data beside the checkout."""
    candidates = (REPOSITORY / "../shared", REPOSITORY / "../../shared")
    named = os.environ.get("DCC_SHARED")
    for folder in [Path(named)] if named else candidates:
        if (folder / "ci-sis").is_dir():
            return folder.resolve()
    pytest.skip("reference data absent: set DCC_SHARED to the folder that holds ci-sis/")


@pytest.fixture(scope="session")
def checker(shared: Path) -> ModuleType:
    """The national checker, an outside judge that shares no code with the product."""
    spec = importlib.util.spec_from_file_location("checker", shared / "tools/validate_cda.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def findings(checker: ModuleType, shared: Path, tmp_path_factory: pytest.TempPathFactory):
    """Return what the national checker says of an FRCP, one line per error or warning."""
    validator = checker.Validator(shared / "ci-sis", "FRCP", checker.LEVELS)
    folder = tmp_path_factory.mktemp("cda")

    def check(content: bytes) -> list[str]:
        file = folder / "document.xml"
        file.write_bytes(content)
        return [f"{one.severity} {one.level} {one.message}" for one in validator.check(file)]

    return check
