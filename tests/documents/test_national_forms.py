"""Every test case of every national form, rendered to CDA and read by the national checker."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from dcc_core.api import PermanentExchangeError
from dcc_rcp_forms.cli.group import forms
from dcc_rcp_forms.composition.catalogue import NATIONAL_PACK
from dcc_rcp_forms.exports.formats import FORMATS, example_fiche
from dcc_rcp_forms.language.model import Example, Phase
from dcc_rcp_forms.linter.lint import lint_file
from dcc_rcp_forms.loading import LoadedForm

REPOSITORY = Path(__file__).resolve().parents[2]

REFUSED = {
    ("socle-frcp", "dossier enregistré hors référentiel, présenté a posteriori, sans quorum"),
    ("socle-frcp", "dossier enregistré conforme, la référence est exigée"),
}
"""Cases only recorded, without the guideline that was applied: the form itself holds them back,
and the volet has no way to write them.
"""
CASES_AT_LEAST = 94
"""The pack only grows: a check of nothing would pass."""

REASON = (
    "il manque le référentiel appliqué, qu'un cas enregistré sans discussion doit citer. "
    "Complétez la fiche"
)


def each_case() -> Iterator[tuple[LoadedForm, Example]]:
    for path in sorted(NATIONAL_PACK.glob("*.yaml")):
        loaded = lint_file(path).loaded
        assert loaded is not None, path
        for example in loaded.form.examples:
            yield loaded, example


@pytest.fixture(scope="module")
def checker() -> ModuleType:
    """The national checker: it stands beside the checkout and shares no code with the product."""
    named = os.environ.get("DCC_SHARED")
    beside = (REPOSITORY / "../shared", REPOSITORY / "../../shared")
    for folder in [Path(named)] if named else beside:
        file = folder.resolve() / "tools/validate_cda.py"
        if file.is_file():
            spec = importlib.util.spec_from_file_location("national_checker", file)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
    pytest.skip("reference data absent: set DCC_SHARED to the folder that holds ci-sis/")


def test_every_case_has_neither_error_nor_warning(checker: ModuleType, tmp_path: Path) -> None:
    data = Path(str(checker.__file__)).parents[1] / "ci-sis"
    validator = checker.Validator(data, "FRCP", checker.LEVELS)
    file = tmp_path / "fiche.xml"
    accepted, found, refused = 0, {}, set()
    for loaded, example in each_case():
        case = (loaded.form.id, example.name)
        try:
            file.write_bytes(FORMATS["cda"](loaded, example))
        except PermanentExchangeError:
            refused.add(case)
            continue
        said = validator.check(file)
        idle = [level for level, rules in validator.fired.items() if not rules]
        assert not idle, f"{case}: no rule of {idle} met the document"
        accepted += not said
        if said:
            found[case] = [f"{one.severity} {one.level} {one.message}" for one in said]
    assert found == {}
    assert refused == REFUSED
    assert accepted + len(refused) >= CASES_AT_LEAST


def test_what_is_refused_is_held_back_by_its_form_and_told() -> None:
    cases = {(loaded.form.id, example.name): (loaded, example) for loaded, example in each_case()}
    for case in REFUSED:
        loaded, example = cases[case]
        state = example_fiche(loaded, example).state
        awaited = "référentiel" in state.missing_at(Phase.AFTER)
        assert awaited or state.blockers("validation"), case
        assert not state.can_end(Phase.AFTER)
        path = NATIONAL_PACK / f"{case[0]}.yaml"
        told = CliRunner().invoke(forms, ["export", str(path), "--to", "cda", "--essai", case[1]])
        assert told.exit_code == 1
        assert REASON in told.stderr
        assert b"ClinicalDocument" not in told.stdout_bytes
