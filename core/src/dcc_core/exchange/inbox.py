"""The inbox after reception: what people decide about messages that are kept."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel import Session, select

from dcc_core.audit import Outcome, record_event
from dcc_core.config import Clock, utc_now
from dcc_core.errors import Conflict, InvalidInput, NotFound
from dcc_core.exchange.leases import let_go
from dcc_core.exchange.states import InboxState
from dcc_core.exchange.tables import InboxMessage

CLOSED = "closed_by_person"
"""Reason of a message of which a person said that nothing is to be applied."""


def replay_messages(
    session: Session, ids: Sequence[int], *, clock: Clock = utc_now
) -> tuple[InboxMessage, ...]:
    """Have messages processed again. A message already applied changes nothing the second time.

    Raises:
        NotFound: ``EXC-001`` a message does not exist.
        Conflict: ``EXC-002`` a message is being processed, or was refused and has no content.
    """
    messages = tuple(_find(session, identifier) for identifier in ids)
    for message in messages:
        _reopen(message, clock)
        _audit(session, message, "message.replay", Outcome.SUCCESS)
    session.flush()
    return messages


def attach_message(
    session: Session,
    message_id: int,
    *,
    patient_id: UUID,
    reason: str,
    clock: Clock = utc_now,
) -> InboxMessage:
    """Decide, as a person, that a quarantined message is about this patient; it is then processed.

    Raises:
        NotFound: ``EXC-001`` the message does not exist.
        Conflict: ``EXC-003`` the message does not wait for this decision.
        InvalidInput: ``EXC-004`` no reason is given.
    """
    message = _waiting_for_a_person(session, message_id, {InboxState.QUARANTINED}, reason)
    message.attached_to = patient_id
    message.patient_id = patient_id
    _reopen(message, clock)
    session.flush()
    _audit(session, message, "message.attach", Outcome.SUCCESS, reason=reason.strip())
    return message


def close_message(
    session: Session, message_id: int, *, reason: str, clock: Clock = utc_now
) -> InboxMessage:
    """Close, as a person, a message that is settled otherwise or has no object: nothing of it is
    applied.

    Raises:
        NotFound: ``EXC-001`` the message does not exist.
        Conflict: ``EXC-003`` the message does not wait for a decision.
        InvalidInput: ``EXC-004`` no reason is given.
    """
    waiting = {InboxState.QUARANTINED, InboxState.FAILED}
    message = _waiting_for_a_person(session, message_id, waiting, reason)
    message.state = InboxState.PROCESSED
    message.reason = CLOSED
    message.processed_at = clock()
    session.flush()
    _audit(session, message, "message.close", Outcome.SUCCESS, reason=reason.strip())
    return message


def read_message(session: Session, message_id: int) -> InboxMessage:
    """Return a message with its bytes; the reading is audited.

    Raises:
        NotFound: ``EXC-001`` the message does not exist.
    """
    message = _find(session, message_id)
    _audit(session, message, "message.read", Outcome.SUCCESS)
    return message


def _waiting_for_a_person(
    session: Session, message_id: int, states: Collection[InboxState], reason: str
) -> InboxMessage:
    message = _find(session, message_id)
    if message.state not in states:
        raise Conflict(
            "EXC-003",
            "Ce message n'attend pas de décision : quelqu'un l'a peut-être déjà traité. "
            "Rechargez la file.",
            message=message_id,
        )
    if not reason.strip():
        raise InvalidInput(
            "EXC-004",
            "Le motif de la décision manque. Indiquez ce qui a été vérifié.",
            field="reason",
        )
    return message


def _find(session: Session, message_id: int) -> InboxMessage:
    message = session.exec(
        select(InboxMessage).where(InboxMessage.id == message_id).with_for_update()
    ).one_or_none()
    if message is None:
        raise NotFound(
            "EXC-001",
            f"Le message {message_id} n'existe pas dans la boîte d'arrivée. Vérifiez son numéro.",
            message=message_id,
        )
    return message


def _reopen(message: InboxMessage, clock: Clock) -> None:
    now = clock()
    is_held = message.lease_until is not None and message.lease_until > now
    if is_held or message.state == InboxState.REFUSED:
        raise Conflict(
            "EXC-002",
            f"Le message {message.id} ne peut pas être rejoué : il est en cours de traitement ou "
            "il a été refusé à l'arrivée. Attendez, ou demandez un nouvel envoi.",
            message=message.id,
        )
    message.state = InboxState.RECEIVED
    message.reason = ""
    message.tries = 0
    message.next_at = now
    let_go(message)


def _audit(
    session: Session, message: InboxMessage, event: str, outcome: Outcome, *, reason: str = ""
) -> None:
    record_event(
        session,
        event,
        patient_id=message.patient_id,
        object_kind="inbox_message",
        outcome=outcome,
        reason=reason or message.reason,
        details={
            "message": message.id,
            "source": message.source,
            "digest": message.digest,
            "size_bytes": message.size_bytes,
        },
    )
