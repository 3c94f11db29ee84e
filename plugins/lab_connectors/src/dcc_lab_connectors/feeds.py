"""The feeds of the region: what each partner has sent lately, and what waits for a person."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from dcc_core.api import InboxState, MessageOut, NotFound, list_messages
from dcc_lab_connectors.mllp.peers import ANYONE
from dcc_lab_connectors.settings import LabSettings

READ = "core.exchange.read"
ANONYMOUS = f"lab_connectors.mllp.{ANYONE.key}"
"""Feed of a listener without declared partner, as a test or a demonstration has it."""

_DAY = timedelta(days=1)
_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Feed:
    """One partner on one transport; `source` is its key in the inbox."""

    source: str
    label: str
    transport: str
    silent_after_s: int = 0


@dataclass(frozen=True, slots=True)
class FeedState:
    """How a feed does, over its latest messages (at most `_LOOKED_AT`).

    `received` counts those of the last day; `is_capped` tells that there were more.
    """

    feed: Feed
    last_at: datetime | None
    received: int
    is_capped: bool
    waiting: int
    failed: int
    is_silent: bool


def declared_feeds(settings: LabSettings) -> Iterator[Feed]:
    """Feeds that the settings declare, in their order."""
    if not settings.peers:
        yield Feed(ANONYMOUS, "partenaire non déclaré", "MLLP")
    for peer in settings.peers:
        yield Feed(f"lab_connectors.mllp.{peer.key}", peer.key, "MLLP", peer.silent_after_s)
    for drop in (*settings.accounts, *settings.remotes):
        yield Feed(f"lab_connectors.sftp.{drop.key}", drop.key, "SFTP")


def find_feed(settings: LabSettings, key: str) -> Feed:
    """Return the feed of a partner.

    Raises:
        NotFound: `LAB-W01` no feed has this key.
    """
    for feed in declared_feeds(settings):
        if feed.source.rpartition(".")[2] == key:
            return feed
    raise NotFound("LAB-W01", "Ce flux n'est pas déclaré. Revenez à la liste des flux.")


def feed_states(session: Session, feeds: Iterable[Feed], *, now: datetime) -> list[FeedState]:
    """State of each feed now; the anonymous one only when it has sent something."""
    states = (_state(session, feed, now) for feed in feeds)
    return [state for state in states if state.last_at or state.feed.source != ANONYMOUS]


def _state(session: Session, feed: Feed, now: datetime) -> FeedState:
    messages = list_messages(session, source=feed.source, limit=_LOOKED_AT)
    recent = [message for message in messages if message.received_at > now - _DAY]
    last_at = messages[0].received_at if messages else None
    silence = timedelta(seconds=feed.silent_after_s)
    return FeedState(
        feed=feed,
        last_at=last_at,
        received=len(recent),
        is_capped=len(recent) == _LOOKED_AT,
        waiting=_count(messages, InboxState.QUARANTINED),
        failed=_count(messages, InboxState.FAILED),
        is_silent=bool(silence) and (last_at is None or now - last_at > silence),
    )


def _count(messages: Iterable[MessageOut], state: InboxState) -> int:
    return sum(message.state is state for message in messages)
