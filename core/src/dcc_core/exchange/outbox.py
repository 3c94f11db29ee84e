"""The outbox: what is owed to other systems and to plugins, written with the change that owes it.

Deliveries of one patient to one destination leave in the order in which they became due. Each
leaves at least once; the idempotency key makes several times count as one.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, inspect, or_
from sqlmodel import Session, col, select

from dcc_core.audit import Outcome, record_event
from dcc_core.config import Clock, utc_now
from dcc_core.db.text import storable_text
from dcc_core.errors import Conflict, DccError, NotFound, PermanentExchangeError
from dcc_core.exchange.leases import LEASE, held, is_due, let_go, next_try, take
from dcc_core.exchange.states import LIVE_STATES, OutboxKind, OutboxState
from dcc_core.exchange.tables import OutboxMessage
from dcc_core.hooks.contracts.outbound import Receipt
from dcc_core.users.notifications import DELIVERY_FAILED, notify_holders

TRIES_EXHAUSTED = "tries_exhausted"
"""Reason of a dead letter that may have arrived without our knowing."""

DESTINATION_ABSENT = "destination_absent"
"""Reason to park a delivery: no plugin of this process serves its destination."""

PREDECESSOR_FAILED = "predecessor_failed"
"""Reason to park a version: whether the one before it arrived is not known."""


def enqueue(
    session: Session,
    *,
    kind: OutboxKind,
    destination: str,
    key: str,
    payload: Mapping[str, Any],
    patient_id: UUID | None = None,
    document_id: UUID | None = None,
    document_version: int | None = None,
    clock: Clock = utc_now,
) -> OutboxMessage:
    """Owe a delivery, in the caller's transaction. The same destination and key again is the same
    delivery.
    """
    known = session.exec(
        select(OutboxMessage).where(
            OutboxMessage.destination == destination, OutboxMessage.key == key
        )
    ).first()
    if known is not None:
        return known
    now = clock()
    message = OutboxMessage(
        kind=kind,
        destination=destination,
        key=key,
        payload=dict(payload),
        patient_id=patient_id,
        document_id=document_id,
        document_version=document_version,
        state=OutboxState.PENDING,
        created_at=now,
        next_at=now,
    )
    session.add(message)
    session.flush()
    return message


def take_delivery(
    session: Session, kinds: Iterable[OutboxKind], *, now: datetime, lease: timedelta = LEASE
) -> OutboxMessage | None:
    """Lease the first delivery that is due and has no earlier one to wait for."""
    return take(session, OutboxMessage, _may_leave(kinds, now), now=now, lease=lease)


def has_due_delivery(session: Session, kinds: Iterable[OutboxKind], *, now: datetime) -> bool:
    """Tell whether a delivery could be taken, without taking any lock."""
    found = session.exec(select(OutboxMessage.id).where(_may_leave(kinds, now)).limit(1))
    return found.first() is not None


def finish_delivery(
    session: Session,
    leased: OutboxMessage,
    receipt: Receipt | None,
    *,
    now: datetime,
    carries_ins: bool = False,
) -> None:
    """Record that a delivery arrived, and offer again those that waited to know whether it did.

    Args:
        carries_ins: Whether the INS left with it: each diffusion of the INS is audited.

    Raises:
        LeaseLost: ``EXC-010`` when the lease was lost meanwhile.
    """
    row = held(session, leased)
    row.state = OutboxState.DELIVERED
    row.finished_at = now
    row.error = ""
    row.reason = ""
    if receipt is not None:
        row.reference = storable_text(receipt.reference, 200)
        row.receipt = {
            "reference": receipt.reference,
            "recipient": receipt.recipient,
            "details": dict(receipt.details),
        }
    let_go(row)
    if row.kind == OutboxKind.DOCUMENT:
        _audit(session, row, "delivery.finish", Outcome.SUCCESS, ins=carries_ins)
        _release(session, _waiting_for(row), clock=lambda: now)


def fail_delivery(
    session: Session, leased: OutboxMessage, error: Exception, *, now: datetime
) -> None:
    """Record a failed try: try again later, or put it among the dead letters.

    Raises:
        LeaseLost: ``EXC-010`` when the lease was lost meanwhile.
    """
    row = held(session, leased)
    row.error = describe(error)
    later = None if isinstance(error, PermanentExchangeError) else next_try(row.tries, now)
    let_go(row)
    if later is not None:
        row.next_at = later
        return
    row.state = OutboxState.DEAD
    row.reason = error.code if isinstance(error, PermanentExchangeError) else TRIES_EXHAUSTED
    row.finished_at = now
    notify_holders(session, "core.exchange.manage", DELIVERY_FAILED, row.destination, now=now)
    _audit(session, row, "delivery.fail", Outcome.FAILURE)


def park_delivery(session: Session, leased: OutboxMessage, reason: str) -> None:
    """Set a delivery aside until what it waits for happens; the try does not count.

    Raises:
        LeaseLost: ``EXC-010`` when the lease was lost meanwhile.
    """
    row = held(session, leased)
    row.state = OutboxState.PARKED
    row.reason = reason
    row.tries -= 1
    let_go(row)
    _audit(session, row, "delivery.park", Outcome.SUCCESS)


def cancel_delivery(session: Session, leased: OutboxMessage, reason: str, *, now: datetime) -> None:
    """Give up a delivery that has lost its object.

    Raises:
        LeaseLost: ``EXC-010`` when the lease was lost meanwhile.
    """
    row = held(session, leased)
    row.state = OutboxState.CANCELLED
    row.reason = reason
    row.finished_at = now
    let_go(row)
    _audit(session, row, "delivery.cancel", Outcome.SUCCESS)


def release_patient(session: Session, patient_id: UUID, *, clock: Clock = utc_now) -> int:
    """Offer the parked deliveries of a patient to the workers again, in their order.

    What they waited for is asked again when each is taken, so releasing too much does no harm.
    """
    return _release(session, col(OutboxMessage.patient_id) == patient_id, clock=clock)


def release_destination(session: Session, destination: str, *, clock: Clock = utc_now) -> int:
    """Offer again the deliveries that waited because nobody served this destination."""
    is_back = (col(OutboxMessage.destination) == destination) & (
        col(OutboxMessage.reason) == DESTINATION_ABSENT
    )
    return _release(session, is_back, clock=clock)


def retry_deliveries(
    session: Session, ids: Iterable[int], *, clock: Clock = utc_now
) -> tuple[OutboxMessage, ...]:
    """Offer dead or waiting deliveries to the workers at once, as an operator decided.

    Raises:
        NotFound: ``EXC-005`` a delivery does not exist.
        Conflict: ``EXC-006`` a delivery already arrived, was given up, or is on its way.
    """
    rows = tuple(_find(session, identifier) for identifier in ids)
    now = clock()
    for row in rows:
        is_held = row.lease_until is not None and row.lease_until > now
        if is_held or row.state in {OutboxState.DELIVERED, OutboxState.CANCELLED}:
            raise Conflict(
                "EXC-006",
                f"L'envoi {row.id} est déjà parti, abandonné ou en cours. Rechargez la liste.",
                delivery=row.id,
            )
        row.tries = 0
        _offer_again(row, now)
        _audit(session, row, "delivery.retry", Outcome.SUCCESS)
    return rows


def describe(error: Exception) -> str:
    """Return what may be kept and shown of an error: our own sentences, otherwise only its kind."""
    if isinstance(error, DccError):
        return f"{error.code} {error.text}"[:500]
    return type(error).__name__


_earlier = inspect(OutboxMessage).local_table.alias("earlier").c
_IS_WAITED_FOR = exists().where(
    _earlier.patient_id == OutboxMessage.patient_id,
    _earlier.destination == OutboxMessage.destination,
    _earlier.state.in_(LIVE_STATES),
    _earlier.id < OutboxMessage.id,
)
"""An earlier delivery of the same patient to the same destination has not ended."""


def _may_leave(kinds: Iterable[OutboxKind], now: datetime) -> ColumnElement[bool]:
    return (
        (col(OutboxMessage.state) == OutboxState.PENDING)
        & col(OutboxMessage.kind).in_([kind.value for kind in kinds])
        & is_due(OutboxMessage, now)
        & or_(col(OutboxMessage.patient_id).is_(None), ~_IS_WAITED_FOR)
    )


def _release(session: Session, which: ColumnElement[bool], *, clock: Clock) -> int:
    rows = session.exec(
        select(OutboxMessage)
        .where(which, OutboxMessage.state == OutboxState.PARKED)
        .order_by(col(OutboxMessage.id))
        .with_for_update()
    ).all()
    for row in rows:
        _offer_again(row, clock())
    return len(rows)


def _waiting_for(row: OutboxMessage) -> ColumnElement[bool]:
    """Return the condition of later deliveries of the same document to the same destination."""
    return (
        (col(OutboxMessage.document_id) == row.document_id)
        & (col(OutboxMessage.destination) == row.destination)
        & (col(OutboxMessage.reason) == PREDECESSOR_FAILED)
    )


def _offer_again(row: OutboxMessage, now: datetime) -> None:
    row.state = OutboxState.PENDING
    row.reason = ""
    row.finished_at = None
    row.next_at = now


def _find(session: Session, delivery_id: int) -> OutboxMessage:
    row = session.exec(
        select(OutboxMessage).where(OutboxMessage.id == delivery_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound(
            "EXC-005",
            f"L'envoi {delivery_id} n'existe pas. Vérifiez son numéro.",
            delivery=delivery_id,
        )
    return row


def _audit(
    session: Session, row: OutboxMessage, event: str, outcome: Outcome, **facts: bool
) -> None:
    record_event(
        session,
        event,
        patient_id=row.patient_id,
        object_kind="delivery",
        object_id=row.document_id,
        object_version=row.document_version,
        outcome=outcome,
        reason=row.reason,
        details={
            "delivery": row.id,
            "destination": row.destination,
            "tries": row.tries,
            **facts,
        },
    )
