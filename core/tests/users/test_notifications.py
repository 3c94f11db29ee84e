from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import select

from dcc_core.errors import NotFound
from dcc_core.hooks.dispatch import Dispatcher
from dcc_core.live import LiveEvent
from dcc_core.patients import create_patient, merge_patients, unmerge_patients
from dcc_core.testing.clock import START
from dcc_core.testing.patients import demo_traits
from dcc_core.testing.web import add_account
from dcc_core.users.accounts import disable_account
from dcc_core.users.notification_tables import Notification
from dcc_core.users.notifications import (
    READ_KEPT,
    UNREAD_KEPT,
    count_unread,
    list_notifications,
    notify,
    notify_holders,
    prune_notifications,
    read_all_notifications,
    read_notification,
    settle_notifications,
)

KIND = "example.remark"


@pytest.fixture
def people(session):
    return [add_account(session, number=number) for number in (1, 2)]


def told(session, account_id, **options):
    return [
        (each.kind, each.subject, each.count)
        for each in list_notifications(session, account_id=account_id, **options)
    ]


def test_each_person_is_told_once_and_repeats_are_counted(session, people):
    notify(session, [people[0], *people], KIND, 7, now=START)
    notify(session, people[:1], KIND, 7, now=START + timedelta(hours=1), facts={"version": 2})
    assert told(session, people[0]) == [(KIND, "7", 2)]
    assert told(session, people[1]) == [(KIND, "7", 1)]
    latest = list_notifications(session, account_id=people[0])[0]
    assert (latest.at, latest.facts) == (START + timedelta(hours=1), {"version": 2})


def test_what_was_read_is_told_anew(session, people):
    notify(session, people[:1], KIND, 7, now=START)
    read_all_notifications(session, account_id=people[0], now=START)
    notify(session, people[:1], KIND, 7, now=START + timedelta(hours=1))
    assert count_unread(session, people[0]) == 1
    assert len(told(session, people[0])) == 2
    assert len(told(session, people[0], unread_only=True)) == 1


def test_open_pages_hear_of_it_with_the_transaction(database):
    with database.session() as session:
        account_id = add_account(session)
        notify(session, [account_id], KIND, now=START)
    with pytest.raises(RuntimeError), database.session() as session:
        notify(session, [account_id], KIND, 2, now=START)
        raise RuntimeError
    with database.reading() as session:
        heard = select(LiveEvent.subject).where(LiveEvent.topic == "core.notification")
        assert session.exec(heard).all() == [str(account_id)]
        assert count_unread(session, account_id) == 1


def test_holders_of_a_right_are_told_except_who_did_it(session):
    officers = [add_account(session, "identity_officer", number=number) for number in (1, 2, 3)]
    other = add_account(session, "physician", number=4)
    disable_account(session, account_id=officers[2], reason="left", now=START)
    notify_holders(session, "core.exchange.attach", KIND, 1, now=START, except_id=officers[0])
    counts = [count_unread(session, each) for each in (*officers, other)]
    assert counts == [0, 1, 0, 0]


def test_what_a_colleague_dealt_with_waits_for_nobody(session, people):
    notify(session, people, KIND, 1, now=START)
    notify(session, people, KIND, 2, now=START)
    settle_notifications(session, KIND, 1, now=START)
    assert [told(session, each, unread_only=True) for each in people] == [[(KIND, "2", 1)]] * 2


def test_one_reads_ones_own_only(session, people):
    notify(session, people[:1], KIND, 1, now=START)
    own = list_notifications(session, account_id=people[0])[0]
    for wrong in (own.id, uuid4()):
        with pytest.raises(NotFound, match="ACC-701"):
            read_notification(session, notification_id=wrong, account_id=people[1], now=START)
    assert (
        read_notification(session, notification_id=own.id, account_id=people[0], now=START).read_at
        == START
    )


def test_pages_of_the_list_leave_none_out(session, people):
    for number in range(7):
        notify(session, people[:1], KIND, number, now=START)
    seen, last = [], None
    while rows := list_notifications(session, account_id=people[0], after=last, limit=3):
        seen += [row.subject for row in rows]
        last = rows[-1]
    assert sorted(seen) == [str(number) for number in range(7)]
    assert told(session, people[0], kinds=["other.kind"]) == []


def test_old_ones_leave(session, people):
    for number in range(3):
        notify(session, people[:1], KIND, number, now=START)
    read = list_notifications(session, account_id=people[0])[0]
    read_notification(session, notification_id=read.id, account_id=people[0], now=START)
    for late, left in ((READ_KEPT, 3), (READ_KEPT + timedelta(days=1), 2)):
        prune_notifications(session, START + late)
        session.expire_all()
        assert len(told(session, people[0])) == left
    prune_notifications(session, START + UNREAD_KEPT + timedelta(days=1))
    assert told(session, people[0]) == []


def test_a_merge_takes_them_along_and_its_undoing_gives_them_back(session, people):
    kept, dropped = (
        create_patient(session, demo_traits(first_given_name=name)).id for name in ("Aimé", "Rose")
    )
    notify(session, people, KIND, 1, now=START, patient_id=dropped)
    dispatcher = Dispatcher()
    merged = merge_patients(
        session, kept_id=kept, dropped_id=dropped, reason="doublon", dispatcher=dispatcher
    )
    assert _patients(session) == {kept}
    unmerge_patients(session, merged.id, reason="erreur")
    assert _patients(session) == {dropped}


def _patients(session):
    session.expire_all()
    return set(session.exec(select(Notification.patient_id)).all())
