"""Answers that come later: what a partner says of something that was delivered to it."""

from sqlmodel import Session, select

from dcc_core.audit import Outcome, record_event
from dcc_core.exchange.settlement import Settlement, processed, quarantined
from dcc_core.exchange.states import OutboxState
from dcc_core.exchange.tables import OutboxMessage
from dcc_core.hooks.contracts.labs import DeliveryAnswer
from dcc_core.records import display_text

ANSWER_UNKNOWN = "answer_unknown"
"""Reason to show an answer to a person: nothing that was sent bears this reference."""

ANSWER_REFUSED = "answer_refused"
"""Reason noted on a delivery that arrived, and that the partner refused afterwards."""


def apply_answers(session: Session, answers: tuple[DeliveryAnswer, ...]) -> Settlement:
    """Note each answer on the deliveries that it answers; the same answer again changes nothing."""
    unknown = [answer.reference for answer in answers if not _apply(session, answer)]
    if unknown:
        shown = [display_text(reference)[:200] for reference in unknown]
        return quarantined(ANSWER_UNKNOWN, {"references": shown})
    return processed(None, {"answers": [display_text(answer.code)[:60] for answer in answers]})


def _apply(session: Session, answer: DeliveryAnswer) -> bool:
    if not answer.reference:
        return False
    rows = session.exec(
        select(OutboxMessage)
        .where(
            OutboxMessage.reference == answer.reference,
            OutboxMessage.state == OutboxState.DELIVERED,
        )
        .with_for_update()
    ).all()
    for row in rows:
        _note(session, row, answer)
    return bool(rows)


def _note(session: Session, row: OutboxMessage, answer: DeliveryAnswer) -> None:
    """Receipts are facts in text, so an answer is one more: ``answer.<code>``."""
    receipt = row.receipt or {}
    name = f"answer.{display_text(answer.code)[:60]}"
    facts = {**receipt.get("details", {}), name: _verdict(answer)}
    if facts == receipt.get("details"):
        return
    row.receipt = {**receipt, "details": facts}
    is_refused = answer.is_positive is False
    if is_refused:
        row.reason = ANSWER_REFUSED
    record_event(
        session,
        "delivery.answer",
        patient_id=row.patient_id,
        object_kind="delivery",
        object_id=row.document_id,
        object_version=row.document_version,
        outcome=Outcome.FAILURE if is_refused else Outcome.SUCCESS,
        details={"delivery": row.id, "destination": row.destination, "answer": name},
    )


def _verdict(answer: DeliveryAnswer) -> str:
    word = {True: "accepted", False: "refused", None: "noted"}[answer.is_positive]
    return f"{word} {display_text(answer.reason)[:60]}".strip()
