"""The inbox keeps every byte once, and lets people decide about what it could not place."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from uuid import uuid4

import pytest
from sqlmodel import Session, col, select

from dcc_core.audit import AuditEntry
from dcc_core.db import Database
from dcc_core.errors import Conflict, InvalidInput, NotFound
from dcc_core.exchange.inbox import attach_message, read_message, replay_messages
from dcc_core.exchange.reception import receive_message
from dcc_core.exchange.states import InboxState
from dcc_core.exchange.tables import InboxMessage
from dcc_core.hooks.contracts.labs import InboundOutcome, RawMessage
from dcc_core.patients import create_patient
from dcc_core.testing.patients import demo_traits

ODD_BYTES = bytes(range(256)) * 3


def message(content: bytes = ODD_BYTES, identifier: str = "015") -> RawMessage:
    return RawMessage("lab.mllp", identifier, content, "x-application/hl7-v2+er7", {"peer": "::1"})


def quarantine(session: Session) -> int:
    receive_message(session, message())
    row = session.exec(select(InboxMessage)).one()
    row.state = InboxState.QUARANTINED
    row.reason = "patient_unknown"
    session.flush()
    assert row.id is not None
    return row.id


def test_bytes_are_kept_as_they_came(session: Session) -> None:
    assert receive_message(session, message()) is InboundOutcome.STORED
    row = session.exec(select(InboxMessage)).one()
    assert read_message(session, row.id or 0).content == ODD_BYTES
    assert row.digest == sha256(ODD_BYTES).hexdigest()
    assert (row.state, row.meta) == (InboxState.RECEIVED, {"peer": "::1"})


def test_the_same_message_fifty_times_is_one(session: Session) -> None:
    outcomes = [receive_message(session, message()) for _ in range(50)]
    assert outcomes == [InboundOutcome.STORED] + [InboundOutcome.DUPLICATE] * 49
    assert session.exec(select(InboxMessage)).one().duplicates == 49
    seen = session.exec(select(AuditEntry).where(AuditEntry.event == "message.duplicate")).all()
    assert len(seen) == 49


def test_concurrent_resending_stores_one(database: Database) -> None:
    def send(_: int) -> InboundOutcome:
        with database.session() as session:
            return receive_message(session, message())

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(send, range(20)))
    assert sorted(outcomes) == [InboundOutcome.DUPLICATE] * 19 + [InboundOutcome.STORED]
    with database.reading() as session:
        assert session.exec(select(InboxMessage)).one().duplicates == 19


def test_a_reused_id_with_other_content_is_another_message(session: Session) -> None:
    receive_message(session, message(b"T02"))
    assert receive_message(session, message(b"T10")) is InboundOutcome.STORED
    second = session.exec(select(InboxMessage).order_by(col(InboxMessage.id).desc())).first()
    assert second is not None
    assert second.report == {"flags": ["message_id_reused"]}


def test_a_fingerprint_absorbs_what_a_resending_changes(session: Session) -> None:
    receive_message(session, message(b"MSH|20260101"), fingerprint="f" * 64)
    again = receive_message(session, message(b"MSH|20260102"), fingerprint="f" * 64)
    assert again is InboundOutcome.DUPLICATE


def test_of_a_message_too_large_only_the_envelope_is_kept(session: Session) -> None:
    assert receive_message(session, message(b"x" * 11), max_bytes=10) is InboundOutcome.REFUSED
    row = session.exec(select(InboxMessage)).one()
    assert (row.content, row.size_bytes, row.state) == (b"", 11, InboxState.REFUSED)
    with pytest.raises(Conflict, match="EXC-002"):
        replay_messages(session, [row.id or 0])


def test_attaching_forces_the_patient_and_processes_again(session: Session) -> None:
    identifier, patient = quarantine(session), create_patient(session, demo_traits()).id
    row = attach_message(session, identifier, patient_id=patient, reason="identité vérifiée")
    assert (row.state, row.attached_to, row.reason) == (InboxState.RECEIVED, patient, "")
    entry = session.exec(select(AuditEntry).where(AuditEntry.event == "message.attach")).one()
    assert (entry.patient_id, entry.reason) == (patient, "identité vérifiée")
    with pytest.raises(Conflict, match="EXC-003"):
        attach_message(session, identifier, patient_id=uuid4(), reason="encore")


def test_attaching_needs_a_reason(session: Session) -> None:
    identifier = quarantine(session)
    with pytest.raises(InvalidInput, match="EXC-004") as caught:
        attach_message(session, identifier, patient_id=uuid4(), reason="  ")
    assert caught.value.field == "reason"


def test_an_unknown_message_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound, match="EXC-001"):
        replay_messages(session, [404])


def test_an_interface_may_refuse_a_message_whose_bytes_are_kept(session: Session) -> None:
    outcome = receive_message(session, message(), refusal="unsupported_event")
    row = session.exec(select(InboxMessage)).one()
    assert (outcome, row.state, row.reason) == ("refused", "refused", "unsupported_event")
    assert row.content == ODD_BYTES


@pytest.mark.parametrize("identifier", ["\0" * 3, "x" * 5000, "é\u202e\ud800"])
def test_no_identifier_of_a_sender_makes_a_message_unacceptable(
    session: Session, identifier: str
) -> None:
    odd = RawMessage("lab", identifier, b"1", meta={"file": identifier})
    assert receive_message(session, odd) is InboundOutcome.STORED
    assert receive_message(session, odd) is InboundOutcome.DUPLICATE
