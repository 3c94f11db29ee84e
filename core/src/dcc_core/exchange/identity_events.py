"""Identity messages: what an interface says of patients, taken only where it cannot harm.

A new identity that resembles nobody is created, provisional. A known one whose traits are equal
gains its local numbers. Anything that would change traits, or join records, waits for the identity
cell: an interface never merges.
"""

from datetime import UTC
from uuid import UUID

from sqlmodel import Session, col, select

from dcc_core.config import Clock, Region, Settings
from dcc_core.exchange.matching import Attribution, attribute_message, trusted_systems
from dcc_core.exchange.oppositions import note_oppositions
from dcc_core.exchange.settlement import Settlement, processed, quarantined
from dcc_core.exchange.states import InboxState
from dcc_core.exchange.tables import InboxMessage
from dcc_core.hooks.contracts.identity import PatientTraits
from dcc_core.hooks.contracts.labs import IdentityEvent, ParsedResult
from dcc_core.patients import (
    InvalidTraits,
    MatchReason,
    PatientIn,
    add_identifier,
    create_patient,
    find_by_identifier,
    find_strict,
)

OVERTAKEN = "identity_overtaken"
"""Reason to show a person an update older than one already taken."""

_STATED_AT = "stated_at"
_LOOKED_BACK = 50
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
        prior_id = prior.patient_id or _designated(session, result.prior, region)
        return _leave_to_the_cell(result, found, prior_id)
    if found.patient_id is not None:
        if _is_overtaken(session, message, found.patient_id, result):
            return quarantined(OVERTAKEN, found.report)
        _add_numbers(session, found.patient_id, result.traits, message, region, clock)
        settlement = processed(found.patient_id, found.report)
    elif found.reason != MatchReason.UNKNOWN_IDENTIFIER:
        return quarantined(found.reason, found.report)
    else:
        settlement = _create(session, message, result.traits, found, region, clock)
    if settlement.patient_id is not None:
        settlement.report[_STATED_AT] = _stated_at(result)
        note_oppositions(
            session,
            result,
            patient_id=settlement.patient_id,
            source=message.source,
            clock=clock,
        )
    return settlement


def _is_overtaken(
    session: Session, message: InboxMessage, patient_id: UUID, result: ParsedResult
) -> bool:
    """Tell whether a later state of this identity, of the same source, was already taken."""
    reports = session.exec(
        select(InboxMessage.report)
        .where(
            InboxMessage.patient_id == patient_id,
            InboxMessage.source == message.source,
            InboxMessage.state == InboxState.PROCESSED,
            InboxMessage.id != message.id,
        )
        .order_by(col(InboxMessage.id).desc())
        .limit(_LOOKED_BACK)
    ).all()
    stated = _stated_at(result)
    return any(stated and str(report.get(_STATED_AT, "")) > stated for report in reports)


def _stated_at(result: ParsedResult) -> str:
    """Return the instant as text that sorts: UTC, to the second."""
    instant = result.stated_at or result.sent_at
    return instant.astimezone(UTC).isoformat(timespec="seconds") if instant else ""


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


def _designated(session: Session, prior: PatientTraits | None, region: Region) -> UUID | None:
    """Return the one record that the numbers of a disappearing identity designate.

    Most senders state such an identity by its numbers alone; nothing is attached to it, so that
    its traits need not be compared.
    """
    trusted = trusted_systems(region)
    found = {
        find_by_identifier(session, item.system, item.value)
        for item in (prior.identifiers if prior else ())
        if item.system in trusted
    } - {None}
    return found.pop() if len(found) == 1 else None


def _leave_to_the_cell(
    result: ParsedResult, found: Attribution, prior_id: UUID | None
) -> Settlement:
    """Leave a merge to people, unless they have already done it."""
    is_done = found.patient_id is not None and found.patient_id == prior_id
    if is_done and result.identity_event is IdentityEvent.MERGED:
        return processed(found.patient_id, found.report)
    report = {
        **found.report,
        "kept": str(found.patient_id or ""),
        "prior": str(prior_id or ""),
    }
    return quarantined(result.identity_event.value, report)
