"""Identity messages: what an interface says of patients, taken only where it cannot harm.

A new identity that resembles nobody is created, provisional. A known one whose traits are equal
gains its local numbers. Anything that would change traits, or join records, waits for the identity
cell: an interface never merges.
"""

from uuid import UUID

from sqlmodel import Session

from dcc_core.config import Clock, Region, Settings
from dcc_core.exchange.matching import Attribution, attribute_message, trusted_systems
from dcc_core.exchange.oppositions import note_oppositions
from dcc_core.exchange.settlement import Settlement, processed, quarantined
from dcc_core.exchange.tables import InboxMessage
from dcc_core.hooks.contracts.identity import PatientTraits
from dcc_core.hooks.contracts.labs import IdentityEvent, ParsedResult
from dcc_core.patients import (
    InvalidTraits,
    MatchReason,
    PatientIn,
    add_identifier,
    create_patient,
    find_strict,
)

_TAKEN = frozenset({IdentityEvent.CREATED, IdentityEvent.UPDATED})


def apply_identity_event(
    session: Session,
    message: InboxMessage,
    result: ParsedResult,
    *,
    region: Region,
    settings: Settings,
    clock: Clock,
) -> Settlement:
    """Take what an identity message brings, or leave it to the identity cell."""
    found = attribute_message(session, message, result.traits, region=region, settings=settings)
    if result.identity_event not in _TAKEN or result.traits is None:
        prior = attribute_message(session, message, result.prior, region=region, settings=settings)
        return _leave_to_the_cell(result, found, prior)
    if found.patient_id is not None:
        _add_numbers(session, found.patient_id, result.traits, message, region, clock)
        settlement = processed(found.patient_id, found.report)
    elif found.reason != MatchReason.UNKNOWN_IDENTIFIER:
        return quarantined(found.reason, found.report)
    else:
        settlement = _create(session, message, result.traits, found, region, clock)
    if settlement.patient_id is not None:
        note_oppositions(
            session,
            result,
            patient_id=settlement.patient_id,
            source=message.source,
            clock=clock,
        )
    return settlement


def _create(
    session: Session,
    message: InboxMessage,
    traits: PatientTraits,
    found: Attribution,
    region: Region,
    clock: Clock,
) -> Settlement:
    try:
        stated = PatientIn.from_traits(traits)
    except InvalidTraits as refused:
        fields = [issue.field for issue in refused.issues]
        return quarantined(refused.code, {**found.report, "fields": fields})
    alike = find_strict(session, stated)
    if alike:
        candidates = [str(match.patient_id) for match in alike]
        return quarantined("possible_duplicate", {**found.report, "candidates": candidates})
    patient = create_patient(session, stated, source=message.source, clock=clock)
    _add_numbers(session, patient.id, traits, message, region, clock)
    return processed(patient.id, {**found.report, "created": True})


def _add_numbers(
    session: Session,
    patient_id: UUID,
    traits: PatientTraits,
    message: InboxMessage,
    region: Region,
    clock: Clock,
) -> None:
    trusted = trusted_systems(region)
    for identifier in traits.identifiers:
        if identifier.system in trusted:
            add_identifier(
                session,
                patient_id,
                identifier,
                establishments=region.establishments,
                source=message.source,
                clock=clock,
            )


def _leave_to_the_cell(result: ParsedResult, found: Attribution, prior: Attribution) -> Settlement:
    """Leave a merge to people, unless they have already done it."""
    is_done = found.patient_id is not None and found.patient_id == prior.patient_id
    if is_done and result.identity_event is IdentityEvent.MERGED:
        return processed(found.patient_id, found.report)
    report = {
        **found.report,
        "kept": str(found.patient_id or ""),
        "prior": str(prior.patient_id or ""),
    }
    return quarantined(result.identity_event.value, report)
