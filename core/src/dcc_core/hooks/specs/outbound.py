"""Outbound: destinations for documents, and renderers of documents."""

from collections.abc import Iterable

from dcc_core.config import Settings
from dcc_core.hooks.contracts.outbound import DocumentRenderer, OutboundFeed
from dcc_core.hooks.policies import Policy, spec


class OutboundHooks:
    """Outbound feeds and document renderers."""

    @spec(Policy.COLLECT, item=OutboundFeed, many=True, unique=("key",))
    def dcc_outbound_feeds(self, settings: Settings) -> Iterable[OutboundFeed]:
        """Return destinations for documents; ``deliver`` runs in the worker, at least once, with an
        idempotency key.
        """
        raise NotImplementedError

    @spec(Policy.COLLECT, item=DocumentRenderer, many=True, unique=("document_class", "media_type"))
    def dcc_document_renderers(self) -> Iterable[DocumentRenderer]:
        """Return renderers of the neutral document; the same document gives the same bytes."""
        raise NotImplementedError
