"""News for open pages: published in the transaction it is about, read by every web process."""

from dcc_core.live.hub import Follower, Hub
from dcc_core.live.news import News, news_since
from dcc_core.live.publishing import live_position, prune_news, publish
from dcc_core.live.tables import LiveEvent

__all__ = [
    "Follower",
    "Hub",
    "LiveEvent",
    "News",
    "live_position",
    "news_since",
    "prune_news",
    "publish",
]
