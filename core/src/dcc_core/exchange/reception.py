"""Reception: keep the bytes first, once, whatever they turn out to be.

Messages that arrive together share their statements: one that asks what is known, one that inserts
what is new, one that audits. The database then costs a batch little more than one message.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import import_module
from typing import Any

from sqlalchemy import Insert, bindparam, select, update
from sqlmodel import Session

from dcc_core.audit import AuditLine, Outcome, record_events
from dcc_core.config import Clock, utc_now
from dcc_core.db.tables import METADATA
from dcc_core.db.text import storable_text
from dcc_core.exchange.states import InboxState
from dcc_core.exchange.tables import InboxMessage
from dcc_core.hooks.contracts.labs import InboundOutcome, RawMessage

MAX_BYTES = 50 * 1024 * 1024
"""Largest message kept; of a larger one only the envelope is."""

MAX_TEXT = 200

TOO_LARGE = "too_large"
REUSED = "message_id_reused"
"""Flag of a message that bears the identifier of another one."""

_Key = tuple[str, str, str]
_TABLE = METADATA.tables[str(InboxMessage.__tablename__)]
_AUDITED = ("id", "patient_id", "digest", "size_bytes", "reason")
_KEY = (_TABLE.c.source, _TABLE.c.message_id, _TABLE.c.fingerprint)
_KNOWN = select(*_KEY).where(
    _TABLE.c.source.in_(bindparam("sources", expanding=True)),
    _TABLE.c.message_id.in_(bindparam("ids", expanding=True)),
)


@dataclass(frozen=True, slots=True)
class Reception:
    """A message at the door.

    Attributes:
        fingerprint: SHA-256 of what identifies the content, when a resending changes parts of it
            (HL7 v2 MSH-7); the digest of all the bytes by default.
        refusal: Code of the reason for which the interface refuses the message; its bytes are kept
            for support, and it is never processed.
    """

    raw: RawMessage
    fingerprint: str = ""
    refusal: str = ""


def receive_message(
    session: Session,
    raw: RawMessage,
    *,
    fingerprint: str = "",
    refusal: str = "",
    max_bytes: int = MAX_BYTES,
    clock: Clock = utc_now,
) -> InboundOutcome:
    """Keep one message; see ``receive_messages`` and, for the arguments, ``Reception``."""
    reception = Reception(raw, fingerprint, refusal)
    [outcome] = receive_messages(session, [reception], max_bytes=max_bytes, clock=clock)
    return outcome


def receive_messages(
    session: Session,
    receptions: Sequence[Reception],
    *,
    max_bytes: int = MAX_BYTES,
    clock: Clock = utc_now,
) -> list[InboundOutcome]:
    """Keep messages, in order. Acknowledge them to their senders only after the session's
    transaction committed.

    The same source, message id and content a second time has no second effect. The same id with
    other content is a message of its own, flagged ``message_id_reused``.

    Returns:
        For each, ``STORED``, ``DUPLICATE``, or ``REFUSED`` when the interface refuses the message
        or it is larger than ``max_bytes``; of a message too large only the envelope is kept.
    """
    rows = [_row(each, max_bytes, clock) for each in receptions]
    kept = _insert(session, _new_rows(session, rows))
    outcomes, lines = [], []
    for row in rows:
        number = kept.pop(_key(row), None)
        if number is None:
            row |= _count_duplicate(session, row)
            outcomes.append(InboundOutcome.DUPLICATE)
            lines.append(_line(row, "message.duplicate"))
            continue
        row["id"] = number
        is_refused = row["state"] == InboxState.REFUSED
        outcomes.append(InboundOutcome.REFUSED if is_refused else InboundOutcome.STORED)
        lines.append(_line(row, "message.receive"))
    record_events(session, lines)
    return outcomes


def _row(reception: Reception, max_bytes: int, clock: Clock) -> dict[str, Any]:
    raw, now = reception.raw, clock()
    digest = sha256(raw.content).hexdigest()
    is_too_large = len(raw.content) > max_bytes
    refusal = TOO_LARGE if is_too_large else reception.refusal
    return {
        "source": raw.source,
        "message_id": storable_text(raw.message_id, MAX_TEXT),
        "fingerprint": reception.fingerprint or digest,
        "digest": digest,
        "media_type": storable_text(raw.media_type, 100),
        "meta": {name: storable_text(value, MAX_TEXT) for name, value in raw.meta.items()},
        "content": b"" if is_too_large else raw.content,
        "size_bytes": len(raw.content),
        "state": (InboxState.REFUSED if refusal else InboxState.RECEIVED).value,
        "kind": "",
        "sender": "",
        "reason": refusal,
        "report": {},
        "duplicates": 0,
        "received_at": now,
        "tries": 0,
        "next_at": now,
    }


def _key(row: Mapping[str, Any]) -> _Key:
    return row["source"], row["message_id"], row["fingerprint"]


def _new_rows(session: Session, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows that nothing known equals, each once, flagged when their id is in use."""
    names = {
        "sources": list({row["source"] for row in rows}),
        "ids": list({row["message_id"] for row in rows}),
    }
    known: set[_Key] = set(map(tuple, session.connection().execute(_KNOWN, names)))
    used = {key[:2] for key in known}
    fresh = []
    for row in rows:
        key = _key(row)
        if key in known:
            continue
        if key[:2] in used and row["message_id"]:
            row["report"] = {"flags": [REUSED]}
        known.add(key)
        used.add(key[:2])
        fresh.append(row)
    return fresh


def _insert(session: Session, rows: Sequence[dict[str, Any]]) -> dict[_Key, int]:
    """Insert and return the number of each row; one that another process inserted meanwhile has
    none.
    """
    if not rows:
        return {}
    found = session.connection().execute(_insert_once(session.get_bind().dialect.name), rows)
    return {(source, identifier, mark): number for number, source, identifier, mark in found}


def _count_duplicate(session: Session, row: Mapping[str, Any]) -> dict[str, Any]:
    """Count a repetition, and return what the audit says of the message already kept."""
    source, message_id, fingerprint = _key(row)
    counted = session.connection().execute(
        update(_TABLE)
        .where(
            _TABLE.c.source == source,
            _TABLE.c.message_id == message_id,
            _TABLE.c.fingerprint == fingerprint,
        )
        .values(duplicates=_TABLE.c.duplicates + 1)
        .returning(*(_TABLE.c[name] for name in _AUDITED))
    )
    return {**counted.mappings().one(), "state": InboxState.RECEIVED.value}


def _line(row: Mapping[str, Any], event: str) -> AuditLine:
    is_refused = row["state"] == InboxState.REFUSED
    return AuditLine(
        event,
        patient_id=row.get("patient_id"),
        object_kind="inbox_message",
        outcome=Outcome.FAILURE if is_refused else Outcome.SUCCESS,
        reason=row["reason"],
        details={
            "message": row["id"],
            "source": row["source"],
            "digest": row["digest"],
            "size_bytes": row["size_bytes"],
        },
    )


@cache
def _insert_once(dialect: str) -> Insert:
    """Return the insertion that leaves out what is there already; only its own dialect is loaded,
    because the other costs every start.
    """
    own = import_module(f"sqlalchemy.dialects.{dialect}")
    inserted: Insert = own.insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.id, *_KEY)
    return inserted
