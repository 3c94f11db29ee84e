"""The plugin printed in docs/connect-a-laboratory.md is whole, short, and works."""

import re
import types
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from dcc_core.api import Database, PatientIdentifier, RawMessage, add_identifier, receive_message
from dcc_core.testing.exchange import demo_workshop, work
from dcc_core.testing.patients import qualified_patient
from dcc_lab_connectors.settings import LabSettings

PAGE = Path(__file__).parents[3] / "docs" / "connect-a-laboratory.md"
REPORT = """BIOPATH 1
number: B-1
hospital: 1.2.250.1.999.1
ipp: 900001
name: DÉMO-MARTIN
given: Zoé
born: 1957-03-12
sex: F

Carcinome infiltrant.
"""


def printed_blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.fixture
def biopath() -> Any:
    [code] = [block for block in printed_blocks() if "class BiopathPlugin" in block]
    assert len(code.splitlines()) < 60
    module = types.ModuleType("biopath")
    exec(compile(code, str(PAGE), "exec"), module.__dict__)  # noqa: S102 - the page's own code
    return module


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (REPORT, "processed"),
        (REPORT.replace("Zoé", "Zoa"), "quarantined"),
        ("BIOPATH 1\n", "failed"),
    ],
)
def test_printed_plugin_files_reports(
    biopath: Any, database: Database, tmp_path: Path, content: str, state: str
) -> None:
    workshop = demo_workshop(database, tmp_path, ("biopath", biopath.BiopathPlugin({})))
    with database.session() as session:
        patient = qualified_patient(session, 1)
        add_identifier(session, patient.id, PatientIdentifier("1.2.250.1.999.1", "900001"))
        raw = RawMessage("drop", "b1.txt", content.encode())
        receive_message(session, raw, clock=workshop.clock)
    work(workshop)
    with database.reading() as session:
        found = session.execute(text("SELECT state FROM core_inbox")).scalar_one()
    assert found == state


def test_printed_settings_are_accepted() -> None:
    [block] = [block for block in printed_blocks() if "PluginEntry(" in block]
    entry: Any = {}
    exec(f"entry = {block}", {"PluginEntry": dict}, entry)  # noqa: S102 - the page's own code
    settings = LabSettings.model_validate(entry["entry"]["settings"])
    assert settings.declared_peers[0].senders == (("GAM", "CHU"), ("SGL", "CHU"))
