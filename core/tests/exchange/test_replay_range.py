"""Replaying a range, and erasing what is settled for long."""

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select, update

from dcc_core.config import utc_now
from dcc_core.errors import Conflict, InvalidInput
from dcc_core.exchange import prune_messages, replay_messages, replay_range
from dcc_core.exchange.reception import Reception, receive_messages
from dcc_core.exchange.states import InboxState
from dcc_core.exchange.tables import InboxMessage
from dcc_core.hooks.contracts.labs import RawMessage


def fill(session: Session, count: int = 5, source: str = "lab.a") -> list[int]:
    receptions = [Reception(RawMessage(source, str(n), b"x%d" % n)) for n in range(count)]
    receive_messages(session, receptions)
    session.exec(update(InboxMessage).values(state=InboxState.PROCESSED, processed_at=utc_now()))
    found = session.exec(select(InboxMessage.id).where(InboxMessage.source == source)).all()
    return sorted(number or 0 for number in found)


def states(session: Session) -> list[str]:
    session.expire_all()
    rows = session.exec(select(InboxMessage).order_by(col(InboxMessage.id))).all()
    return [row.state for row in rows]


def test_a_range_of_one_source_is_replayed(session: Session) -> None:
    numbers = fill(session)
    fill(session, source="lab.b")
    first, last = numbers[1], numbers[3]
    assert replay_range(session, source="lab.a", first=first, last=last) == 3
    assert states(session)[:5] == ["processed", "received", "received", "received", "processed"]
    assert set(states(session)[5:]) == {"processed"}


def test_what_cannot_be_replayed_stays(session: Session) -> None:
    refused, erased, held, good, _ = fill(session)
    change = update(InboxMessage)
    session.exec(change.where(col(InboxMessage.id) == refused).values(state=InboxState.REFUSED))
    session.exec(change.where(col(InboxMessage.id) == erased).values(content=b""))
    soon = utc_now() + timedelta(minutes=1)
    session.exec(change.where(col(InboxMessage.id) == held).values(lease_until=soon))
    assert replay_range(session, source="lab.a", first=refused, last=good) == 1
    with pytest.raises(Conflict, match="EXC-002"):
        replay_messages(session, [erased])


@pytest.mark.parametrize(("first", "last"), [(9000, 9001), (2, 1)])
def test_an_empty_range_is_said(session: Session, first: int, last: int) -> None:
    fill(session)
    with pytest.raises(InvalidInput, match="EXC-007"):
        replay_range(session, source="lab.a", first=first, last=last)


def test_only_what_is_settled_for_long_is_erased(session: Session) -> None:
    old, recent, waiting, refused, _ = fill(session)
    past = utc_now() - timedelta(days=400)
    change = update(InboxMessage)
    session.exec(change.where(col(InboxMessage.id) == old).values(processed_at=past))
    session.exec(
        change.where(col(InboxMessage.id) == waiting).values(
            state=InboxState.QUARANTINED, received_at=past, processed_at=past
        )
    )
    session.exec(
        change.where(col(InboxMessage.id) == refused).values(
            state=InboxState.REFUSED, received_at=past, processed_at=None
        )
    )
    before = utc_now() - timedelta(days=365)
    assert prune_messages(session, source_prefix="other.", before=before) == 0
    assert prune_messages(session, source_prefix="lab.", before=before) == 2
    assert prune_messages(session, source_prefix="lab.", before=before) == 0
    session.expire_all()
    rows = session.exec(select(InboxMessage).order_by(col(InboxMessage.id))).all()
    assert [bool(row.content) for row in rows] == [False, True, True, False, True]
    assert all(row.size_bytes == 2 for row in rows)
    assert recent
