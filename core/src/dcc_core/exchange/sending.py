"""Send one document to one destination.

What must be true of the patient is asked when the document leaves, not only when it was signed: an
identity can lose its qualification, and a patient can oppose, while a delivery waits. The identity
sent is the one that stands now.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from dcc_core.errors import PermanentExchangeError, RetryableExchangeError
from dcc_core.exchange.delivery import Cancelled, Delivered, Parked, Verdict
from dcc_core.exchange.feeds import FILE, VISIBILITY, WITHDRAW, notice_of, visibility_of
from dcc_core.exchange.gate import Standing, identity_sent, reason_to_wait, standing_of
from dcc_core.exchange.outbox import DESTINATION_ABSENT, PREDECESSOR_FAILED, TRIES_EXHAUSTED
from dcc_core.exchange.rendering import RENDER_TIMEOUT_S, neutral_form, render
from dcc_core.exchange.states import OutboxState
from dcc_core.exchange.tables import OutboxMessage
from dcc_core.exchange.workshop import Workshop
from dcc_core.hooks.contracts.documents import ClinicalDocument
from dcc_core.hooks.contracts.outbound import Envelope, OutboundFeed, Receipt, Rendition
from dcc_core.records import DocumentContent, load_document

DELIVER_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class _Parcel:
    """A delivery made ready: the document as it may leave now."""

    document: ClinicalDocument
    standing: Standing
    operation: str
    previous: Receipt | None
    parameters: Mapping[str, str]


def deliver_document(workshop: Workshop, leased: OutboxMessage) -> Verdict:
    """Attempt to deliver a document, or its withdrawal, to the destination that is owed it."""
    found = workshop.parts.feeds.get(leased.destination)
    if found is None:
        return Parked(DESTINATION_ABSENT)
    plugin, feed = found
    with workshop.database.reading() as session:
        parcel = _prepare(session, workshop, leased, plugin, feed)
    if not isinstance(parcel, _Parcel):
        return parcel
    changes_nothing = parcel.operation in {WITHDRAW, VISIBILITY}
    renditions = () if changes_nothing else _render(workshop, parcel.document, feed)
    with workshop.database.reading() as session:
        _refuse_stale(session, parcel, feed)
    envelope = Envelope(
        key=leased.key,
        attempt=leased.tries,
        operation=parcel.operation,
        document=parcel.document,
        patient_id=parcel.standing.patient_id,
        renditions=renditions,
        previous_receipt=parcel.previous,
        parameters=parcel.parameters,
    )
    receipt = workshop.ask(plugin, lambda: feed.deliver(envelope), timeout_s=DELIVER_TIMEOUT_S)
    carries_ins = any(one.kind == "INS" for one in parcel.document.patient.identifiers)
    return Delivered(receipt, carries_ins=carries_ins)


def _prepare(
    session: Session, workshop: Workshop, leased: OutboxMessage, plugin: str, feed: OutboundFeed
) -> _Parcel | Parked | Cancelled:
    content = _content(session, leased)
    standing = standing_of(session, content.description.patient_id)
    if not leased.payload["is_certain"]:
        notice = notice_of(content.description, standing.status)
        if not workshop.ask(plugin, lambda: feed.wants(notice), timeout_s=RENDER_TIMEOUT_S):
            return Cancelled("not_wanted")
    obstacle = _obstacle(session, leased, content)
    if obstacle is not None:
        return obstacle
    owed = leased.payload["operation"]
    reason = reason_to_wait(session, standing, feed)
    if reason and owed != WITHDRAW:
        return Parked(reason)
    document = neutral_form(content.document)
    arrived = _arrived_before(session, leased)
    patient = standing.traits
    arrived_at = arrived.finished_at if arrived else None
    if owed == WITHDRAW and feed.needs_qualified_identity and arrived_at:
        patient = identity_sent(session, standing, arrived_at)
    previous = Receipt(**arrived.receipt) if arrived and arrived.receipt else None
    return _Parcel(
        document=replace(document, patient=patient),
        standing=standing,
        operation=owed if owed != FILE else "replace" if previous else "create",
        previous=previous,
        parameters=visibility_of(session, content.description.id),
    )


def _obstacle(
    session: Session, leased: OutboxMessage, content: DocumentContent
) -> Parked | Cancelled | None:
    """Return what makes a delivery pointless or premature, given the other versions."""
    if _is_uncertain(session, leased):
        return Parked(PREDECESSOR_FAILED)
    if leased.payload["operation"] in {WITHDRAW, VISIBILITY}:
        arrived = _arrived_before(session, leased)
        return None if arrived and arrived.receipt else Cancelled("never_sent")
    was_attempted = leased.tries > 1 or bool(leased.error)
    status = content.description.status
    return Cancelled(status) if status != "current" and not was_attempted else None


def _is_uncertain(session: Session, leased: OutboxMessage) -> bool:
    """Tell whether an earlier version may have arrived without our knowing."""
    found = session.exec(
        _earlier(leased).where(
            OutboxMessage.state == OutboxState.DEAD, OutboxMessage.reason == TRIES_EXHAUSTED
        )
    )
    return found.first() is not None


def _arrived_before(session: Session, leased: OutboxMessage) -> OutboxMessage | None:
    """Return the last delivery of this document to this destination that arrived."""
    return session.exec(
        _earlier(leased)
        .where(OutboxMessage.state == OutboxState.DELIVERED)
        .order_by(col(OutboxMessage.id).desc())
    ).first()


def _earlier(leased: OutboxMessage) -> SelectOfScalar[OutboxMessage]:
    return select(OutboxMessage).where(
        OutboxMessage.document_id == leased.document_id,
        OutboxMessage.destination == leased.destination,
        col(OutboxMessage.id) < leased.id,
    )


def _content(session: Session, leased: OutboxMessage) -> DocumentContent:
    if leased.document_id is None:
        raise PermanentExchangeError("EXC-023", "Cet envoi ne désigne aucun document.")
    return load_document(session, leased.document_id, version=leased.document_version)


def _render(
    workshop: Workshop, document: ClinicalDocument, feed: OutboundFeed
) -> tuple[Rendition, ...]:
    return tuple(render(workshop, document, media_type) for media_type in feed.media_types)


def _refuse_stale(session: Session, parcel: _Parcel, feed: OutboundFeed) -> None:
    """Refuse to send what was prepared for an identity that changed since."""
    now = standing_of(session, parcel.standing.patient_id)
    if now.version != parcel.standing.version or (
        parcel.operation != WITHDRAW and reason_to_wait(session, now, feed)
    ):
        raise RetryableExchangeError(
            "EXC-021",
            "L'identité ou les oppositions du patient ont changé pendant la préparation. "
            "L'envoi sera préparé à nouveau.",
        )
