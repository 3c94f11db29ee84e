"""Every form of the national pack is clean and proves itself."""

from pathlib import Path

import pytest

from dcc_rcp_forms.composition.catalogue import NATIONAL_PACK
from dcc_rcp_forms.engine.examples import run_examples
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.loading import load_form

FORMS = sorted(NATIONAL_PACK.glob("*.yaml"))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_form_is_clean_and_its_examples_pass(path: Path) -> None:
    findings = Findings()
    loaded = load_form(path, findings)
    assert loaded is not None
    run = run_examples(loaded.form, loaded.program, findings)
    assert [str(issue) for issue in findings.in_order()] == []
    assert run.failed == ()
    assert run.passed
    never = [f"{key.path} {key.role} {key.rank}" for key in run.coverage.never]
    assert run.coverage.ratio >= 0.9, never
