"""Bring in what waits at the inbound sources: the bytes first, the sender's copy removed after."""

from itertools import islice

from dcc_core.exchange.reception import receive_message
from dcc_core.exchange.workshop import Workshop
from dcc_core.hooks.contracts.labs import InboundOutcome, InboundSource, RawMessage

POLL_TIMEOUT_S = 60.0
BATCH = 100


def poll_sources(workshop: Workshop) -> bool:
    """Bring in what waits at every source; return whether anything did.

    A source that fails is noted and left for the next time; the others are not concerned.
    """
    found = [_poll(workshop, plugin, source) for plugin, source in workshop.parts.sources]
    return any(found)


def _poll(workshop: Workshop, plugin: str, source: InboundSource) -> bool:
    try:
        waiting = workshop.ask(
            plugin, lambda: list(islice(source.poll(), BATCH)), timeout_s=POLL_TIMEOUT_S
        )
        for raw in waiting:
            _bring_in(workshop, plugin, source, raw)
    except Exception as error:  # noqa: BLE001 - a source is code of a plugin and a far system
        workshop.dispatcher.record_failure(plugin, f"poll {source.key}", error)
        return False
    return bool(waiting)


def _bring_in(workshop: Workshop, plugin: str, source: InboundSource, raw: RawMessage) -> None:
    outcome = _store(workshop, raw)
    workshop.ask(plugin, lambda: source.ack(raw.message_id, outcome), timeout_s=POLL_TIMEOUT_S)


def _store(workshop: Workshop, raw: RawMessage) -> InboundOutcome:
    with workshop.database.session() as session:
        return receive_message(session, raw, clock=workshop.clock)
