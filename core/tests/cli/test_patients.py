import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dcc_core.cli.main import root
from dcc_core.errors import ConfigError


@pytest.fixture
def dcc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that runs a command on a migrated base and reads its JSON."""
    monkeypatch.setenv("DCC_HOME", str(tmp_path))
    monkeypatch.setenv("DCC_ENV", "test")

    def run(*arguments: str) -> Any:
        result = CliRunner().invoke(root, [*arguments, "--json"], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    CliRunner().invoke(root, ["migrate"], catch_exceptions=False)
    return run


def test_a_population_is_made_searched_and_cleaned(dcc: Any) -> None:
    assert dcc("synth", "--patients", "300", "--seed", "4")["patients"] == 300
    pair = dcc("patients", "duplicates", "--scan")[0]

    merged = dcc("patients", "merge", pair["first_id"], pair["second_id"], "--reason", "essai")
    kept = dcc("patients", "show", merged["dropped_id"])
    assert kept["id"] == merged["kept_id"]
    assert kept["merged_ids"] == [merged["dropped_id"]]

    name = kept["birth_family_name"]
    found = dcc("patients", "find", name, kept["birth"])
    assert kept["id"] in {hit["id"] for hit in found["hits"]}

    undone = dcc("patients", "unmerge", str(merged["id"]), "--reason", "essai")
    assert undone["undone_at"]
    assert dcc("patients", "show", merged["dropped_id"])["id"] == merged["dropped_id"]


def test_no_synthetic_patient_enters_production(dcc: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCC_ENV", "production")
    monkeypatch.setenv("DCC_SECRET_KEY", "x" * 48)
    monkeypatch.setenv("DCC_REGION", "")

    with pytest.raises(ConfigError):
        dcc("synth", "--patients", "1")


def test_a_record_to_keep_is_one_of_the_two(dcc: Any) -> None:
    ids = ["00000000-0000-4000-8000-00000000000" + digit for digit in "123"]
    arguments = ["patients", "merge", *ids[:2], "--reason", "essai", "--keep", ids[2]]

    assert CliRunner().invoke(root, arguments).exit_code == 2
