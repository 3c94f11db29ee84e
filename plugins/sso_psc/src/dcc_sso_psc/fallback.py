"""The fallback sign-in: open during an outage of Pro Santé Connect, closed otherwise.

It opens by rule after a lasting outage, or by an administrator, and always has an end: fifteen
minutes after the last failed probe, one hour after an administrator opened it. A watch that dies
therefore closes it, never the contrary.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session

from dcc_core.api import end_fallback_sessions, record_event
from dcc_sso_psc.tables import Fallback

GRACE = timedelta(minutes=15)
ADMINISTRATOR_SPAN = timedelta(hours=1)
RULE = "rule"
_ROW = 1


class FallbackPolicy(StrEnum):
    """Who may open the fallback."""

    NEVER = "never"
    ADMINISTRATOR = "administrator"
    RULE = "rule"


def note_probe(
    session: Session, *, answered: bool, open_after: timedelta | None, now: datetime
) -> None:
    """Record whether Pro Santé Connect answered; open or close what follows from it.

    Args:
        open_after: Outage after which the rule opens; None when only administrators may.
    """
    state = _locked(session)
    if state.closes_at is not None and not is_open(state, now):
        _close(session, state, "elapsed")
    if answered:
        if state.failing_since is not None:
            state.failing_since = None
            _close(session, state, "recovered")
    else:
        state.failing_since = state.failing_since or now
        if open_after is not None and now - state.failing_since >= open_after:
            _open(session, state, author=RULE, closes_at=now + GRACE, now=now)
    session.flush()


def open_fallback(session: Session, *, author: str, now: datetime) -> None:
    """Open for one hour at most; ``author`` is the account of the administrator."""
    state = _locked(session)
    _open(session, state, author=author, closes_at=now + ADMINISTRATOR_SPAN, now=now)
    session.flush()


def close_fallback(session: Session) -> None:
    """Close at once and end the sessions that it let in; the rule may open again in an outage."""
    _close(session, _locked(session), "administrator")
    session.flush()


def read_fallback(session: Session) -> Fallback:
    """Return the state, as stored; a closed one before the first outage."""
    return session.get(Fallback, _ROW) or Fallback(id=_ROW)


def is_open(state: Fallback, now: datetime) -> bool:
    """Tell whether people may sign in, and go on, without Pro Santé Connect."""
    return state.closes_at is not None and now < state.closes_at


def _locked(session: Session) -> Fallback:
    state = session.get(Fallback, _ROW, with_for_update=True)
    if state is None:
        state = Fallback(id=_ROW)
        session.add(state)
    return state


def _open(
    session: Session, state: Fallback, *, author: str, closes_at: datetime, now: datetime
) -> None:
    was_open = is_open(state, now)
    state.closes_at = max(closes_at, state.closes_at) if was_open and state.closes_at else closes_at
    if not was_open:
        state.opened_at = now
        state.opened_by = author
        record_event(session, "fallback.open", object_kind="sso_psc", reason=author)


def _close(session: Session, state: Fallback, reason: str) -> None:
    if state.closes_at is not None:
        record_event(session, "fallback.close", object_kind="sso_psc", reason=reason)
    end_fallback_sessions(session)
    state.opened_at = None
    state.opened_by = ""
    state.closes_at = None
