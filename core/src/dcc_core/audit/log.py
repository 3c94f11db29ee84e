"""Write the audit. A failure to write fails the action: nothing happens unseen."""

from collections.abc import Mapping
from uuid import UUID

from sqlmodel import Session

from dcc_core.audit.context import current_context
from dcc_core.audit.tables import AuditEntry, Outcome
from dcc_core.config import utc_now

Detail = str | int | float | bool | None | list[str]


def record_event(
    session: Session,
    event: str,
    *,
    patient_id: UUID | None = None,
    object_kind: str = "",
    object_id: UUID | None = None,
    object_version: int | None = None,
    outcome: Outcome = Outcome.SUCCESS,
    reason: str = "",
    basis: str = "",
    details: Mapping[str, Detail] | None = None,
) -> AuditEntry:
    """Add one line to the audit, in the caller's transaction, with the current context.

    Args:
        event: Stable code, ``<object>.<verb>`` (``patient.read``, ``document.export``).
        reason: Why, as the actor stated it (break-glass) or as the decision coded it.
        basis: Care relation on which the access was permitted.
        details: Names of fields changed, counts, hashes; never a clinical value, a name or an INS.
    """
    context = current_context()
    actor = context.actor
    entry = AuditEntry(
        at=utc_now(),
        event=event,
        outcome=outcome,
        actor_id=actor.account_id,
        actor={
            "national_id": actor.national_id,
            "roles": sorted(actor.roles),
            "organisation": str(actor.organisation_id or ""),
            "session": actor.session_id,
            "acr": actor.acr,
            "fallback": actor.fallback,
        },
        purpose=context.purpose,
        patient_id=patient_id,
        object_kind=object_kind,
        object_id=object_id,
        object_version=object_version,
        reason=reason,
        basis=basis,
        correlation_id=context.correlation_id,
        via=context.via,
        source_ip=context.source_ip,
        details=dict(details or {}),
    )
    session.add(entry)
    session.flush()
    return entry
