"""The queues are listed page by page, without content."""

from sqlmodel import Session

from dcc_core.exchange import OutboxKind, OutboxState, enqueue, receive_message
from dcc_core.exchange.listing import (
    count_states,
    list_deliveries,
    list_messages,
    show_delivery,
    show_message,
)
from dcc_core.exchange.states import InboxState
from dcc_core.hooks.contracts.labs import RawMessage


def fill(session: Session, count: int) -> None:
    for number in range(count):
        receive_message(session, RawMessage("lab", str(number), b"%d" % number))
        enqueue(session, kind=OutboxKind.DOCUMENT, destination="dmp", key=str(number), payload={})


def test_pages_follow_one_another(session: Session) -> None:
    fill(session, 5)
    first = list_messages(session, limit=2)
    second = list_messages(session, limit=2, before=first[-1].id)
    assert [message.message_id for message in (*first, *second)] == ["4", "3", "2", "1"]
    deliveries = list_deliveries(session, limit=3, before=4)
    assert [delivery.key for delivery in deliveries] == ["2", "1", "0"]


def test_filters_narrow(session: Session) -> None:
    fill(session, 2)
    assert list_messages(session, state=InboxState.FAILED) == ()
    assert len(list_messages(session, source="lab")) == 2
    assert list_deliveries(session, state=OutboxState.DEAD) == ()
    assert len(list_deliveries(session, kind=OutboxKind.DOCUMENT, destination="dmp")) == 2


def test_one_row_is_the_row_of_the_list(session: Session) -> None:
    fill(session, 1)
    (message,), (delivery,) = list_messages(session), list_deliveries(session)
    assert show_message(session, message.id) == message
    assert show_delivery(session, delivery.id) == delivery
    assert not hasattr(message, "content")


def test_states_are_counted(session: Session) -> None:
    fill(session, 3)
    assert count_states(session) == {"inbox": {"received": 3}, "outbox": {"pending": 3}}
