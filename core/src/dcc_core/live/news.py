"""News as the web reads it, and what a page that lost its stream has missed."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session, col, select

from dcc_core.live.tables import LiveEvent

MOST_MISSED = 500
"""More than this, and reloading the page is cheaper than telling it all."""


@dataclass(frozen=True, slots=True)
class News:
    """One change, and its place in the order of the commits."""

    id: int
    topic: str
    subject: str
    facts: dict[str, str | int]

    @property
    def address(self) -> str:
        """Return what pages follow: ``topic:subject``."""
        return f"{self.topic}:{self.subject}"


def news_since(
    session: Session, position: int, addresses: Collection[str]
) -> tuple[News, ...] | None:
    """Return the news after a position; None when some may have been deleted since, or is too much.

    Position 0 stands before the first news ever.
    """
    rows = session.exec(
        select(LiveEvent)
        .where(col(LiveEvent.id) >= position)
        .order_by(col(LiveEvent.id))
        .limit(MOST_MISSED + 1)
    ).all()
    is_known = position == 0 or (rows and rows[0].id == position)
    if len(rows) > MOST_MISSED or not is_known:
        return None
    found = (News(row.id or 0, row.topic, row.subject, row.facts) for row in rows)
    return tuple(news for news in found if news.id > position and news.address in addresses)
