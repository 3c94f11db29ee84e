"""Laboratories and other senders: bring messages in, read them, help to find the patient."""

from collections.abc import Iterable

from dcc_core.config import Settings
from dcc_core.hooks.contracts.identity import PatientTraits
from dcc_core.hooks.contracts.labs import InboundSource, MatchHint, MessageParser
from dcc_core.hooks.policies import Policy, spec


class LabHooks:
    """Inbound sources, message parsers and match hints."""

    @spec(Policy.COLLECT, item=InboundSource, many=True, unique=("key",))
    def dcc_inbound_sources(self, settings: Settings) -> Iterable[InboundSource]:
        """Return places that the scheduler polls for messages. A source brings bytes and parses
        nothing.
        """
        raise NotImplementedError

    @spec(Policy.COLLECT, item=MessageParser, many=True, unique=("key",))
    def dcc_message_parsers(self) -> Iterable[MessageParser]:
        """Return pure readers of messages; the raw bytes are kept whatever they do."""
        raise NotImplementedError

    @spec(Policy.ISOLATED, item=MatchHint, many=True)
    def dcc_match_hints(self, traits: PatientTraits) -> Iterable[MatchHint]:
        """Return proposals of patients for these traits. Proposals only: a person decides."""
        raise NotImplementedError
