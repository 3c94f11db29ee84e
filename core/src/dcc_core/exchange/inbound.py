"""One step of a worker: take a message of the inbox, read it, place it, or say why it cannot be."""

import logging
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, exists, inspect, or_, update
from sqlmodel import Session, col, select

from dcc_core.audit import AuditContext, Outcome, audit_context, record_event
from dcc_core.errors import InvalidInput, PermanentExchangeError
from dcc_core.exchange.answers import apply_answers
from dcc_core.exchange.identity_events import apply_identity_event
from dcc_core.exchange.leases import BACK_OFF, LeaseLost, held, is_due, let_go, next_try, take
from dcc_core.exchange.matching import attribute_message
from dcc_core.exchange.oppositions import note_oppositions
from dcc_core.exchange.outbox import describe
from dcc_core.exchange.reports import MISSING_PREDECESSOR, Unplaceable, apply_document
from dcc_core.exchange.settlement import Settlement, processed, quarantined
from dcc_core.exchange.states import InboxState
from dcc_core.exchange.tables import InboxMessage
from dcc_core.exchange.workshop import Workshop
from dcc_core.hooks.contracts.labs import (
    DocumentAction,
    IdentityEvent,
    InboundDocument,
    ParsedResult,
    RawMessage,
)
from dcc_core.records import display_text
from dcc_core.users.notifications import MESSAGE_QUARANTINED, notify_holders

logger = logging.getLogger(__name__)

PARSE_TIMEOUT_S = 30.0
WAITS = BACK_OFF[:5]
PATIENCE = timedelta(hours=24)
"""How long a correction waits for what it corrects."""

RECHECK = timedelta(minutes=10)


def process_next(workshop: Workshop) -> bool:
    """Process the next message of the inbox; return False when none is due.

    Messages of one source are processed in the order of their arrival; one that is tried again does
    not hold up those behind it.
    """
    ready = _ready(workshop.clock())
    with workshop.database.reading() as session:
        if session.exec(select(InboxMessage.id).where(ready).limit(1)).first() is None:
            return False
    with workshop.database.session() as session:
        leased = take(session, InboxMessage, ready, now=workshop.clock(), lease=workshop.lease)
    if leased is None:
        return False
    with audit_context(AuditContext(via=leased.source[:40], correlation_id=str(leased.id))):
        try:
            _process(workshop, leased)
        except LeaseLost as lost:
            logger.warning("lease_lost", extra={"inbox": leased.id, "code": lost.code})
    return True


def parse_message(workshop: Workshop, message: InboxMessage) -> ParsedResult:
    """Read a message with the first parser that accepts it. Nothing is stored.

    Raises:
        PermanentExchangeError: ``EXC-030`` nobody reads such a message, or the parser's own.
    """
    raw = RawMessage(
        message.source, message.message_id, message.content, message.media_type, message.meta
    )
    for plugin, parser in workshop.parts.parsers:
        if workshop.ask(plugin, partial(parser.accepts, raw), timeout_s=PARSE_TIMEOUT_S):
            return workshop.ask(plugin, partial(parser.parse, raw), timeout_s=PARSE_TIMEOUT_S)
    raise PermanentExchangeError(
        "EXC-030",
        "Aucun greffon de la région ne sait lire ce message. Ajoutez le greffon voulu, puis "
        "rejouez le message.",
    )


def _process(workshop: Workshop, leased: InboxMessage) -> None:
    try:
        result = parse_message(workshop, leased)
        with workshop.database.session() as session:
            message = held(session, leased)
            _settle(session, message, result, _place(session, workshop, message, result), workshop)
    except LeaseLost:
        raise
    except Unplaceable as obstacle:
        with workshop.database.session() as session:
            _wait(session, held(session, leased), obstacle, workshop.clock())
    except Exception as error:  # noqa: BLE001 - whatever a parser raises, the message is kept
        with workshop.database.session() as session:
            _fail(session, held(session, leased), error, workshop.clock())


def _place(
    session: Session, workshop: Workshop, message: InboxMessage, result: ParsedResult
) -> Settlement:
    if result.identity_event is not IdentityEvent.NONE and not result.documents:
        return apply_identity_event(
            session,
            message,
            result,
            region=workshop.region,
            settings=workshop.settings,
            clock=workshop.clock,
        )
    if result.answers:
        return apply_answers(session, result.answers)
    documents = result.documents or _bare_results(message, result)
    if not documents:
        return processed(None, {})
    found = attribute_message(
        session, message, result.traits, region=workshop.region, settings=workshop.settings
    )
    if found.patient_id is None:
        return quarantined(found.reason, found.report)
    note_oppositions(
        session, result, patient_id=found.patient_id, source=message.source, clock=workshop.clock
    )
    filed = [
        apply_document(
            session,
            message,
            document,
            patient_id=found.patient_id,
            observations=result.observations,
            clock=workshop.clock,
        )
        for document in documents
    ]
    return processed(found.patient_id, {**found.report, "documents": [str(each) for each in filed]})


def _bare_results(message: InboxMessage, result: ParsedResult) -> tuple[InboundDocument, ...]:
    """Make a document of results that came without one: the message itself is its file."""
    if not result.observations:
        return ()
    return (
        InboundDocument(
            action=DocumentAction.CREATE,
            document_class="RESULTATS",
            title="Résultats de laboratoire",
            media_type=message.media_type,
            content=message.content,
            external_id=result.message_id,
        ),
    )


def _settle(
    session: Session,
    message: InboxMessage,
    result: ParsedResult,
    settlement: Settlement,
    workshop: Workshop,
) -> None:
    message.kind = display_text(result.kind)[:80]
    message.sender = display_text(result.sender)[:200]
    message.report = {
        **message.report,
        **settlement.report,
        "warnings": [display_text(each) for each in result.warnings],
    }
    message.patient_id = settlement.patient_id
    _close(session, message, settlement.state, settlement.reason, workshop.clock())
    if settlement.state is InboxState.PROCESSED:
        _wake_waiting(session, message, workshop.clock())


def _wait(session: Session, message: InboxMessage, obstacle: Unplaceable, now: datetime) -> None:
    """Leave a correction waiting for what it corrects, for a day; then a person looks."""
    is_early = obstacle.reason == MISSING_PREDECESSOR and now < message.received_at + PATIENCE
    if not is_early:
        _close(session, message, InboxState.QUARANTINED, obstacle.reason, now)
        return
    message.reason = obstacle.reason
    message.next_at = now + RECHECK
    message.tries = 1
    let_go(message)


def _wake_waiting(session: Session, message: InboxMessage, now: datetime) -> None:
    session.execute(
        update(InboxMessage)
        .where(
            col(InboxMessage.source) == message.source,
            col(InboxMessage.state) == InboxState.RECEIVED,
            col(InboxMessage.reason) == MISSING_PREDECESSOR,
        )
        .values(next_at=now)
    )


def _fail(session: Session, message: InboxMessage, error: Exception, now: datetime) -> None:
    is_hopeless = isinstance(error, PermanentExchangeError | InvalidInput)
    later = None if is_hopeless else next_try(message.tries, now, waits=WAITS)
    message.report = {**message.report, "error": describe(error)}
    if later is None:
        _close(session, message, InboxState.FAILED, getattr(error, "code", "tries_exhausted"), now)
        return
    message.next_at = later
    let_go(message)


def _close(
    session: Session, message: InboxMessage, state: InboxState, reason: str, now: datetime
) -> None:
    message.state = state
    message.reason = reason[:60]
    message.processed_at = now
    let_go(message)
    if state is InboxState.QUARANTINED:
        notify_holders(
            session,
            "core.exchange.attach",
            MESSAGE_QUARANTINED,
            message.source,
            now=now,
            facts={"message": message.id or 0},
        )
    is_done = state is InboxState.PROCESSED
    record_event(
        session,
        f"message.{state}",
        patient_id=message.patient_id,
        object_kind="inbox_message",
        outcome=Outcome.SUCCESS if is_done else Outcome.FAILURE,
        reason=reason,
        details={"message": message.id, "source": message.source, "tries": message.tries},
    )


_earlier = inspect(InboxMessage).local_table.alias("earlier").c


def _ready(now: datetime) -> ColumnElement[bool]:
    """Return the condition of messages that are due and that no earlier message of their source
    holds up: one not tried yet, or being processed.
    """
    is_waited_for = exists().where(
        _earlier.source == InboxMessage.source,
        _earlier.state == InboxState.RECEIVED,
        _earlier.id < InboxMessage.id,
        or_(_earlier.tries == 0, _earlier.lease_until > now),
    )
    return (
        (col(InboxMessage.state) == InboxState.RECEIVED)
        & is_due(InboxMessage, now)
        & ~is_waited_for
    )
