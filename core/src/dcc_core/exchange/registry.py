"""What plugins bring to the exchange, collected once when the process starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dcc_core.config import Settings
from dcc_core.hooks import Dispatcher
from dcc_core.hooks.contracts.labs import InboundSource, MessageParser, RawMessage
from dcc_core.hooks.contracts.outbound import DocumentRenderer, OutboundFeed


@dataclass(frozen=True, slots=True)
class ExchangeParts:
    """The parts of the exchange, each beside the name of the plugin that brought it.

    Attributes:
        sources: Places to poll for messages.
        parsers: Readers of messages, in the order in which they are asked.
        feeds: Destinations by key.
        renderers: Renderers by document class (``*`` for any) and media type.
    """

    sources: tuple[tuple[str, InboundSource], ...]
    parsers: tuple[tuple[str, MessageParser], ...]
    feeds: Mapping[str, tuple[str, OutboundFeed]]
    renderers: Mapping[tuple[str, str], tuple[str, DocumentRenderer]]

    def parser_of(self, raw: RawMessage) -> tuple[str, MessageParser] | None:
        """Return the first parser that accepts a message, with its plugin."""
        return next((pair for pair in self.parsers if pair[1].accepts(raw)), None)

    def renderer_of(
        self, document_class: str, media_type: str
    ) -> tuple[str, DocumentRenderer] | None:
        """Return the renderer made for a class, else the one for any class, with its plugin."""
        own = self.renderers.get((document_class, media_type))
        return own or self.renderers.get(("*", media_type))


def collect_parts(dispatcher: Dispatcher, settings: Settings) -> ExchangeParts:
    """Ask the plugins for their parts.

    Raises:
        StartRefused: With every problem of every plugin.
    """
    feeds = dispatcher.collect("dcc_outbound_feeds", settings=settings)
    renderers = dispatcher.collect("dcc_document_renderers")
    return ExchangeParts(
        sources=dispatcher.collect("dcc_inbound_sources", settings=settings),
        parsers=dispatcher.collect("dcc_message_parsers"),
        feeds=MappingProxyType({feed.key: (plugin, feed) for plugin, feed in feeds}),
        renderers=MappingProxyType(
            {(each.document_class, each.media_type): (plugin, each) for plugin, each in renderers}
        ),
    )
