"""The seam between what happens in a transaction and who hears of it once it is committed.

A service announces what it did on its session. The exchange, further right in the order of imports,
takes the announcements just before the commit and writes them to the outbox in the same
transaction.
"""

from typing import Any

from sqlmodel import Session

from dcc_core.hooks.contracts.life import Event

_KEY = "dcc_events"


def emit(session: Session, event: Event) -> None:
    """Announce an event; nobody hears of it unless the session's transaction commits."""
    pending_events(session).append(event)


def pending_events(session: Session) -> list[Event]:
    """Return the events announced on this session and not yet written to the outbox."""
    events: list[Event] = _info(session).setdefault(_KEY, [])
    return events


def _info(session: Session) -> dict[Any, Any]:
    return session.info
