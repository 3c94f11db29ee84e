"""What is known before anyone types: the patient, the meeting, the last fiche, laboratories."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dcc_rcp_forms.engine.stored import Stored, read_stored, stored_from_text
from dcc_rcp_forms.language.model import Field, Form
from dcc_rcp_forms.program.model import Program, Step


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """Facts by origin, as stored answers.

    Attributes:
        patient: `sexe`, `âge`, …
        meeting: `quorum`, …
        last_fiche: answers of the patient's last fiche, already on this version of the form.
        laboratory: LOINC code → value of the last result.
    """

    patient: Mapping[str, Stored] = field(default_factory=dict)
    meeting: Mapping[str, Stored] = field(default_factory=dict)
    last_fiche: Mapping[str, Stored] = field(default_factory=dict)
    laboratory: Mapping[str, Stored] = field(default_factory=dict)


def prefill(form: Form, program: Program, facts: KnownFacts) -> dict[str, tuple[str, Stored]]:
    """Return field → source and answer; a fact that the field would refuse is left out."""
    steps = {step.id: step for step in program.steps}
    return {
        item.id: found
        for item in form.fields()
        if item.is_answerable and (found := _first_fitting(item, steps[item.id], facts))
    }


def _first_fitting(item: Field, step: Step, facts: KnownFacts) -> tuple[str, Stored] | None:
    for source, stored in _candidates(item, step, facts):
        if stored is not None and read_stored(step, stored).value is not None:
            return source, stored
    return None


def _candidates(item: Field, step: Step, facts: KnownFacts) -> Iterator[tuple[str, Stored]]:
    origin = item.source.origin if item.source else ""
    path = (item.source.path if item.source else "") or item.id
    if origin == "patient":
        yield "patient", facts.patient.get(path)
    elif origin == "séance":
        yield "séance", facts.meeting.get(path)
    elif origin == "dernière_fiche":
        yield "reprise", facts.last_fiche.get(path)
    elif item.source and item.source.loinc:
        yield "laboratoire", facts.laboratory.get(item.source.loinc)
    if item.default:
        yield "défaut", stored_from_text(step, item.default.text)
