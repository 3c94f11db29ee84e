"""Write the audit. A failure to write fails the action: nothing happens unseen."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from dcc_core.audit.canonical import SEPARATOR, clean, line_of
from dcc_core.audit.context import AuditContext, current_context
from dcc_core.audit.keys import keys_of
from dcc_core.audit.tables import AuditEntry, Outcome
from dcc_core.config import utc_now

Detail = str | int | bool | None | list[str]


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
    entry = AuditEntry(
        at=utc_now(),
        event=event,
        outcome=outcome.value,
        actor_id=context.actor.account_id,
        actor=_actor(context),
        purpose=context.purpose.value,
        patient_id=patient_id,
        object_kind=object_kind,
        object_id=object_id,
        object_version=object_version,
        reason=clean(reason, 500),
        basis=clean(basis, 60),
        correlation_id=clean(context.correlation_id, 40),
        via=clean(context.via, 40),
        source_ip=clean(context.source_ip, 45),
        details=dict(details or {}),
    )
    _authenticate(session, entry)
    session.add(entry)
    session.flush()
    return entry


def body_of(line: str) -> str:
    """Return what a row's code authenticates by itself: its text without number and code."""
    return line[line.index(SEPARATOR) + 1 : line.rindex(SEPARATOR)]


def chained(previous_mac: str, sequence: int, body: str) -> str:
    """Return what the code covers where rows form a chain."""
    return f"{previous_mac}{SEPARATOR}{sequence}{SEPARATOR}{body}"


def is_chained(session: Session) -> bool:
    """Tell whether rows form a chain: where one writer at a time makes it free."""
    return session.get_bind().dialect.name == "sqlite"


def _authenticate(session: Session, entry: AuditEntry) -> None:
    """Set the code of a row; in a chain, its number as well, since it follows the last one."""
    keys = keys_of(session)
    body = body_of(line_of(entry.model_dump()))
    if not is_chained(session):
        entry.mac = keys.mac(body)
        return
    last = session.exec(
        select(AuditEntry.sequence, AuditEntry.mac)
        .order_by(col(AuditEntry.sequence).desc())
        .limit(1)
    ).first()
    number, previous_mac = last or (0, "")
    entry.sequence = (number or 0) + 1
    entry.mac = keys.mac(chained(previous_mac, entry.sequence, body))


def _actor(context: AuditContext) -> dict[str, Any]:
    actor = context.actor
    return {
        "national_id": actor.national_id,
        "roles": sorted(actor.roles),
        "organisation": str(actor.organisation_id or ""),
        "session": actor.session_id,
        "acr": actor.acr,
        "fallback": actor.fallback,
    }
