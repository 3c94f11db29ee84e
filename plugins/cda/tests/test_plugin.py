"""The plugin inside a region: contract and commands."""

import json

import pytest
from click.testing import CliRunner

from dcc_cda.bench import measure
from dcc_cda.plugin import CdaPlugin
from dcc_cda.specimen import frcp_specimen
from dcc_cda.write.document import write_frcp
from dcc_core.cli.main import root
from dcc_core.testing import contract_tests

test_contract = contract_tests(CdaPlugin)


@pytest.fixture
def dcc(tmp_path, monkeypatch):
    """Run ``dcc`` on a data folder of its own."""
    monkeypatch.setenv("DCC_HOME", str(tmp_path))
    monkeypatch.setenv("DCC_ENV", "test")
    return lambda *arguments: CliRunner().invoke(root, list(map(str, arguments)))


def test_a_document_is_checked_without_national_rules(dcc, tmp_path):
    file = tmp_path / "fiche.xml"
    file.write_bytes(write_frcp(frcp_specimen()))
    told = dcc("documents", "check", file)
    assert told.exit_code == 0, told.output
    assert "Contrôle partiel" in told.output
    assert "Document accepté." in told.output


def test_a_faulty_document_exits_1_and_names_the_rule(dcc, tmp_path):
    file = tmp_path / "fiche.xml"
    file.write_bytes(write_frcp(frcp_specimen()).replace(b"ORG-126", b"ORG-999"))
    told = dcc("documents", "check", file, "--json")
    assert told.exit_code == 1
    verdict = json.loads(told.stdout)
    assert [one["rule"] for one in verdict["findings"]] == ["DCC-COD-2"]
    assert not verdict["accepted"]


def test_rules_are_installed_and_shown(dcc, shared, tmp_path):
    assert "Aucune règle nationale" in dcc("cda", "rules", "show").output
    told = dcc("cda", "rules", "install", shared / "ci-sis")
    assert told.exit_code == 0, told.output
    shown = dcc("cda", "rules", "show", "--json")
    assert json.loads(shown.stdout)["source"] == "ci-sis"
    file = tmp_path / "fiche.xml"
    file.write_bytes(write_frcp(frcp_specimen()))
    assert "Contrôle complet" in dcc("documents", "check", file).output


def test_the_benchmark_measures_each_step_beside_its_floor():
    figures = measure(3, None)
    for name in ("cda_build", "cda_read", "pdf"):
        assert figures[name]["ms"] > 0
        assert figures[name]["floor_ms"] > 0
    assert figures["national_rules"] is False
