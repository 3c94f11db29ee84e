"""The outbox leaves with its transaction, in order per patient and destination."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session

from dcc_core.db import Database
from dcc_core.errors import Conflict, PermanentExchangeError, RetryableExchangeError
from dcc_core.exchange.leases import BACK_OFF, LEASE
from dcc_core.exchange.outbox import (
    enqueue,
    fail_delivery,
    finish_delivery,
    has_due_delivery,
    park_delivery,
    release_patient,
    retry_deliveries,
    take_delivery,
)
from dcc_core.exchange.states import OutboxKind, OutboxState
from dcc_core.exchange.tables import OutboxMessage
from dcc_core.hooks.contracts.outbound import Receipt
from dcc_core.patients import create_patient
from dcc_core.testing.patients import demo_traits
from dcc_core.testing.web import add_account
from dcc_core.users.notifications import DELIVERY_FAILED, list_notifications

T0 = datetime(2026, 3, 2, 8, tzinfo=UTC)
KINDS = (OutboxKind.DOCUMENT,)
BUSY = RetryableExchangeError("X-1", "Le destinataire est occupé. L'envoi sera retenté.")


def new_patient(session: Session) -> UUID:
    return create_patient(session, demo_traits()).id


def owe(
    session: Session, key: str, patient: UUID | None = None, destination: str = "dmp"
) -> OutboxMessage:
    return enqueue(
        session,
        kind=OutboxKind.DOCUMENT,
        destination=destination,
        key=key,
        payload={},
        patient_id=patient,
        clock=lambda: T0,
    )


def taken(session: Session, at: datetime = T0) -> OutboxMessage:
    row = take_delivery(session, KINDS, now=at)
    assert row is not None
    return row


def test_a_rolled_back_change_owes_nothing(database: Database) -> None:
    def change() -> None:
        with database.session() as session:
            owe(session, "a")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change()
    with database.reading() as session:
        assert not has_due_delivery(session, KINDS, now=T0)


def test_the_same_key_is_the_same_delivery(session: Session) -> None:
    assert owe(session, "a").id == owe(session, "a").id
    assert owe(session, "a", destination="mail").id != owe(session, "a").id


def test_one_patient_one_destination_leave_in_order(session: Session) -> None:
    patient = new_patient(session)
    first, other = owe(session, "1", patient), owe(session, "2", patient, "mail")
    second = owe(session, "3", patient)
    assert [taken(session).id, taken(session).id] == [first.id, other.id]
    assert take_delivery(session, KINDS, now=T0) is None
    finish_delivery(session, first, None, now=T0)
    assert taken(session).id == second.id


def test_a_failing_patient_holds_up_nobody_else(session: Session) -> None:
    first, second = owe(session, "1", new_patient(session)), owe(session, "2", new_patient(session))
    fail_delivery(session, taken(session), BUSY, now=T0)
    assert first.state == OutboxState.PENDING
    assert taken(session).id == second.id


def test_back_off_grows_then_gives_up(session: Session) -> None:
    row = owe(session, "1", new_patient(session))
    now, waits = T0, []
    for _ in BACK_OFF:
        fail_delivery(session, taken(session, now), BUSY, now=now)
        waits.append(row.next_at - now)
        now = row.next_at
    assert tuple(waits) == BACK_OFF
    fail_delivery(session, taken(session, now), BUSY, now=now)
    assert (row.state, row.reason) == (OutboxState.DEAD, "tries_exhausted")


def test_a_permanent_error_goes_to_the_dead_letters_at_once(session: Session) -> None:
    row = owe(session, "1")
    refusal = PermanentExchangeError("X-2", "Le document est refusé.")
    fail_delivery(session, taken(session), refusal, now=T0)
    assert (row.state, row.error) == (OutboxState.DEAD, "X-2 Le document est refusé.")
    retry_deliveries(session, [row.id or 0], clock=lambda: T0)
    assert taken(session).tries == 1


def test_an_unexpected_error_keeps_only_its_kind(session: Session) -> None:
    row = owe(session, "1")
    fail_delivery(session, taken(session), ValueError("DÉMO-Martin"), now=T0)
    assert row.error == "ValueError"


def test_a_delivery_arrived_is_not_sent_again(session: Session) -> None:
    row = owe(session, "1")
    finish_delivery(session, taken(session), Receipt("urn:1", "DMP"), now=T0)
    assert row.receipt == {"reference": "urn:1", "recipient": "DMP", "details": {}}
    with pytest.raises(Conflict, match="EXC-006"):
        retry_deliveries(session, [row.id or 0])


def test_a_lost_lease_is_refused(session: Session) -> None:
    owe(session, "1")
    slow = taken(session)
    stale = OutboxMessage(id=slow.id, lease_token=slow.lease_token)
    later = T0 + LEASE + timedelta(seconds=1)
    assert taken(session, later).tries == 2
    with pytest.raises(Conflict, match="EXC-010"):
        finish_delivery(session, stale, None, now=later)


def test_parked_deliveries_leave_in_order_once_released(session: Session) -> None:
    patient = new_patient(session)
    keys = ["1", "2", "3"]
    for key in keys:
        owe(session, key, patient)
    park_delivery(session, taken(session), "identity_not_qualified")
    assert take_delivery(session, KINDS, now=T0) is None
    assert release_patient(session, patient, clock=lambda: T0) == 1
    left = []
    while (row := take_delivery(session, KINDS, now=T0)) is not None:
        left.append(row.key)
        finish_delivery(session, row, None, now=T0)
    assert left == keys


def test_two_workers_never_hold_the_same_delivery(database: Database) -> None:
    with database.session() as session:
        for number in range(40):
            owe(session, str(number), new_patient(session))
    held = drain_with(database, workers=4)
    assert sorted(held) == sorted(str(number) for number in range(40))


def drain_with(database: Database, *, workers: int) -> list[str]:
    def work(_: int) -> list[str]:
        keys: list[str] = []
        while (key := _deliver(database)) is not None:
            keys.append(key)
        return keys

    with ThreadPoolExecutor(workers) as pool:
        return [key for keys in pool.map(work, range(workers)) for key in keys]


def _deliver(database: Database) -> str | None:
    with database.session() as session:
        row = take_delivery(session, KINDS, now=T0)
    if row is None:
        return None
    with database.session() as session:
        finish_delivery(session, row, None, now=T0)
    return row.key


def test_the_waits_are_the_published_ones() -> None:
    minutes = [wait.total_seconds() / 60 for wait in BACK_OFF]
    assert minutes == [1, 5, 30, 120, 720, 1440]


def test_operators_are_told_once_of_a_destination_that_fails(session: Session) -> None:
    support = add_account(session, "regional_admin")
    for key in ("a", "b"):
        owe(session, key)
        refused = PermanentExchangeError("X-2", "Refusé.")
        fail_delivery(session, taken(session), refused, now=T0 + timedelta(days=1))
    (told,) = list_notifications(session, account_id=support)
    assert (told.kind, told.subject, told.count) == (DELIVERY_FAILED, "dmp", 2)
    assert told.patient_id is None
