"""Write the audit. A failure to write fails the action: nothing happens unseen."""

from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from dcc_core.audit.canonical import FIELDS, SEPARATOR, clean, line_of
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
_BULK = tuple(name for name in FIELDS if name not in {"sequence", "mac"})
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
) -> int:
    """Add one line to the audit, in the caller's transaction, with the current context, and return
    its number.

    Args:
        event: Stable code, ``<object>.<verb>`` (``patient.read``, ``document.export``).
        reason: Why, as the actor stated it (break-glass) or as the decision coded it.
        basis: Care relation on which the access was permitted.
        details: Names of fields changed, counts, hashes; never a clinical value, a name or an INS.
    """
    context = current_context()
    return _insert(
        session,
        {
            "at": utc_now(),
            "event": event,
            "outcome": outcome.value,
            "actor_id": context.actor.account_id,
            "actor": _actor(context),
            "purpose": context.purpose.value,
            "patient_id": patient_id,
            "object_kind": object_kind,
            "object_id": object_id,
            "object_version": object_version,
            "reason": clean(reason, 500),
            "basis": clean(basis, 60),
            "correlation_id": clean(context.correlation_id, 40),
            "via": clean(context.via, 40),
            "source_ip": clean(context.source_ip, 45),
            "details": dict(details or {}),
        },
    )


def record_events(
    session: Session,
    event: str,
    objects: Sequence[tuple[UUID, UUID]],
    *,
    object_kind: str,
    details: Mapping[str, Detail],
) -> None:
    """Add one line for each of many objects that one act brought or took: an import, in bulk.

    Args:
        objects: Patient and object of each line.
    """
    context, keys, now = current_context(), keys_of(session), utc_now()
    common = {
        "at": now,
        "event": event,
        "outcome": Outcome.SUCCESS.value,
        "actor_id": context.actor.account_id,
        "actor": _actor(context),
        "purpose": context.purpose.value,
        "object_kind": object_kind,
        "object_version": 1,
        "reason": "",
        "basis": "",
        "correlation_id": clean(context.correlation_id, 40),
        "via": clean(context.via, 40),
        "source_ip": clean(context.source_ip, 45),
        "details": dict(details),
    }
    in_chain = is_chained(session)
    last, mac = _last(session) if in_chain else (0, "")
    rows = []
    for number, (patient_id, object_id) in enumerate(objects, start=last + 1):
        row = {**common, "patient_id": patient_id, "object_id": object_id}
        body = body_of(line_of({**row, "sequence": None, "mac": ""}))
        mac = keys.mac(chained(mac, number, body) if in_chain else body)
        rows.append((*(row[name] for name in _BULK), mac, *((number,) if in_chain else ())))
    columns = (*_BULK, "mac", *(("sequence",) if in_chain else ()))
    BulkInsert(session.connection(), AUDIT_TABLE, columns).insert(rows)


def body_of(line: str) -> str:
    """Return what a row's code authenticates by itself: its text without number and code."""
    return line[line.index(SEPARATOR) + 1 : line.rindex(SEPARATOR)]


def chained(previous_mac: str, sequence: int, body: str) -> str:
    """Return what the code covers where rows form a chain."""
    return f"{previous_mac}{SEPARATOR}{sequence}{SEPARATOR}{body}"


def is_chained(session: Session) -> bool:
    """Tell whether rows form a chain: where one writer at a time makes it free."""
    return session.get_bind().dialect.name == "sqlite"


def _insert(session: Session, values: dict[str, Any]) -> int:
    """Insert at once, beside the unit of work: a row that never changes needs no tracking."""
    keys = keys_of(session)
    body = body_of(line_of({**values, "sequence": None, "mac": ""}))
    if is_chained(session):
        last, previous_mac = _last(session)
        values["sequence"] = last + 1
        body = chained(previous_mac, last + 1, body)
    values["mac"] = keys.mac(body)
    inserted = session.connection().execute(_INSERT, values)
    (number,) = cast("tuple[int]", inserted.inserted_primary_key)
    return number


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
