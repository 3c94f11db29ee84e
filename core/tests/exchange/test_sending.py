"""Documents leave when they may, in order, as what they are to the destination."""

import random
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from dcc_core.audit import AuditEntry
from dcc_core.errors import PermanentExchangeError, RetryableExchangeError
from dcc_core.exchange.feeds import decide_visibility, visibility_of
from dcc_core.exchange.outbox import retry_deliveries
from dcc_core.exchange.rendering import export_document
from dcc_core.exchange.states import OutboxKind, OutboxState
from dcc_core.exchange.tables import OutboxMessage
from dcc_core.exchange.workshop import Workshop
from dcc_core.hooks.contracts.documents import Attachment, ClinicalDocument
from dcc_core.hooks.contracts.identity import IdentityAttribute
from dcc_core.jobs import prepare_worker
from dcc_core.patients import (
    InsMethod,
    SharingPurpose,
    ValidationMode,
    create_patient,
    record_insi_answer,
    record_opposition,
    set_attribute,
    validate_identity,
    withdraw_trust,
)
from dcc_core.records import Provenance, file_document, file_source, withdraw_document
from dcc_core.testing.documents import demo_document, next_version
from dcc_core.testing.exchange import MovableClock, work
from dcc_core.testing.patients import demo_ins, demo_traits, qualified_patient

from .conftest import CDA, Plugin

BUSY = RetryableExchangeError("DMP-1", "Le DMP est occupé. L'envoi sera retenté.")
REFUSED = PermanentExchangeError("DMP-2", "Le DMP refuse ce document.")


@pytest.fixture
def patient(workshop: Workshop) -> UUID:
    with workshop.database.session() as session:
        return qualified_patient(session).id


def sign(workshop: Workshop, patient: UUID, document: ClinicalDocument) -> UUID:
    with workshop.database.session() as session:
        return file_document(session, document, patient_id=patient, clock=workshop.clock).id


def deliveries(workshop: Workshop) -> list[tuple[str, str]]:
    with workshop.database.reading() as session:
        rows = session.exec(
            select(OutboxMessage)
            .where(OutboxMessage.kind == OutboxKind.DOCUMENT)
            .order_by(col(OutboxMessage.id))
        )
        return [(row.state, row.reason) for row in rows]


def retry(workshop: Workshop) -> None:
    with workshop.database.session() as session:
        dead = select(OutboxMessage.id).where(OutboxMessage.state == OutboxState.DEAD)
        ids = [identifier for identifier in session.exec(dead) if identifier]
        retry_deliveries(session, ids, clock=workshop.clock)


def qualify(session: Session, patient: UUID) -> None:
    record_insi_answer(session, patient, demo_traits(), demo_ins(), method=InsMethod.INSI)
    validate_identity(session, patient, ValidationMode.IDENTITY_CARD)


def oppose(workshop: Workshop, patient: UUID, purpose: SharingPurpose, *, opposed: bool) -> None:
    with workshop.database.session() as session:
        record_opposition(
            session,
            patient,
            purpose,
            is_opposed=opposed,
            stated_on=date(2026, 3, 1),
            clock=workshop.clock,
        )


def test_a_signed_document_is_delivered_rendered(
    workshop: Workshop, plugin: Plugin, patient: UUID
) -> None:
    document = demo_document()
    sign(workshop, patient, document)
    work(workshop)
    envelope = plugin.destination.received[0]
    assert (envelope.operation, envelope.attempt, envelope.patient_id) == ("create", 1, patient)
    assert envelope.key == f"{document.document_id}/file"
    assert envelope.renditions[0].media_type == CDA
    assert demo_ins().matricule.encode() in envelope.renditions[0].content
    with workshop.database.reading() as session:
        sent = session.exec(select(AuditEntry).where(AuditEntry.event == "delivery.finish")).one()
        row = session.exec(
            select(OutboxMessage).where(OutboxMessage.kind == OutboxKind.DOCUMENT)
        ).one()
    assert (sent.patient_id, sent.details["ins"], sent.details["destination"]) == (
        patient,
        True,
        "dmp.feed",
    )
    assert row.receipt == {"reference": "urn:1", "recipient": "DMP", "details": {}}


def test_a_correction_replaces_what_arrived(
    workshop: Workshop, plugin: Plugin, patient: UUID
) -> None:
    first = demo_document()
    sign(workshop, patient, first)
    work(workshop)
    sign(workshop, patient, next_version(first))
    work(workshop)
    assert plugin.destination.operations == ["create", "replace"]
    previous = plugin.destination.received[1].previous_receipt
    assert previous is not None
    assert previous.reference == "urn:1"


def test_a_version_corrected_before_it_left_never_leaves(
    workshop: Workshop, plugin: Plugin, patient: UUID
) -> None:
    first = demo_document()
    sign(workshop, patient, first)
    sign(workshop, patient, next_version(first, title="Corrigée"))
    work(workshop)
    assert [envelope.document.title for envelope in plugin.destination.received] == ["Corrigée"]
    assert plugin.destination.operations == ["create"]
    assert deliveries(workshop) == [("cancelled", "superseded"), ("delivered", "")]


def test_a_withdrawal_follows_what_was_sent_and_only_that(
    workshop: Workshop, plugin: Plugin, patient: UUID
) -> None:
    sent, unsent = sign(workshop, patient, demo_document()), demo_document()
    work(workshop)
    never = sign(workshop, patient, unsent)
    with workshop.database.session() as session:
        withdraw_document(session, sent, reason="mauvais patient", clock=workshop.clock)
        withdraw_document(session, never, reason="mauvais patient", clock=workshop.clock)
    work(workshop)
    assert plugin.destination.operations == ["create", "withdraw"]
    assert [reason for _, reason in deliveries(workshop)] == ["", "withdrawn", "", "never_sent"]


def test_a_withdrawal_leaves_even_after_the_patient_opposed(
    workshop: Workshop, plugin: Plugin, patient: UUID
) -> None:
    document = sign(workshop, patient, demo_document())
    work(workshop)
    oppose(workshop, patient, SharingPurpose.DMP, opposed=True)
    with workshop.database.session() as session:
        withdraw_document(session, document, reason="opposition", clock=workshop.clock)
    work(workshop)
    assert plugin.destination.operations == ["create", "withdraw"]


def test_a_withdrawal_bears_the_ins_that_the_document_left_with(
    workshop: Workshop, plugin: Plugin, patient: UUID, clock: MovableClock
) -> None:
    document = sign(workshop, patient, demo_document())
    work(workshop)
    clock.forward(hours=1)
    with workshop.database.session() as session:
        withdraw_trust(session, patient, clock=clock)
        withdraw_document(session, document, reason="erreur d'identité", clock=clock)
    work(workshop)
    sent, taken_back = plugin.destination.received
    assert sent.document.patient.identifier("INS") == taken_back.document.patient.identifier("INS")
    assert taken_back.document.patient.identifier("INS") is not None


def test_a_withdrawal_brings_no_ins_where_none_may_have_been_sent(
    workshop: Workshop, plugin: Plugin, patient: UUID, clock: MovableClock
) -> None:
    plugin.destination.needs_qualified_identity = False
    document = sign(workshop, patient, demo_document())
    work(workshop)
    clock.forward(hours=1)
    with workshop.database.session() as session:
        withdraw_trust(session, patient, clock=clock)
        withdraw_document(session, document, reason="erreur d'identité", clock=clock)
    work(workshop)
    assert plugin.destination.received[1].document.patient.identifier("INS") is None


def test_a_decision_of_visibility_follows_the_document_and_its_later_versions(
    workshop: Workshop, plugin: Plugin, patient: UUID
) -> None:
    document = demo_document()
    filed = sign(workshop, patient, document)
    work(workshop)
    with workshop.database.session() as session:
        for announced in (True, False, True):
            decide_visibility(session, filed, clock=workshop.clock, announced=announced)
    work(workshop)
    sign(workshop, patient, next_version(document))
    work(workshop)
    assert plugin.destination.operations == ["create", *["visibility"] * 3, "replace"]
    assert plugin.destination.received[-1].parameters == {"announced": "yes"}
    with workshop.database.reading() as session:
        assert visibility_of(session, filed) == {"announced": "yes"}


def test_a_decision_that_does_not_exist_is_refused(workshop: Workshop, patient: UUID) -> None:
    filed = sign(workshop, patient, demo_document())
    with workshop.database.session() as session, pytest.raises(ValueError, match="anonced"):
        decide_visibility(session, filed, anonced=True)


def test_what_waits_for_qualification_leaves_by_itself_in_order(
    workshop: Workshop, plugin: Plugin
) -> None:
    with workshop.database.session() as session:
        patient = create_patient(session, demo_traits()).id
    titles = ["un", "deux", "trois"]
    for title in titles:
        sign(workshop, patient, demo_document(title=title))
    work(workshop)
    assert plugin.destination.received == []
    assert ("parked", "identity_not_qualified") in deliveries(workshop)
    with workshop.database.session() as session:
        qualify(session, patient)
    work(workshop)
    assert [each.document.title for each in plugin.destination.received] == titles


@pytest.mark.parametrize("purpose", [SharingPurpose.DMP, SharingPurpose.DCC])
def test_an_opposition_stops_and_its_withdrawal_releases(
    workshop: Workshop, plugin: Plugin, patient: UUID, purpose: SharingPurpose
) -> None:
    oppose(workshop, patient, purpose, opposed=True)
    sign(workshop, patient, demo_document())
    work(workshop)
    assert deliveries(workshop) == [("parked", "patient_opposed")]
    oppose(workshop, patient, purpose, opposed=False)
    work(workshop)
    assert plugin.destination.operations == ["create"]


def test_opposition_to_another_channel_stops_nothing(
    workshop: Workshop, plugin: Plugin, patient: UUID
) -> None:
    oppose(workshop, patient, SharingPurpose.MSSANTE, opposed=True)
    sign(workshop, patient, demo_document())
    work(workshop)
    assert plugin.destination.operations == ["create"]


def test_without_qualification_the_ins_leaves_with_nothing(
    workshop: Workshop, plugin: Plugin, patient: UUID
) -> None:
    plugin.destination.needs_qualified_identity = False
    with workshop.database.session() as session:
        set_attribute(session, patient, IdentityAttribute.HOMONYM, is_set=True)
    sign(workshop, patient, demo_document(patient=demo_document().patient))
    work(workshop)
    envelope = plugin.destination.received[0]
    assert envelope.document.patient.identifier("INS") is None
    assert demo_ins().matricule.encode() not in envelope.renditions[0].content


def test_a_destination_away_is_tried_again_then_put_aside(
    workshop: Workshop, plugin: Plugin, patient: UUID, clock: MovableClock
) -> None:
    plugin.destination.trouble = BUSY
    sign(workshop, patient, demo_document())
    for _ in range(7):
        work(workshop)
        clock.forward(hours=25)
    assert deliveries(workshop) == [("dead", "tries_exhausted")]
    plugin.destination.trouble = None
    retry(workshop)
    work(workshop)
    assert plugin.destination.operations == ["create"]


def test_a_version_waits_to_know_whether_the_one_before_arrived(
    workshop: Workshop, plugin: Plugin, patient: UUID, clock: MovableClock
) -> None:
    first = demo_document()
    plugin.destination.trouble = BUSY
    sign(workshop, patient, first)
    for _ in range(7):
        work(workshop)
        clock.forward(hours=25)
    plugin.destination.trouble = None
    sign(workshop, patient, next_version(first))
    work(workshop)
    assert deliveries(workshop)[1] == ("parked", "predecessor_failed")
    retry(workshop)
    work(workshop)
    assert plugin.destination.operations == ["create", "replace"]


def test_a_version_refused_for_good_does_not_hold_up_the_next(
    workshop: Workshop, plugin: Plugin, patient: UUID
) -> None:
    first = demo_document()
    plugin.destination.trouble = REFUSED
    sign(workshop, patient, first)
    work(workshop)
    plugin.destination.trouble = None
    sign(workshop, patient, next_version(first))
    work(workshop)
    assert deliveries(workshop) == [("dead", "DMP-2"), ("delivered", "")]
    assert plugin.destination.operations == ["create"]


def test_a_destination_that_cannot_choose_is_asked_again(
    workshop: Workshop, plugin: Plugin, patient: UUID, clock: MovableClock
) -> None:
    def broken(_: object) -> bool:
        raise RuntimeError

    plugin.destination.wish = broken
    sign(workshop, patient, demo_document())
    work(workshop)
    assert deliveries(workshop) == [("pending", "")]
    plugin.destination.wish = lambda _: False
    clock.forward(minutes=1)
    work(workshop)
    assert deliveries(workshop) == [("cancelled", "not_wanted")]


def test_a_document_nobody_renders_is_shown_not_lost(
    workshop: Workshop, plugin: Plugin, patient: UUID
) -> None:
    plugin.destination.media_types = ("application/fhir+json",)
    sign(workshop, patient, demo_document())
    work(workshop)
    assert deliveries(workshop) == [("dead", "EXC-022")]


def let_identity_change_at_random(
    workshop: Workshop, plugin: Plugin, patient: UUID, steps: int
) -> None:
    """Identity events between signatures and sendings: nothing leaves unless the identity is
    qualified at that moment, and everything leaves in the end.
    """
    choose = random.Random(20260302)  # noqa: S311 - a repeatable sequence, not a secret
    qualified = True
    for _ in range(steps):
        match choose.randrange(4):
            case 0:
                with workshop.database.session() as session:
                    withdraw_trust(session, patient)
                qualified = False
            case 1 if not qualified:
                with workshop.database.session() as session:
                    qualify(session, patient)
                qualified = True
            case _:
                sign(workshop, patient, demo_document())
        before = len(plugin.destination.received)
        work(workshop)
        assert qualified or len(plugin.destination.received) == before
    with workshop.database.session() as session:
        qualify(session, patient)
    work(workshop)
    assert {state for state, _ in deliveries(workshop)} == {"delivered"}
    assert all(each.document.patient.identifier("INS") for each in plugin.destination.received)


def test_no_ins_ever_leaves_unqualified(workshop: Workshop, plugin: Plugin, patient: UUID) -> None:
    let_identity_change_at_random(workshop, plugin, patient, 40)


@pytest.mark.campaign
def test_no_ins_leaves_unqualified_in_ten_thousand_steps(
    workshop: Workshop, plugin: Plugin, patient: UUID
) -> None:
    let_identity_change_at_random(workshop, plugin, patient, 10_000)


def test_a_destination_that_is_back_is_served(
    workshop: Workshop, plugin: Plugin, patient: UUID
) -> None:
    sign(workshop, patient, demo_document())
    without = replace(workshop.parts, feeds={})
    work(replace(workshop, parts=without))
    assert deliveries(workshop) == [("parked", "destination_absent")]
    prepare_worker(workshop)
    work(workshop)
    assert plugin.destination.operations == ["create"]


def test_a_printed_document_carries_the_ins_only_while_qualified(
    workshop: Workshop, patient: UUID
) -> None:
    document = sign(workshop, patient, demo_document())

    def printed() -> bytes:
        with workshop.database.session() as session:
            return export_document(session, workshop, document, media_type=CDA).content

    assert demo_ins().matricule.encode() in printed()
    with workshop.database.session() as session:
        withdraw_trust(session, patient)
    assert demo_ins().matricule.encode() not in printed()
    with workshop.database.reading() as session:
        audited = session.exec(select(AuditEntry).where(AuditEntry.event == "document.export"))
        assert [entry.details["ins"] for entry in audited] == [True, False]


def test_a_received_file_is_not_converted(workshop: Workshop, patient: UUID) -> None:
    with workshop.database.session() as session:
        filed = file_source(
            session,
            Attachment("text/plain", b"compte rendu"),
            patient_id=patient,
            title="CR",
            document_class="CR-ACP",
            provenance=Provenance("lab"),
        )
    with (
        pytest.raises(PermanentExchangeError, match="EXC-020"),
        workshop.database.session() as session,
    ):
        export_document(session, workshop, filed.id, media_type=CDA)
