"""Look at the audit: by time, person, patient or event, newest first, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dcc_core.audit.log import record_event
from dcc_core.audit.tables import AuditEntry

MAX_ROWS = 500


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which rows to show; an empty field does not restrict. ``event`` may end with a dot: all of
    an object's events.
    """

    actor_id: UUID | None = None
    patient_id: UUID | None = None
    event: str = ""
    outcome: str = ""
    since: datetime | None = None
    until: datetime | None = None


def list_entries(
    session: Session, *, wanted: AuditFilter, before: int | None = None, limit: int = 50
) -> Sequence[AuditEntry]:
    """Return rows, newest first. Looking at the audit is itself audited.

    Args:
        before: Number of the last row of the page before.
    """
    statement = select(AuditEntry).order_by(col(AuditEntry.sequence).desc())
    if before is not None:
        statement = statement.where(col(AuditEntry.sequence) < before)
    if wanted.actor_id is not None:
        statement = statement.where(AuditEntry.actor_id == wanted.actor_id)
    if wanted.patient_id is not None:
        statement = statement.where(AuditEntry.patient_id == wanted.patient_id)
    if wanted.event.endswith("."):
        statement = statement.where(col(AuditEntry.event).startswith(wanted.event, autoescape=True))
    elif wanted.event:
        statement = statement.where(AuditEntry.event == wanted.event)
    if wanted.outcome:
        statement = statement.where(AuditEntry.outcome == wanted.outcome)
    if wanted.since is not None:
        statement = statement.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(AuditEntry.at < wanted.until)
    found = session.exec(statement.limit(min(limit, MAX_ROWS))).all()
    record_event(
        session,
        "audit.read",
        patient_id=wanted.patient_id,
        details={"rows": len(found), "event": wanted.event, "actor": str(wanted.actor_id or "")},
    )
    return found
