"""One step of a worker: take a delivery, attempt it, record what came of it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dcc_core.audit import AuditContext, audit_context
from dcc_core.exchange.event_codec import load_event
from dcc_core.exchange.leases import LeaseLost
from dcc_core.exchange.outbox import (
    DESTINATION_ABSENT,
    cancel_delivery,
    fail_delivery,
    finish_delivery,
    has_due_delivery,
    park_delivery,
    take_delivery,
)
from dcc_core.exchange.states import EVENT_DESTINATION, OutboxKind
from dcc_core.exchange.tables import OutboxMessage
from dcc_core.exchange.workshop import Workshop
from dcc_core.hooks.contracts.outbound import Receipt

logger = logging.getLogger(__name__)

EVENT_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Delivered:
    """It arrived; ``carries_ins`` when the INS left with it."""

    receipt: Receipt | None = None
    carries_ins: bool = False


@dataclass(frozen=True, slots=True)
class Parked:
    """It waits for something that will release it; ``reason`` is a stable code."""

    reason: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """It has lost its object; ``reason`` is a stable code."""

    reason: str


Verdict = Delivered | Parked | Cancelled
Handler = Callable[[Workshop, OutboxMessage], Verdict]
"""Attempt one delivery. Raising means: failed, to be tried again unless the error is permanent."""


def deliver_next(workshop: Workshop, handlers: Mapping[OutboxKind, Handler]) -> bool:
    """Attempt the next delivery of these kinds; return False when none is due."""
    kinds: Sequence[OutboxKind] = tuple(handlers)
    with workshop.database.reading() as session:
        if not has_due_delivery(session, kinds, now=workshop.clock()):
            return False
    with workshop.database.session() as session:
        leased = take_delivery(session, kinds, now=workshop.clock(), lease=workshop.lease)
    if leased is None:
        return False
    with audit_context(AuditContext(via=leased.destination[:40], correlation_id=str(leased.id))):
        _attempt(workshop, leased, handlers[OutboxKind(leased.kind)])
    return True


def deliver_event(workshop: Workshop, leased: OutboxMessage) -> Verdict:
    """Hand an event to the plugin that listens."""
    plugin = leased.destination.removeprefix(EVENT_DESTINATION)
    if plugin not in workshop.dispatcher.plugins:
        return Parked(DESTINATION_ABSENT)
    event = load_event(leased.payload)
    workshop.ask(
        plugin,
        lambda: workshop.dispatcher.queued("dcc_event", plugin, event=event),
        timeout_s=EVENT_TIMEOUT_S,
    )
    return Delivered()


def _attempt(workshop: Workshop, leased: OutboxMessage, handler: Handler) -> None:
    try:
        try:
            verdict = handler(workshop, leased)
        except Exception as error:  # noqa: BLE001 - whatever a plugin raises, the delivery is kept
            _record_failure(workshop, leased, error)
        else:
            _record(workshop, leased, verdict)
    except LeaseLost as lost:
        logger.warning("lease_lost", extra={"delivery": leased.id, "code": lost.code})


def _record(workshop: Workshop, leased: OutboxMessage, verdict: Verdict) -> None:
    now = workshop.clock()
    with workshop.database.session() as session:
        match verdict:
            case Delivered(receipt, carries_ins):
                finish_delivery(session, leased, receipt, now=now, carries_ins=carries_ins)
            case Parked(reason):
                park_delivery(session, leased, reason)
            case Cancelled(reason):
                cancel_delivery(session, leased, reason, now=now)


def _record_failure(workshop: Workshop, leased: OutboxMessage, error: Exception) -> None:
    plugin = leased.destination.removeprefix(EVENT_DESTINATION).partition(".")[0]
    workshop.dispatcher.record_failure(plugin, leased.kind, error)
    with workshop.database.session() as session:
        fail_delivery(session, leased, error, now=workshop.clock())
