"""Every form of the national pack is clean, proves itself, and uses national codes."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from dcc_rcp_forms.composition.catalogue import NATIONAL_PACK
from dcc_rcp_forms.engine.examples import run_examples
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.language.model import Choice, Field, Form
from dcc_rcp_forms.linter.lint import LintReport, lint_file
from dcc_rcp_forms.valuesets.collection import Library

FORMS = sorted(NATIONAL_PACK.glob("*.yaml"))
EXPECTED = {
    "socle-frcp", "sein", "prostate", "colon-rectum", "poumon", "vads", "rein", "vessie", "ovaire",
    "endometre", "col", "melanome", "lymphome", "thyroide", "pancreas", "estomac-oesophage",
    "sarcome", "oncogeriatrie", "moleculaire", "soins-support",
}  # fmt: skip

each_form = pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)


@cache
def linted(path: Path) -> LintReport:
    return lint_file(path)


def form_of(path: Path) -> Form:
    loaded = linted(path).loaded
    assert loaded is not None
    return loaded.form


def test_the_pack_is_complete() -> None:
    assert {path.stem for path in FORMS} == EXPECTED


@each_form
def test_the_linter_has_nothing_to_say(path: Path) -> None:
    assert [str(issue) for issue in linted(path).issues] == []


@each_form
def test_examples_pass_and_cover_the_conditions(path: Path) -> None:
    loaded = linted(path).loaded
    assert loaded is not None
    findings = Findings()
    run = run_examples(loaded.form, loaded.program, findings)
    assert [str(issue) for issue in findings] == []
    assert len(run.passed) >= 2
    never = [f"{key.path} {key.role} {key.rank}" for key in run.coverage.never]
    assert run.coverage.ratio >= 0.9, never


def choices_of(form: Form) -> Iterator[tuple[Field, Choice]]:
    for field in form.fields():
        for item in (field, *field.columns):
            for choice in item.choices:
                yield item, choice


@each_form
def test_morphology_codes_are_national(path: Path) -> None:
    national = Library().find("JDV_Morphologie_CISIS")
    assert national is not None
    known = {code.code for code in national.codes}
    for field, choice in choices_of(form_of(path)):
        code = choice.codings.get("cim-o-3")
        assert code is None or code in known, (field.id, choice.code)


@pytest.mark.parametrize(
    ("field_id", "value_set"),
    [
        ("nature", "JDV_NatureDiscussion_CISIS"),
        ("statut_cas", "JDV_StatutCasPresente_CISIS"),
        ("phase_maladie", "JDV_PhaseCancer_CISIS"),
        ("quorum", "JDV_StatutQuorum_CISIS"),
        ("oms", "JDV_OMSEchPerf_CISIS"),
        ("propositions.type_traitement", "JDV_TypeTraitement_FRCP_CISIS"),
    ],
)
def test_the_common_base_holds_every_code_of_the_national_sets(
    field_id: str, value_set: str
) -> None:
    form = form_of(NATIONAL_PACK / "socle-frcp.yaml")
    name, _, column = field_id.partition(".")
    field = form.field(name)
    if column:
        field = next(item for item in field.columns if item.id == column)
    national = Library().find(value_set)
    assert national is not None
    ours = {code for choice in field.choices for code in choice.codings.values()}
    assert ours == {code.code for code in national.codes}


@each_form
def test_every_organ_form_keeps_the_locked_base(path: Path) -> None:
    base = form_of(NATIONAL_PACK / "socle-frcp.yaml")
    ids = {field.id for field in form_of(path).fields()}
    assert {field.id for field in base.fields() if field.lock} <= ids


def test_one_statistic_name_means_one_thing_everywhere() -> None:
    kinds: dict[str, set[str]] = {}
    for path in FORMS:
        for field in form_of(path).fields():
            if field.statistic:
                kinds.setdefault(field.statistic, set()).add(f"{field.kind} {field.unit}")
    assert {name: found for name, found in kinds.items() if len(found) > 1} == {}
