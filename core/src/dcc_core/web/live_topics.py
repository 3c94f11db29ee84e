"""What open pages may follow, who may follow it, and how many pages of a person do."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from litestar.exceptions import TooManyRequestsException
from sqlmodel import Session

from dcc_core.hooks.contracts.access import Actor
from dcc_core.hooks.contracts.web import LiveTopic
from dcc_core.live import Hub
from dcc_core.users import AccessRules, authorize
from dcc_core.users.notifications import LIVE_NOTIFICATION
from dcc_core.users.sessions import LIVE_ACCOUNT, LIVE_SESSION
from dcc_core.web.visitor import Visitor

LIVE_HUB = "dcc_live_hub"
"""Where the application keeps its hub, for the server to close it before it stops."""

STREAMS_PER_PERSON = 12
MOST_ADDRESSES = 30


def own_addresses(visitor: Visitor) -> frozenset[str]:
    """Return what every stream follows: that its session has ended, that rights have changed."""
    actor = visitor.actor
    return frozenset({f"{LIVE_SESSION}:{actor.session_id}", f"{LIVE_ACCOUNT}:{actor.account_id}"})


def _is_own(_session: Session, actor: Actor, subject: str) -> bool:
    return subject == str(actor.account_id)


class Topics:
    """The declared topics, and the decision about each address that a page asks to follow."""

    def __init__(self, of_plugins: Iterable[tuple[str, LiveTopic]], rules: AccessRules) -> None:
        self._rules = rules
        own = LiveTopic(LIVE_NOTIFICATION, "core.account.self", may_follow=_is_own)
        self._by_key = {topic.key: topic for topic in (own, *(topic for _, topic in of_plugins))}

    def permitted(
        self, session: Session, visitor: Visitor, wanted: Iterable[str]
    ) -> frozenset[str]:
        """Return those of the addresses that the visitor may follow; the others stay silent."""
        return frozenset(
            address for address in wanted if self._may_follow(session, visitor, address)
        )

    def _may_follow(self, session: Session, visitor: Visitor, address: str) -> bool:
        key, _, subject = address.partition(":")
        topic = self._by_key.get(key)
        if topic is None or not subject or not visitor.may(topic.permission):
            return False
        if topic.may_follow and not topic.may_follow(session, visitor.actor, subject):
            return False
        return topic.about is None or self._is_permitted(session, visitor, topic, subject)

    def _is_permitted(
        self, session: Session, visitor: Visitor, topic: LiveTopic, subject: str
    ) -> bool:
        about = topic.about(session, subject) if topic.about else None
        return about is not None and bool(
            authorize(session, visitor.actor, topic.permission, about, rules=self._rules)
        )


@dataclass(slots=True)
class LiveDesk:
    """Streams of this process: their hub, their topics, and the count per person."""

    hub: Hub
    topics: Topics
    _open: Counter[UUID | None] = field(default_factory=Counter)

    @contextmanager
    def place(self, visitor: Visitor) -> Iterator[None]:
        """Count a stream of a person while the block lasts; used on the event loop alone.

        Raises:
            TooManyRequestsException: The person has too many; the page then asks now and then.
        """
        person = visitor.actor.account_id
        if self._open[person] >= STREAMS_PER_PERSON:
            raise TooManyRequestsException
        self._open[person] += 1
        try:
            yield
        finally:
            self._open[person] -= 1
            if not self._open[person]:
                del self._open[person]


def read_addresses(text: str) -> frozenset[str]:
    """Return the addresses of a query, ``topic:subject`` separated by spaces; too many are cut."""
    return frozenset(sorted(set(text.split()))[:MOST_ADDRESSES])
