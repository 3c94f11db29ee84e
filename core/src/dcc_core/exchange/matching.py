"""To whom a message belongs: the only place where an interface reaches a patient's record.

A message is attached when its identifiers designate exactly one record and every strict trait is
equal, or when a person said so. Anything else waits in quarantine with its reason.
"""

from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel import Session

from dcc_core.config import Environment, Region, Settings
from dcc_core.exchange.tables import InboxMessage
from dcc_core.hooks.contracts.identity import PatientTraits
from dcc_core.patients import match_patient, resolve_patient, system_of


@dataclass(frozen=True, slots=True)
class Attribution:
    """The patient a message belongs to, or why nobody can be named.

    Attributes:
        report: Reasons, candidates and names of differing traits, for the person who decides. No
            values: they are read again from the message when it is shown.
    """

    patient_id: UUID | None
    reason: str = ""
    report: dict[str, object] = field(default_factory=dict)


def trusted_systems(region: Region) -> frozenset[str]:
    """Return the authorities whose patient numbers designate patients of this region."""
    declared = {each.patient_oid for each in region.establishments if each.patient_oid}
    return frozenset(declared | {system_of(each) for each in region.establishments})


def attribute_message(
    session: Session,
    message: InboxMessage,
    traits: PatientTraits | None,
    *,
    region: Region,
    settings: Settings,
) -> Attribution:
    """Return the patient that a message belongs to."""
    if message.attached_to is not None:
        return Attribution(resolve_patient(session, message.attached_to))
    if traits is None:
        return Attribution(None, "no_identity")
    match = match_patient(
        session,
        traits,
        trusted_systems=trusted_systems(region),
        environment=Environment(settings.env),
    )
    report: dict[str, object] = {
        "reasons": [reason.value for reason in match.reasons],
        "candidates": [str(candidate) for candidate in match.candidate_ids],
        "differences": list(match.differences),
    }
    if match.patient_id is not None:
        return Attribution(resolve_patient(session, match.patient_id), report=report)
    return Attribution(None, match.reasons[-1].value, report)
