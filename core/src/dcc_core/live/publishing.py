"""Publish news in the business transaction: nobody sees it before the commit, or without it."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, event, func, insert, text
from sqlalchemy.orm import Session as AnySession
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session, col, select

from dcc_core.config import utc_now
from dcc_core.live.tables import LiveEvent

KEPT = timedelta(minutes=15)
"""How long a page that lost its stream can still ask for what it missed."""

CHANNEL = "dcc_live"
_PENDING = "dcc_live_news"
_ORDER = 0x6463636C  # "dccl"
_TOPIC = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_REFERENCE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_IN_COMMIT_ORDER = text(f"SELECT pg_advisory_xact_lock({_ORDER}), pg_notify('{CHANNEL}', '')")


def publish(
    session: Session,
    topic: str,
    subject: UUID | int | str,
    *,
    facts: Mapping[str, UUID | int | str] | None = None,
) -> None:
    """Tell the pages that follow ``topic:subject`` that it changed, if and when this commits.

    News is a hint to look again: a savepoint rolled back after it may leave a hint too many. Said
    twice in one transaction, it is written once.

    Args:
        topic: Declared by the core or by ``dcc_live_topics``, ``<plugin>.<name>``.
        facts: Identifiers, versions, counts. Never a word about a patient: it reaches browsers
            without further control.

    Raises:
        ValueError: Something that is neither an identifier nor a number; the value is not shown.
    """
    if not _TOPIC.fullmatch(topic):
        raise ValueError("a topic is named <plugin>.<name>, in lower case")
    told = {name: _reference(value) for name, value in (facts or {}).items()}
    waiting: dict[tuple[str, str], dict[str, str | int]] | None = session.info.get(_PENDING)
    if waiting is None:
        waiting = session.info[_PENDING] = {}
        event.listen(session, "before_commit", _write)
        event.listen(session, "after_soft_rollback", _forget)
    waiting[topic, str(_reference(subject))] = told


def live_position(session: Session) -> int:
    """Return the place of the latest news, which a page drawn now already shows."""
    return session.exec(select(func.max(LiveEvent.id))).one() or 0


def prune_news(session: Session, now: datetime) -> None:
    """Delete old news, but never the latest: its place must not be given again (SQLite)."""
    latest = select(func.max(LiveEvent.id)).scalar_subquery()
    session.exec(
        delete(LiveEvent).where(col(LiveEvent.at) < now - KEPT, col(LiveEvent.id) < latest)
    )


def _reference(value: UUID | int | str) -> str | int:
    if isinstance(value, int):
        return value
    told = str(value)
    if not _REFERENCE.fullmatch(told):
        raise ValueError("news carries identifiers and numbers, no text")
    return told


def _write(session: AnySession) -> None:
    """Write the news last, so that the lock that orders the commits is held for an instant."""
    if session.in_nested_transaction() or not session.info.get(_PENDING):
        return
    session.flush()
    waiting, now = session.info[_PENDING], utc_now()
    rows: list[dict[str, Any]] = [
        {"topic": topic, "subject": subject, "facts": facts, "at": now}
        for (topic, subject), facts in waiting.items()
    ]
    waiting.clear()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_IN_COMMIT_ORDER)
    session.execute(insert(LiveEvent), rows)


def _forget(session: AnySession, ended: SessionTransaction) -> None:
    if not ended.nested:
        session.info[_PENDING].clear()
