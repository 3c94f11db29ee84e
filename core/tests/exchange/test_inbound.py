"""A message goes to exactly one record, or to nobody; once, whatever happens."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from dcc_core.errors import Conflict
from dcc_core.exchange.inbound import process_next
from dcc_core.exchange.inbox import attach_message, close_message, replay_messages
from dcc_core.exchange.matching import attribute_message
from dcc_core.exchange.reception import receive_message
from dcc_core.exchange.states import InboxState
from dcc_core.exchange.tables import InboxMessage
from dcc_core.exchange.workshop import Workshop
from dcc_core.hooks.contracts.identity import PatientIdentifier
from dcc_core.hooks.contracts.labs import InboundOutcome, RawMessage
from dcc_core.patients import SharingPurpose, add_identifier, is_opposed_to
from dcc_core.patients.tables import Patient
from dcc_core.records import list_documents, list_versions, read_document
from dcc_core.testing.exchange import MovableClock, work
from dcc_core.testing.patients import qualified_patient
from dcc_core.testing.web import add_account
from dcc_core.users.notifications import MESSAGE_QUARANTINED, list_notifications

from .conftest import Plugin, read_traits, report, stated_traits


@pytest.fixture
def patient(workshop: Workshop) -> UUID:
    with workshop.database.session() as session:
        return qualified_patient(session).id


def bring(workshop: Workshop, content: bytes, identifier: str = "1") -> InboxMessage:
    """Receive a message, do what is due and return what became of it."""
    with workshop.database.session() as session:
        receive_message(session, RawMessage("lab", identifier, content), clock=workshop.clock)
    work(workshop)
    return latest(workshop)


def latest(workshop: Workshop) -> InboxMessage:
    with workshop.database.reading() as session:
        return session.exec(select(InboxMessage).order_by(col(InboxMessage.id).desc())).first()  # type: ignore[return-value]


def first(workshop: Workshop) -> InboxMessage:
    with workshop.database.reading() as session:
        return session.exec(select(InboxMessage).order_by(col(InboxMessage.id))).first()  # type: ignore[return-value]


def texts(workshop: Workshop, patient: UUID) -> list[bytes]:
    """The contents of every version of every document of a patient, oldest version first."""
    with workshop.database.session() as session:
        found = []
        for document in list_documents(session, patient):
            for version in reversed(list_versions(session, document.id)):
                source = read_document(session, document.id, version=version.version).source
                found.append(source.content if source else b"")
        return found


def test_a_report_enters_the_record_it_names(
    workshop: Workshop, plugin: Plugin, patient: UUID
) -> None:
    message = bring(workshop, report())
    assert (message.state, message.patient_id, message.kind) == ("processed", patient, "ORU")
    assert texts(workshop, patient) == [b"Carcinome infiltrant"]
    work(workshop)
    assert plugin.heard().count("ResultReceived") == 1
    assert plugin.destination.received == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"birth_family_name": "DÉMO-DURAND"}, "traits_differ"),
        ({"first_given_name": "Chloé"}, "traits_differ"),
        ({"birth_date": "1957-03-13"}, "traits_differ"),
        ({"sex": "M"}, "traits_differ"),
        ({"birth_place_insee": "31069"}, "traits_differ"),
        ({"identifiers": [["ins", 2]]}, "unknown_identifier"),
        ({"identifiers": []}, "no_identifier"),
    ],
)
def test_any_difference_waits_for_a_person(
    workshop: Workshop, patient: UUID, changes: dict[str, object], reason: str
) -> None:
    message = bring(workshop, report(traits=stated_traits(**changes)))
    assert (message.state, message.reason, message.patient_id) == ("quarantined", reason, None)
    assert texts(workshop, patient) == []


def test_the_identity_cell_is_told_once_per_source_of_what_waits(
    workshop: Workshop, clock: MovableClock
) -> None:
    with workshop.database.session() as session:
        officer, doctor = (
            add_account(session, role, number=number)
            for number, role in enumerate(("identity_officer", "physician"), start=1)
        )
    clock.forward(hours=2)
    messages = [bring(workshop, report(traits=None, id=f"sans-{n}")) for n in range(2)]
    with workshop.database.session() as session:
        (told,) = list_notifications(session, account_id=officer)
        assert (told.kind, told.subject) == (MESSAGE_QUARANTINED, messages[0].source)
        assert (told.count, told.facts) == (2, {"message": messages[1].id})
        assert list_notifications(session, account_id=doctor) == []


def test_a_message_about_nobody_waits(workshop: Workshop) -> None:
    assert bring(workshop, report(traits=None)).reason == "no_identity"


def test_a_person_attaches_what_waited(workshop: Workshop, patient: UUID) -> None:
    message = bring(workshop, report(traits=stated_traits(first_given_name="Zoë-Anne")))
    with workshop.database.session() as session:
        attach_message(
            session, message.id or 0, patient_id=patient, reason="vu", clock=workshop.clock
        )
    work(workshop)
    assert first(workshop).state == InboxState.PROCESSED
    assert texts(workshop, patient) == [b"Carcinome infiltrant"]


@pytest.mark.parametrize(
    "content",
    [
        report(opposed=["dmp", "something new"]),
        report(opposed=["dmp"], event="updated"),
    ],
)
def test_an_opposition_stated_by_the_sender_holds(
    workshop: Workshop, patient: UUID, content: bytes
) -> None:
    bring(workshop, content)
    with workshop.database.reading() as session:
        assert is_opposed_to(session, patient, SharingPurpose.DMP)
        assert not is_opposed_to(session, patient, SharingPurpose.MSSANTE)


def test_replaying_applies_nothing_twice(workshop: Workshop, plugin: Plugin, patient: UUID) -> None:
    message = bring(workshop, report())
    for _ in range(5):
        with workshop.database.session() as session:
            replay_messages(session, [message.id or 0], clock=workshop.clock)
        work(workshop)
    assert texts(workshop, patient) == [b"Carcinome infiltrant"]
    assert plugin.heard().count("ResultReceived") == 1


def test_a_correction_supersedes_and_keeps_history(workshop: Workshop, patient: UUID) -> None:
    bring(workshop, report(), "1")
    bring(
        workshop, report(id="ACP-2", action="replace", replaces="ACP-1", text="Rectificatif"), "2"
    )
    bring(workshop, report(id="ACP-3", action="replace", replaces="ACP-2", text="Final"), "3")
    assert texts(workshop, patient) == [b"Carcinome infiltrant", b"Rectificatif", b"Final"]


def test_replaying_the_whole_inbox_changes_nothing(
    workshop: Workshop, plugin: Plugin, patient: UUID
) -> None:
    bring(workshop, report(), "1")
    bring(workshop, report(id="ACP-2", action="replace", replaces="ACP-1", text="Final"), "2")
    bring(workshop, report(id="ACP-9", text="Autre"), "3")
    bring(workshop, report(id="ACP-9", action="delete"), "4")
    before, heard = texts(workshop, patient), plugin.heard().count("ResultReceived")
    with workshop.database.session() as session:
        replay_messages(session, [1, 2, 3, 4], clock=workshop.clock)
    work(workshop)
    assert (texts(workshop, patient), plugin.heard().count("ResultReceived")) == (before, heard)
    with workshop.database.reading() as session:
        states = session.exec(select(InboxMessage.state).order_by(col(InboxMessage.id))).all()
    assert states == ["processed"] * 4


def test_a_correction_that_comes_first_waits_for_the_original(
    workshop: Workshop, patient: UUID, clock: MovableClock
) -> None:
    correction = report(id="ACP-2", action="replace", replaces="ACP-1", text="Rectificatif")
    early = bring(workshop, correction, "2")
    assert (early.state, early.reason) == ("received", "predecessor_missing")
    bring(workshop, report(), "1")
    assert texts(workshop, patient) == [b"Carcinome infiltrant", b"Rectificatif"]


def test_a_correction_of_nothing_is_shown_after_a_day(
    workshop: Workshop, patient: UUID, clock: MovableClock
) -> None:
    bring(workshop, report(action="delete"))
    clock.forward(hours=25)
    work(workshop)
    assert (latest(workshop).state, latest(workshop).reason) == (
        "quarantined",
        "predecessor_missing",
    )


def test_a_deletion_withdraws(workshop: Workshop, patient: UUID) -> None:
    bring(workshop, report(), "1")
    bring(workshop, report(action="delete"), "2")
    with workshop.database.session() as session:
        assert [each.status for each in list_documents(session, patient)] == ["withdrawn"]


def test_a_correction_never_crosses_records(workshop: Workshop, patient: UUID) -> None:
    bring(workshop, report(), "1")
    with workshop.database.session() as session:
        other = qualified_patient(session, 2, first_given_name="Anne").id
    traits = stated_traits(first_given_name="Anne", identifiers=[["ins", 2]])
    message = bring(workshop, report(action="replace", replaces="ACP-1", traits=traits), "2")
    assert (message.state, message.reason) == ("quarantined", "document_of_another_record")
    assert texts(workshop, other) == []


@pytest.mark.parametrize("content", [b"MSH|^~\\&|", b"", b"\x00\xff"])
def test_what_nobody_reads_is_kept_and_shown(workshop: Workshop, content: bytes) -> None:
    message = bring(workshop, content)
    assert (message.state, message.reason, message.content) == ("failed", "EXC-030", content)


def test_a_parser_that_refuses_ends_the_tries(workshop: Workshop) -> None:
    message = bring(workshop, b"{broken")
    assert (message.state, message.reason) == ("failed", "LAB-1")


def test_a_parser_that_fails_is_tried_six_times_and_tells_nothing(
    workshop: Workshop, clock: MovableClock
) -> None:
    bring(workshop, report(crash=True))
    for _ in range(5):
        assert latest(workshop).state == InboxState.RECEIVED
        clock.forward(hours=25)
        work(workshop)
    message = latest(workshop)
    assert (message.state, message.tries, message.reason) == ("failed", 6, "tries_exhausted")
    assert "DÉMO-SECRET" not in str(message.report)


def test_a_failing_message_holds_up_nobody(workshop: Workshop, patient: UUID) -> None:
    bring(workshop, report(crash=True), "1")
    assert bring(workshop, report(), "2").state == InboxState.PROCESSED


def test_several_workers_keep_the_order_of_a_source(workshop: Workshop, patient: UUID) -> None:
    versions = [
        report(id=str(n), action="replace" if n else "create", replaces=str(n - 1), text=f"v{n}")
        for n in range(12)
    ]
    with workshop.database.session() as session:
        for number, content in enumerate(versions):
            raw = RawMessage("lab", str(number), content)
            receive_message(session, raw, clock=workshop.clock)

    def drain(_: int) -> None:
        while latest(workshop).state == InboxState.RECEIVED:
            process_next(workshop)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(drain, range(4)))
    assert texts(workshop, patient) == [b"v%d" % number for number in range(12)]


def test_sources_are_emptied_once_their_bytes_are_safe(
    workshop: Workshop, plugin: Plugin, patient: UUID
) -> None:
    plugin.source.waiting = {"a.json": report(), "b.json": report(id="ACP-2")}
    work(workshop)
    assert plugin.source.waiting == {}
    assert plugin.source.outcomes == [("a.json", "stored"), ("b.json", "stored")]
    plugin.source.waiting = {"a.json": report()}
    work(workshop)
    assert plugin.source.outcomes[-1] == ("a.json", InboundOutcome.DUPLICATE)
    assert len(texts(workshop, patient)) == 2


def test_a_source_that_hangs_up_is_noted(workshop: Workshop, plugin: Plugin) -> None:
    plugin.source.waiting = {"a.json": None}  # type: ignore[dict-item]  # bytes are missing
    work(workshop)
    assert workshop.dispatcher.failures["region"].call == "poll lab.drop"


def identity(event: str, **traits: object) -> bytes:
    return report(event=event, traits=stated_traits(**traits))


def test_a_new_identity_is_created_provisional(workshop: Workshop) -> None:
    message = bring(workshop, identity("created", identifiers=[["ipp", "IPP-7"]]))
    assert message.state == InboxState.PROCESSED
    with workshop.database.reading() as session:
        patient = session.exec(select(Patient)).one()
    assert (patient.status, patient.id) == ("PROV", message.patient_id)
    again = bring(workshop, identity("updated", identifiers=[["ipp", "IPP-7"]]), "2")
    assert (again.state, again.patient_id) == ("processed", patient.id)


def test_an_identity_that_resembles_another_waits(workshop: Workshop, patient: UUID) -> None:
    message = bring(workshop, identity("created", identifiers=[["ipp", "IPP-7"]]))
    assert (message.state, message.reason) == ("quarantined", "possible_duplicate")
    assert message.report["candidates"] == [str(patient)]


def merge_request() -> bytes:
    prior = stated_traits(first_given_name="Anne", identifiers=[["ins", 2]])
    return report(event="merged", prior=prior)


def test_an_interface_never_merges(workshop: Workshop, twins: dict[UUID, str]) -> None:
    message = bring(workshop, merge_request())
    kept, prior = twins
    assert (message.state, message.reason) == ("quarantined", "merged")
    assert (message.report["kept"], message.report["prior"]) == (str(kept), str(prior))


def test_a_merge_that_people_have_done_is_taken_note_of(workshop: Workshop, patient: UUID) -> None:
    message = bring(workshop, report(event="merged", prior=stated_traits()))
    assert (message.state, message.patient_id) == ("processed", patient)


def test_a_person_closes_what_is_settled_otherwise(
    workshop: Workshop, twins: dict[UUID, str]
) -> None:
    message = bring(workshop, merge_request())
    with workshop.database.session() as session:
        close_message(session, message.id or 0, reason="deux personnes", clock=workshop.clock)
    work(workshop)
    assert (latest(workshop).state, latest(workshop).reason) == ("processed", "closed_by_person")
    with workshop.database.session() as session, pytest.raises(Conflict, match="EXC-003"):
        close_message(session, message.id or 0, reason="encore")


CHOICES: dict[str, list[str]] = {
    "birth_family_name": ["DÉMO-MARTIN", "DEMO MARTIN", "DÉMO-MARTINE"],
    "first_given_name": ["Zoé", "ZOE", "Zoë-Anne", "Anne"],
    "birth_date": ["1957-03-12", "1957-12-03"],
    "sex": ["F", "M"],
    "birth_place_insee": ["31555", "31069", ""],
}
KEYS = (("ins", 1), ("ins", 2), ("ipp", "IPP-7"), ("ipp", "IPP-8"))
SAME_NAMES = {"DÉMO-MARTIN", "DEMO MARTIN"}
TRUTH = {("ins", 1): "Zoé", ("ipp", "IPP-7"): "Zoé", ("ins", 2): "Anne", ("ipp", "IPP-8"): "Anne"}
"""Whom each key designates: the elder, or her twin."""


def near_identity(choose: random.Random) -> dict[str, Any]:
    """Traits of the twins, exchanged and altered, under any of their keys."""
    stated: dict[str, Any] = {name: choose.choice(values) for name, values in CHOICES.items()}
    return stated | {"identifiers": choose.sample(KEYS, choose.randrange(4))}


def is_right(stated: dict[str, Any], given_name: str) -> bool:
    """Tell whether these traits are really those of the twin of this given name."""
    spellings = {"Zoé": {"Zoé", "ZOE"}, "Anne": {"Anne"}}[given_name]
    return (
        {TRUTH[kind, value] for kind, value in stated["identifiers"]} == {given_name}
        and stated["first_given_name"] in spellings
        and stated["birth_family_name"] in SAME_NAMES
        and (stated["birth_date"], stated["sex"]) == ("1957-03-12", "F")
        and stated["birth_place_insee"] in {"31555", ""}
    )


@pytest.fixture
def twins(workshop: Workshop) -> dict[UUID, str]:
    with workshop.database.session() as session:
        elder = qualified_patient(session, 1)
        twin = qualified_patient(session, 2, first_given_name="Anne")
        add_identifier(session, elder.id, PatientIdentifier("1.2.250.1.999.1", "IPP-7"))
        add_identifier(session, twin.id, PatientIdentifier("1.2.250.1.999.1", "IPP-8"))
        return {elder.id: "Zoé", twin.id: "Anne"}


def test_near_identities_never_reach_the_wrong_record(
    workshop: Workshop, twins: dict[UUID, str]
) -> None:
    choose = random.Random(20260302)  # noqa: S311 - a repeatable sequence, not a secret
    attached = 0
    for number in range(150):
        stated = near_identity(choose)
        if number % 5 == 0:
            stated |= {"birth_date": "1957-03-12", "sex": "F", "birth_place_insee": "31555"}
        message = bring(workshop, report(traits=stated, id=str(number)), str(number))
        if message.patient_id is None:
            assert (message.state, bool(message.reason)) == (InboxState.QUARANTINED, True)
        else:
            assert is_right(stated, twins[message.patient_id])
            attached += 1
    assert attached > 2


@pytest.mark.campaign
def test_fifty_thousand_near_identities(workshop: Workshop, twins: dict[UUID, str]) -> None:
    choose = random.Random(50_000)  # noqa: S311 - a repeatable sequence, not a secret
    attached = 0
    with workshop.database.reading() as session:
        for _ in range(50_000):
            stated = near_identity(choose)
            found = attribute_message(
                session,
                InboxMessage(),
                read_traits(stated),
                region=workshop.region,
                settings=workshop.settings,
            )
            assert bool(found.patient_id) != bool(found.reason)
            if found.patient_id is not None:
                assert is_right(stated, twins[found.patient_id])
                attached += 1
    assert attached > 100
