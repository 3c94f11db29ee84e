"""SDC extensions of a Questionnaire (HL7 FHIR Structured Data Capture 3.0.0): what is computed,
what must hold, what is filled before anyone types. What FHIRPath cannot say is left out and told.
"""

from collections.abc import Iterator
from typing import Any

from dcc_rcp_forms.exports.fhirpath import fhirpath
from dcc_rcp_forms.language.model import Field, FieldKind, Level
from dcc_rcp_forms.loading import LoadedForm
from dcc_rcp_forms.program.model import Step

Resource = dict[str, Any]

_SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition"
_CONSTRAINT = "http://hl7.org/fhir/StructureDefinition/questionnaire-constraint"
_PATIENT = {
    "date_naissance": "%patient.birthDate",
    "nom": "%patient.name.first().family",
    "prénom": "%patient.name.first().given.first()",
}
_SEVERITIES = {Level.ERROR: "error", Level.ATTENTION: "warning", Level.INFORMATION: "warning"}


def sdc_extensions(field: Field, step: Step, loaded: LoadedForm) -> Iterator[Resource]:
    """Yield the SDC extensions of a field."""
    if calculated := _calculated(step, loaded):
        yield _expression("calculatedExpression", calculated)
    if initial := _initial(field):
        yield _expression("initialExpression", initial)
    yield from _constraints(step, loaded)


def not_carried(loaded: LoadedForm) -> list[str]:
    """Tell which computed values, checks and fillings the Questionnaire does not carry."""
    steps = {step.id: step for step in loaded.program.steps}
    fields = list(loaded.form.fields())
    groups = (
        (
            "calculs sans équivalent FHIRPath",
            [f.id for f in fields if steps[f.id].formula and not _calculated(steps[f.id], loaded)],
        ),
        (
            "contrôles sans équivalent FHIRPath",
            [f.id for f in fields if len(list(_constraints(steps[f.id], loaded))) < len(f.checks)],
        ),
        (
            "pré-remplissages sans équivalent",
            [f.id for f in fields if f.source and not f.source.loinc and not _initial(f)],
        ),
    )
    return [f"{words} ({', '.join(names)})" for words, names in groups if names]


def _calculated(step: Step, loaded: LoadedForm) -> str | None:
    return fhirpath(step.formula, loaded) if step.formula else None


def _initial(field: Field) -> str:
    if field.source is None or field.source.origin != "patient":
        return ""
    fits = field.kind in {FieldKind.TEXT, FieldKind.DATE}
    return _PATIENT.get(field.source.path, "") if fits else ""


def _constraints(step: Step, loaded: LoadedForm) -> Iterator[Resource]:
    for rank, rule in enumerate(step.constraints, 1):
        expression = fhirpath(rule.core, loaded) if rule.origin == "contrôle" else None
        if expression:
            yield {
                "url": _CONSTRAINT,
                "extension": [
                    {"url": "key", "valueId": f"controle-{rank}"},
                    {"url": "severity", "valueCode": _SEVERITIES[rule.level]},
                    {"url": "expression", "valueString": expression},
                    {"url": "human", "valueString": rule.message},
                ],
            }


def _expression(name: str, expression: str) -> Resource:
    return {
        "url": f"{_SDC}/sdc-questionnaire-{name}",
        "valueExpression": {"language": "text/fhirpath", "expression": expression},
    }
