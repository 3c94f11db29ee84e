"""The exchange: an inbox whose bytes are safe before they are acknowledged, an outbox that leaves
with the transaction that made it.
"""

from dcc_core.exchange.events import install
from dcc_core.exchange.feeds import decide_visibility, visibility_of
from dcc_core.exchange.inbox import (
    attach_message,
    close_message,
    prune_messages,
    read_message,
    replay_messages,
    replay_range,
)
from dcc_core.exchange.listing import (
    DeliveryOut,
    MessageOut,
    count_states,
    list_deliveries,
    list_messages,
    show_delivery,
    show_message,
)
from dcc_core.exchange.outbox import enqueue, release_patient, retry_deliveries
from dcc_core.exchange.reception import Reception, receive_message, receive_messages
from dcc_core.exchange.registry import ExchangeParts, collect_parts
from dcc_core.exchange.states import InboxState, OutboxKind, OutboxState
from dcc_core.exchange.tables import InboxMessage, OutboxMessage

__all__ = [
    "DeliveryOut",
    "ExchangeParts",
    "InboxMessage",
    "InboxState",
    "MessageOut",
    "OutboxKind",
    "OutboxMessage",
    "OutboxState",
    "Reception",
    "attach_message",
    "close_message",
    "collect_parts",
    "count_states",
    "decide_visibility",
    "enqueue",
    "install",
    "list_deliveries",
    "list_messages",
    "prune_messages",
    "read_message",
    "receive_message",
    "receive_messages",
    "release_patient",
    "replay_messages",
    "replay_range",
    "retry_deliveries",
    "show_delivery",
    "show_message",
    "visibility_of",
]
