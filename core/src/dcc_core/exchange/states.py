"""The states of messages that come in and deliveries that go out, as stored and as shown."""

from enum import StrEnum


class InboxState(StrEnum):
    """Where a received message stands."""

    RECEIVED = "received"
    PROCESSED = "processed"
    QUARANTINED = "quarantined"
    FAILED = "failed"
    REFUSED = "refused"


class OutboxState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    PARKED = "parked"
    DELIVERED = "delivered"
    DEAD = "dead"
    CANCELLED = "cancelled"


class OutboxKind(StrEnum):
    """What a delivery carries, hence which handler of the worker takes it."""

    EVENT = "event"
    DOCUMENT = "document"


LIVE_STATES = (OutboxState.PENDING, OutboxState.PARKED)
"""States of deliveries that later ones of the same patient and destination wait for."""

EVENT_DESTINATION = "event:"
"""What the destination of an event starts with; the name of the plugin that listens follows."""
