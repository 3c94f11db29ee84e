"""Write the audit. A failure to write fails the action: nothing happens unseen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from dcc_core.audit.canonical import SEPARATOR, clean, line_of
from dcc_core.audit.context import AuditContext, current_context
from dcc_core.audit.keys import keys_of
from dcc_core.audit.tables import AuditEntry, Outcome
from dcc_core.config import utc_now
from dcc_core.db.bulk import BulkInsert
from dcc_core.db.tables import METADATA

AUDIT_TABLE = METADATA.tables[str(AuditEntry.__tablename__)]
_INSERT = AUDIT_TABLE.insert()
_LAST = (
    select(AUDIT_TABLE.c.sequence, AUDIT_TABLE.c.mac)
    .order_by(AUDIT_TABLE.c.sequence.desc())
    .limit(1)
)
_MANY = 50
Detail = str | int | bool | None | list[str]


@dataclass(frozen=True, slots=True)
class AuditLine:
    """What one line says beside the context; see ``record_event``."""

    event: str
    patient_id: UUID | None = None
    object_kind: str = ""
    object_id: UUID | None = None
    object_version: int | None = None
    outcome: Outcome = Outcome.SUCCESS
    reason: str = ""
    basis: str = ""
    details: Mapping[str, Detail] = field(default_factory=dict)


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
) -> int:
    """Add one line to the audit, in the caller's transaction, with the current context, and return
    its number.

    Args:
        event: Stable code, ``<object>.<verb>`` (``patient.read``, ``document.export``).
        reason: Why, as the actor stated it (break-glass) or as the decision coded it.
        basis: Care relation on which the access was permitted.
        details: Names of fields changed, counts, hashes; never a clinical value, a name or an INS.
    """
    line = AuditLine(
        event=event,
        patient_id=patient_id,
        object_kind=object_kind,
        object_id=object_id,
        object_version=object_version,
        outcome=outcome,
        reason=reason,
        basis=basis,
        details=details or {},
    )
    [row] = _rows(session, [line])
    inserted = session.connection().execute(_INSERT, row)
    (number,) = cast("tuple[int]", inserted.inserted_primary_key)
    return number


def record_events(session: Session, lines: Sequence[AuditLine]) -> None:
    """Add several lines at once, in order, as ``record_event`` adds one; thousands in bulk."""
    rows = _rows(session, lines)
    if len(rows) >= _MANY:
        columns = list(rows[0])
        into = BulkInsert(session.connection(), AUDIT_TABLE, columns)
        into.insert(tuple(row.values()) for row in rows)
    elif rows:
        session.connection().execute(_INSERT, rows)


def body_of(line: str) -> str:
    """Return what a row's code authenticates by itself: its text without number and code."""
    return line[line.index(SEPARATOR) + 1 : line.rindex(SEPARATOR)]


def chained(previous_mac: str, sequence: int, body: str) -> str:
    """Return what the code covers where rows form a chain."""
    return f"{previous_mac}{SEPARATOR}{sequence}{SEPARATOR}{body}"


def is_chained(session: Session) -> bool:
    """Tell whether rows form a chain: where one writer at a time makes it free."""
    return session.get_bind().dialect.name == "sqlite"


def _rows(session: Session, lines: Sequence[AuditLine]) -> list[dict[str, Any]]:
    """Return the rows of some lines, authenticated and where that is free chained.

    They are inserted beside the unit of work: a row that never changes needs no tracking.
    """
    keys, context = keys_of(session), current_context()
    chains = is_chained(session)
    last, previous_mac = _last(session) if chains else (0, "")
    rows = []
    for line in lines:
        row = _row(line, context)
        body = body_of(line_of({**row, "sequence": None, "mac": ""}))
        if chains:
            last += 1
            row["sequence"] = last
            body = chained(previous_mac, last, body)
        row["mac"] = previous_mac = keys.mac(body)
        rows.append(row)
    return rows


def _row(line: AuditLine, context: AuditContext) -> dict[str, Any]:
    return {
        "at": utc_now(),
        "event": line.event,
        "outcome": line.outcome.value,
        "actor_id": context.actor.account_id,
        "actor": _actor(context),
        "purpose": context.purpose.value,
        "patient_id": line.patient_id,
        "object_kind": line.object_kind,
        "object_id": line.object_id,
        "object_version": line.object_version,
        "reason": clean(line.reason, 500),
        "basis": clean(line.basis, 60),
        "correlation_id": clean(context.correlation_id, 40),
        "via": clean(context.via, 40),
        "source_ip": clean(context.source_ip, 45),
        "details": dict(line.details),
    }


def _last(session: Session) -> tuple[int, str]:
    """Return number and code of the row that the next one follows in a chain."""
    found = session.connection().execute(_LAST).first()
    return (found[0], found[1]) if found else (0, "")


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
