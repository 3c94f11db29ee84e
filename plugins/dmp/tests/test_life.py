"""A document through its life, from the record to the simulated DMP: what the patient may see, and
taking back what was sent when the identity or the consent has changed since.
"""

from dataclasses import replace

import pytest
from sqlmodel import select

from dcc_cda.plugin import CdaPlugin
from dcc_cda.specimen import frcp_specimen
from dcc_core.api import (
    InsMethod,
    PluginSettings,
    SharingPurpose,
    ValidationMode,
    create_patient,
    decide_visibility,
    file_document,
    new_oid,
    read_document,
    record_insi_answer,
    record_opposition,
    visibility_of,
    withdraw_document,
)
from dcc_core.exchange.tables import OutboxMessage
from dcc_core.patients import validate_identity, withdraw_trust
from dcc_core.testing.clock import MovableClock
from dcc_core.testing.exchange import demo_workshop, work
from dcc_core.testing.patients import TODAY, demo_ins, demo_traits, qualified_patient
from dcc_dmp.plugin import DmpPlugin
from dcc_sandbox.dmp import names

from .support import next_version, settings_for


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def workshop(database, tmp_path, address, organisation, clock):
    settings = settings_for(address, organisation, hide_until_announced=("FRCP",))
    plugins = (("cda", CdaPlugin(PluginSettings())), ("dmp", DmpPlugin(settings)))
    return demo_workshop(database, tmp_path, *plugins, clock=clock)


@pytest.fixture
def sent(workshop, clock):
    """A document that has arrived; returns its number in the record and its patient's."""
    with workshop.database.session() as session:
        patient = qualified_patient(session)
        oid = new_oid()
        document = replace(frcp_specimen(), document_id=oid, set_id=oid, patient=patient.traits)
        filed = file_document(session, document, patient_id=patient.id, clock=clock)
    work(workshop)
    clock.advance(hours=1)
    return filed.id, patient.id


def states(workshop) -> list[tuple[str, str]]:
    with workshop.database.reading() as session:
        rows = session.exec(select(OutboxMessage).order_by(OutboxMessage.id)).all()
        return [(row.state, row.error) for row in rows if row.destination == "dmp.feed"]


def test_the_patient_sees_a_form_once_the_announcement_is_made(workshop, sent, dmp, clock):
    document_id, _ = sent
    assert dmp.holdings.documents()[0].confidentialities == {"N", "INVISIBLE_PATIENT"}
    with workshop.database.session() as session:
        assert decide_visibility(session, document_id, clock=clock, announced=True) == 1
    work(workshop)
    (shown,) = dmp.holdings.documents()
    assert shown.confidentialities == {"N"}
    assert shown.version == 2
    with workshop.database.reading() as session:
        assert visibility_of(session, document_id) == {"announced": "yes"}


def test_what_was_announced_stays_visible_in_the_next_version(workshop, sent, dmp, clock):
    document_id, patient_id = sent
    with workshop.database.session() as session:
        decide_visibility(session, document_id, clock=clock, announced=True)
        held = read_document(session, document_id).document
        second = replace(next_version(held), title="FRCP corrigée")
        file_document(session, second, patient_id=patient_id, clock=clock)
    work(workshop)
    assert [(one.status, one.confidentialities) for one in dmp.holdings.documents()] == [
        (names.DEPRECATED, {"N"}),
        (names.APPROVED, {"N"}),
    ]


def test_a_decision_made_before_the_document_left_leaves_with_it(workshop, dmp, clock):
    with workshop.database.session() as session:
        patient = create_patient(session, demo_traits(), clock=clock)
        oid = new_oid()
        document = replace(frcp_specimen(), document_id=oid, set_id=oid, patient=patient.traits)
        filed = file_document(session, document, patient_id=patient.id, clock=clock)
    work(workshop)
    assert dmp.holdings.documents() == []
    with workshop.database.session() as session:
        decide_visibility(session, filed.id, clock=clock, announced=True)
        ins, method = demo_ins(), InsMethod.INSI
        record_insi_answer(session, patient.id, demo_traits(), ins, method=method, clock=clock)
        validate_identity(session, patient.id, ValidationMode.IDENTITY_CARD)
    work(workshop)
    assert {one.confidentialities for one in dmp.holdings.entries[:1]} == {frozenset({"N"})}
    assert [state for state, _ in states(workshop)] == ["delivered", "delivered"]


def test_a_document_is_taken_back_after_the_identity_lost_its_qualification(
    workshop, sent, dmp, clock
):
    document_id, patient_id = sent
    with workshop.database.session() as session:
        withdraw_trust(session, patient_id, clock=clock)
        withdraw_document(session, document_id, reason="Erreur d'identité", clock=clock)
    work(workshop)
    assert [one.status for one in dmp.holdings.documents()] == [names.DELETED]


def test_a_document_is_taken_back_from_the_ins_it_was_sent_under(workshop, sent, dmp, clock):
    document_id, patient_id = sent
    sent_under = dmp.holdings.documents()[0].patient_id
    with workshop.database.session() as session:
        other, method = demo_ins(2), InsMethod.INSI
        record_insi_answer(session, patient_id, demo_traits(), other, method=method, clock=clock)
        withdraw_document(session, document_id, reason="Erreur d'identité", clock=clock)
    work(workshop)
    (held,) = dmp.holdings.documents()
    assert (held.status, held.patient_id) == (names.DELETED, sent_under)


@pytest.mark.parametrize("purpose", [SharingPurpose.DMP, SharingPurpose.DCC])
def test_a_document_is_taken_back_after_a_later_opposition(purpose, workshop, sent, dmp, clock):
    document_id, patient_id = sent
    with workshop.database.session() as session:
        record_opposition(
            session, patient_id, purpose, is_opposed=True, stated_on=TODAY, clock=clock
        )
        withdraw_document(session, document_id, reason="Opposition du patient", clock=clock)
    work(workshop)
    assert [one.status for one in dmp.holdings.documents()] == [names.DELETED]


def test_a_receipt_says_how_far_the_document_was_checked(workshop, sent):
    with workshop.database.reading() as session:
        (row,) = session.exec(select(OutboxMessage).where(OutboxMessage.destination == "dmp.feed"))
        assert row.receipt["details"]["checked"].startswith("Contrôle partiel")
