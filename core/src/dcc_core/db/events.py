"""Events of the transaction at hand, from whoever emits them to whoever delivers them.

The emitter knows nothing of the delivery: events wait in the session, and the exchange writes them
to the outbox in the same transaction just before it commits.
"""

from sqlmodel import Session

from dcc_core.hooks.contracts.life import Event

PENDING = "dcc_events"


def emit(session: Session, event: Event) -> None:
    """Announce an event, to be delivered if and when the session's transaction commits."""
    session.info.setdefault(PENDING, []).append(event)


def drain(session: Session) -> tuple[Event, ...]:
    """Take the events that wait in the session, in the order of their emission."""
    return tuple(session.info.pop(PENDING, ()))
