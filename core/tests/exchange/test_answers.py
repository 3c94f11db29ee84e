"""What a partner says later finds the delivery that it answers, once."""

from typing import Any

import pytest
from sqlmodel import Session, col, select

from dcc_core.audit import AuditEntry
from dcc_core.exchange.answers import apply_answers
from dcc_core.exchange.leases import LEASE
from dcc_core.exchange.outbox import enqueue, finish_delivery, take_delivery
from dcc_core.exchange.states import InboxState, OutboxKind
from dcc_core.exchange.tables import OutboxMessage
from dcc_core.hooks.contracts.labs import DeliveryAnswer
from dcc_core.hooks.contracts.outbound import Receipt
from dcc_core.testing.clock import START


def deliver(session: Session, reference: str = "M1") -> OutboxMessage:
    row = enqueue(
        session,
        kind=OutboxKind.DOCUMENT,
        destination="labo",
        key=reference,
        payload={},
        clock=lambda: START,
    )
    leased = take_delivery(session, [OutboxKind.DOCUMENT], now=START, lease=LEASE)
    assert leased is not None
    finish_delivery(session, leased, Receipt(reference, "Labo"), now=START)
    return row


def facts(row: OutboxMessage) -> dict[str, Any]:
    assert row.receipt is not None
    return dict(row.receipt["details"])


@pytest.mark.parametrize(
    ("verdict", "reason", "noted", "flag"),
    [
        (True, "", "accepted", ""),
        (None, "", "noted", ""),
        (False, "DMPClosed", "refused DMPClosed", "answer_refused"),
    ],
)
def test_an_answer_is_noted_on_the_delivery(
    session: Session, verdict: bool | None, reason: str, noted: str, flag: str
) -> None:
    row = deliver(session)
    deliver(session, "M2")
    settlement = apply_answers(session, (DeliveryAnswer("M1", "ACK", verdict, reason),))
    assert settlement.state is InboxState.PROCESSED
    assert facts(row) == {"answer.ACK": noted}
    assert row.reason == flag


def test_the_same_answer_again_changes_nothing(session: Session) -> None:
    deliver(session)
    for _ in range(3):
        apply_answers(session, (DeliveryAnswer("M1", "ACK", True),))
    events = session.exec(select(AuditEntry).where(AuditEntry.event == "delivery.answer")).all()
    assert len(events) == 1


def test_answers_of_several_kinds_stand_side_by_side(session: Session) -> None:
    row = deliver(session)
    answers = (DeliveryAnswer("M1", "RECEIVED", True), DeliveryAnswer("M1", "READ", True))
    apply_answers(session, answers)
    assert facts(row) == {"answer.RECEIVED": "accepted", "answer.READ": "accepted"}


@pytest.mark.parametrize("reference", ["", "INCONNU"])
def test_an_answer_to_nothing_waits_for_a_person(session: Session, reference: str) -> None:
    row = deliver(session)
    known, unknown = DeliveryAnswer("M1", "ACK", True), DeliveryAnswer(reference, "ACK", True)
    settlement = apply_answers(session, (known, unknown))
    assert (settlement.state, settlement.reason) == (InboxState.QUARANTINED, "answer_unknown")
    assert settlement.report == {"references": [reference]}
    assert facts(row) == {"answer.ACK": "accepted"}


def test_what_has_not_arrived_has_no_answer(session: Session) -> None:
    row = deliver(session)
    row.state = "dead"
    session.flush()
    settlement = apply_answers(session, (DeliveryAnswer("M1", "ACK", True),))
    assert settlement.state is InboxState.QUARANTINED
    assert session.exec(select(col(OutboxMessage.reason))).one() == ""
