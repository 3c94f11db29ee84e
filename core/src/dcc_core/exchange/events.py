"""Write announced events to the outbox just before the commit of the transaction they happened in:
one row per plugin that listens.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.orm import Session as AnySession
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session

from dcc_core.db import Database
from dcc_core.db.events import drain
from dcc_core.exchange.event_codec import dump_event
from dcc_core.exchange.outbox import enqueue, release_patient
from dcc_core.exchange.states import OutboxKind
from dcc_core.hooks import Dispatcher
from dcc_core.hooks.contracts.life import (
    Event,
    OppositionChanged,
    PatientIdentityChanged,
    PatientsMerged,
)

_MARKS = "dcc_event_marks"


def install(database: Database, dispatcher: Dispatcher) -> None:
    """Make every session of this database carry its events to the outbox.

    Call it once, when the plugins are loaded. Rolling a transaction or a savepoint back forgets the
    events announced inside it.
    """
    maker = database.sessions

    def before_commit(session: Any) -> None:
        if not session.in_nested_transaction():
            write_events(session, dispatcher)

    sqlalchemy_event.listen(maker, "before_commit", before_commit)
    sqlalchemy_event.listen(maker, "after_rollback", _forget_all)
    sqlalchemy_event.listen(maker, "after_transaction_create", _mark)
    sqlalchemy_event.listen(maker, "after_soft_rollback", _forget_since_mark)


def write_events(session: Session, dispatcher: Dispatcher) -> None:
    """Write the events announced on this session to the outbox, in its transaction."""
    for event in drain(session):
        for plugin in dispatcher.implementers("dcc_event"):
            _owe(session, event, plugin)
        _release_what_waited(session, event)


def _owe(session: Session, event: Event, plugin: str) -> None:
    enqueue(
        session,
        kind=OutboxKind.EVENT,
        destination=f"event:{plugin}",
        key=str(event.event_id),
        payload=dump_event(event),
        patient_id=_patient_of(event),
    )


def _release_what_waited(session: Session, event: Event) -> None:
    if isinstance(event, PatientIdentityChanged | OppositionChanged):
        release_patient(session, event.patient_id)
    elif isinstance(event, PatientsMerged):
        release_patient(session, event.kept_id)


def _patient_of(event: Event) -> UUID | None:
    patient_id: UUID | None = getattr(event, "patient_id", None) or getattr(event, "kept_id", None)
    return patient_id


def _forget_all(session: AnySession) -> None:
    session.info.get("dcc_events", []).clear()


def _mark(session: AnySession, transaction: SessionTransaction) -> None:
    if transaction.nested:
        marks = session.info.setdefault(_MARKS, {})
        marks[transaction] = len(session.info.get("dcc_events", ()))


def _forget_since_mark(session: AnySession, transaction: SessionTransaction) -> None:
    mark = session.info.get(_MARKS, {}).pop(transaction, None)
    if mark is not None:
        del session.info.get("dcc_events", [])[mark:]
