"""Write announced events to the outbox just before the commit of the transaction they happened in:
one row per plugin that listens.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.orm import Session as AnySession
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session

from dcc_core.config import Clock, utc_now
from dcc_core.db import Database
from dcc_core.db.events import PENDING, drain
from dcc_core.exchange.event_codec import dump_event
from dcc_core.exchange.feeds import owe_document, owe_withdrawal
from dcc_core.exchange.outbox import enqueue, release_patient
from dcc_core.exchange.registry import ExchangeParts
from dcc_core.exchange.states import EVENT_DESTINATION, OutboxKind
from dcc_core.hooks import Dispatcher
from dcc_core.hooks.contracts.life import (
    DocumentFinalized,
    DocumentWithdrawn,
    Event,
    OppositionChanged,
    PatientIdentityChanged,
    PatientsMerged,
    PatientsUnmerged,
)

_MARKS = "dcc_event_marks"


def install(
    database: Database,
    dispatcher: Dispatcher,
    parts: ExchangeParts,
    *,
    clock: Clock = utc_now,
) -> None:
    """Make every session of this database carry its events to the outbox.

    Call it once, when the plugins are loaded. Rolling a transaction or a savepoint back forgets the
    events announced inside it.
    """
    maker = database.sessions

    def before_commit(session: Any) -> None:
        if not session.in_nested_transaction():
            write_events(session, dispatcher, parts, clock=clock)

    sqlalchemy_event.listen(maker, "before_commit", before_commit)
    sqlalchemy_event.listen(maker, "after_transaction_create", _mark)
    sqlalchemy_event.listen(maker, "after_soft_rollback", _forget)


def write_events(
    session: Session, dispatcher: Dispatcher, parts: ExchangeParts, *, clock: Clock
) -> None:
    """Write what the events announced on this session make due, in its transaction: a message to
    each plugin that listens, a document to each destination, a release of what waited.
    """
    for event in drain(session):
        for plugin in dispatcher.implementers("dcc_event"):
            _owe(session, event, plugin, clock)
        _follow(session, event, dispatcher, parts, clock)


def _owe(session: Session, event: Event, plugin: str, clock: Clock) -> None:
    enqueue(
        session,
        kind=OutboxKind.EVENT,
        destination=f"{EVENT_DESTINATION}{plugin}",
        key=str(event.event_id),
        payload=dump_event(event),
        patient_id=_patient_of(event),
        clock=clock,
    )


def _follow(
    session: Session, event: Event, dispatcher: Dispatcher, parts: ExchangeParts, clock: Clock
) -> None:
    match event:
        case DocumentFinalized():
            owe_document(session, event, parts=parts, dispatcher=dispatcher, clock=clock)
        case DocumentWithdrawn():
            owe_withdrawal(session, event, clock=clock)
        case PatientIdentityChanged() | OppositionChanged():
            release_patient(session, event.patient_id, clock=clock)
        case PatientsMerged():
            release_patient(session, event.kept_id, clock=clock)
        case PatientsUnmerged():
            release_patient(session, event.kept_id, clock=clock)
            release_patient(session, event.restored_id, clock=clock)


def _patient_of(event: Event) -> UUID | None:
    patient_id: UUID | None = getattr(event, "patient_id", None) or getattr(event, "kept_id", None)
    return patient_id


def _mark(session: AnySession, transaction: SessionTransaction) -> None:
    if transaction.nested:
        marks = session.info.setdefault(_MARKS, {})
        marks[transaction] = len(session.info.get(PENDING, ()))


def _forget(session: AnySession, transaction: SessionTransaction) -> None:
    """Forget what was announced since the transaction or savepoint that was rolled back began."""
    mark = session.info.get(_MARKS, {}).pop(transaction, 0)
    if transaction.nested or transaction.parent is None:
        del session.info.get(PENDING, [])[mark:]
