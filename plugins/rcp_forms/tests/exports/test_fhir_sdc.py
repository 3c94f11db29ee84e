"""What the Questionnaire computes and checks, an independent FHIRPath engine computes alike."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from fhirpathpy import evaluate as run_fhirpath  # type: ignore[import-untyped]  # no types
from fhirpathpy.models import models  # type: ignore[import-untyped]  # same

from dcc_rcp_forms.composition.catalogue import NATIONAL_PACK
from dcc_rcp_forms.exports.fhir import lost, questionnaire, response
from dcc_rcp_forms.exports.formats import example_fiche
from dcc_rcp_forms.linter.lint import lint_file
from dcc_rcp_forms.loading import LoadedForm

FORMS = sorted(NATIONAL_PACK.glob("*.yaml"))


def loaded(name: str) -> LoadedForm:
    found = lint_file(NATIONAL_PACK / f"{name}.yaml").loaded
    assert found is not None
    return found


def extensions(form: LoadedForm, name: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}

    def walk(item: dict[str, Any]) -> None:
        for extension in item.get("extension", []):
            if extension["url"].endswith(name):
                found.setdefault(item["linkId"], []).append(extension)
        for child in item.get("item", []):
            walk(child)

    walk(questionnaire(form))
    return found


def fhirpath_of(resource: dict[str, Any], expression: str) -> list[Any]:
    found: list[Any] = run_fhirpath(resource, expression, {"resource": resource}, models["r4"])
    return found


def is_same(ours: Any, theirs: list[Any]) -> bool:
    if ours is None:
        return theirs == []
    if isinstance(ours, float):
        return len(theirs) == 1 and math.isclose(float(theirs[0]), ours, abs_tol=1e-6)
    return theirs == [ours]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_calculated_expressions_compute_what_the_engine_computes(path: Path) -> None:
    form = loaded(path.stem)
    calculated = extensions(form, "calculatedExpression")
    wrong = []
    for example in form.form.examples:
        fiche = example_fiche(form, example)
        resource = json.loads(json.dumps(response(fiche)))
        for name, [extension] in calculated.items():
            if name not in fiche.state.visible:
                continue
            expression = extension["valueExpression"]["expression"]
            theirs = fhirpath_of(resource, expression)
            if not is_same(fiche.state.values.get(name), theirs):
                wrong.append((example.name, name, fiche.state.values.get(name), theirs))
    assert wrong == []


def test_most_of_the_pack_is_carried_and_the_rest_is_told() -> None:
    carried = told = 0
    for path in FORMS:
        form = loaded(path.stem)
        names = [step.id for step in form.program.steps if step.formula]
        calculated = extensions(form, "calculatedExpression")
        carried += len(calculated)
        left = [
            name for name in names if name not in calculated and not form.form.field(name).is_hidden
        ]
        report = " ".join(text for text in lost(form) if text.startswith("calculs"))
        assert all(name in report for name in left)
        told += len(left)
    assert carried > told


def test_checks_become_constraints_that_fail_when_broken() -> None:
    form = loaded("sein")
    constraints = extensions(form, "questionnaire-constraint")
    [constraint] = constraints["ganglions_envahis"]
    parts = {item["url"]: item for item in constraint["extension"]}
    assert parts["severity"]["valueCode"] == "error"
    broken = next(e for e in form.form.examples if e.errors)
    resource = json.loads(json.dumps(response(example_fiche(form, broken))))
    expression = parts["expression"]["valueString"]
    assert fhirpath_of(resource, expression) == [False]
