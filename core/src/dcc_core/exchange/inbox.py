"""The inbox after reception: what people decide about messages that are kept."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from dcc_core.audit import Outcome, record_event
from dcc_core.config import Clock, utc_now
from dcc_core.errors import Conflict, InvalidInput, NotFound
from dcc_core.exchange.leases import let_go
from dcc_core.exchange.states import InboxState
from dcc_core.exchange.tables import InboxMessage

MAX_RANGE = 1000
"""Messages replayed at once, at most."""

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


def replay_range(
    session: Session, *, source: str, first: int, last: int, clock: Clock = utc_now
) -> int:
    """Have the messages of a source from number ``first`` to ``last`` processed again, and return
    how many.

    Those refused on arrival, those being processed and those whose content was erased stay as they
    are.

    Raises:
        InvalidInput: ``EXC-007`` the range is empty or longer than ``MAX_RANGE`` messages.
    """
    numbers = session.exec(
        select(InboxMessage.id)
        .where(
            InboxMessage.source == source,
            col(InboxMessage.id).between(first, last),
            InboxMessage.state != InboxState.REFUSED,
            or_(col(InboxMessage.size_bytes) == 0, col(InboxMessage.content) != b""),
            or_(col(InboxMessage.lease_until).is_(None), col(InboxMessage.lease_until) <= clock()),
        )
        .order_by(col(InboxMessage.id))
        .limit(MAX_RANGE + 1)
    ).all()
    if not 0 < len(numbers) <= MAX_RANGE:
        raise InvalidInput(
            "EXC-007",
            f"La plage demandée ne contient aucun message à rejouer, ou plus de {MAX_RANGE}. "
            "Indiquez le premier et le dernier numéro d'une plage plus courte.",
            field="last",
        )
    return len(replay_messages(session, [number or 0 for number in numbers], clock=clock))


def prune_messages(
    session: Session, *, source_prefix: str, before: datetime, limit: int = 1000
) -> int:
    """Erase the bytes of messages settled before a time, and return how many.

    What was filed from them stays in the records, as do their envelope, digest and audit; a message
    that waits for a person is never touched.
    """
    numbers = session.exec(
        select(InboxMessage.id)
        .where(
            col(InboxMessage.source).startswith(source_prefix, autoescape=True),
            or_(
                (col(InboxMessage.state) == InboxState.PROCESSED)
                & (col(InboxMessage.processed_at) < before),
                (col(InboxMessage.state) == InboxState.REFUSED)
                & (col(InboxMessage.received_at) < before),
            ),
            InboxMessage.content != b"",
        )
        .order_by(col(InboxMessage.id))
        .limit(limit)
    ).all()
    if not numbers:
        return 0
    session.execute(
        update(InboxMessage).where(col(InboxMessage.id).in_(numbers)).values(content=b"")
    )
    record_event(
        session,
        "message.prune",
        object_kind="inbox_message",
        details={"messages": len(numbers), "source": source_prefix, "before": before.isoformat()},
    )
    return len(numbers)


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
    is_erased = message.size_bytes > 0 and not message.content
    if is_held or is_erased or message.state == InboxState.REFUSED:
        raise Conflict(
            "EXC-002",
            f"Le message {message.id} ne peut pas être rejoué : il est en cours de traitement, il "
            "a été refusé à l'arrivée ou son contenu est effacé. Attendez, ou demandez un nouvel "
            "envoi.",
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
