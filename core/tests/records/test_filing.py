"""Documents are filed once, corrected by new versions, withdrawn with a reason, never changed."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from dcc_core.audit import AuditEntry
from dcc_core.db import Database
from dcc_core.db.events import PENDING
from dcc_core.errors import Conflict, InvalidInput, NotFound
from dcc_core.hooks.contracts.documents import Attachment, Coded
from dcc_core.hooks.contracts.labs import Observation
from dcc_core.hooks.contracts.life import DocumentFinalized, DocumentWithdrawn, Event
from dcc_core.patients import create_patient
from dcc_core.records import (
    DamagedContent,
    Provenance,
    file_document,
    file_source,
    find_by_external_id,
    list_documents,
    list_versions,
    read_document,
    withdraw_document,
)
from dcc_core.records.filing import display_text
from dcc_core.records.tables import DocumentVersion
from dcc_core.testing.documents import demo_document, next_version
from dcc_core.testing.patients import demo_traits

PDF = Attachment("application/pdf", b"%PDF-1.7 compte rendu", "cr.pdf")
LAB = Provenance("lab.mllp", "ACP-1", 7)


def pending_events(session: Session) -> list[Event]:
    return session.info.get(PENDING, [])


def events_of(session: Session) -> list[str]:
    return [type(event).__name__ for event in pending_events(session)]


def audited(session: Session) -> list[str]:
    return list(session.exec(select(AuditEntry.event).order_by(col(AuditEntry.sequence))))[1:]


def test_a_filed_document_is_read_as_it_was(session: Session, patient: UUID) -> None:
    document = demo_document(body=PDF)
    filed = file_document(session, document, patient_id=patient)
    read = read_document(session, filed.id)
    assert read.document == document
    assert (filed.author, filed.status, filed.version) == ("Dr Anne DÉMO-Roux", "current", 1)
    assert events_of(session) == ["DocumentFinalized"]
    assert audited(session) == ["document.file", "document.read"]


def test_a_correction_is_a_new_version(session: Session, patient: UUID) -> None:
    first = demo_document()
    filed = file_document(session, first, patient_id=patient)
    second = next_version(first, title="Fiche corrigée")
    file_document(session, second, patient_id=patient)
    versions = list_versions(session, filed.id)
    assert [(each.version, each.status) for each in versions] == [(2, "current"), (1, "superseded")]
    assert read_document(session, filed.id, version=1).document == first
    assert read_document(session, filed.id).document == second
    listed = list_documents(session, patient)
    assert [each.title for each in listed] == ["Fiche corrigée"]


def test_filing_again_changes_nothing(session: Session, patient: UUID) -> None:
    document = demo_document()
    first = file_document(session, document, patient_id=patient)
    assert file_document(session, document, patient_id=patient) == first
    assert events_of(session) == ["DocumentFinalized"]
    with pytest.raises(Conflict, match="REC-002"):
        file_document(session, demo_document(**_ids(document), title="Autre"), patient_id=patient)


def _ids(document: object) -> dict[str, object]:
    return {name: getattr(document, name) for name in ("document_id", "set_id", "version")}


def test_versions_follow_one_another(session: Session, patient: UUID) -> None:
    first = demo_document()
    file_document(session, first, patient_id=patient)
    for wrong in (
        next_version(first, version=3),
        next_version(first, replaces="1.2.3"),
        demo_document(set_id=first.set_id),
    ):
        with pytest.raises(Conflict, match="REC-003"):
            file_document(session, wrong, patient_id=patient)
    with pytest.raises(Conflict, match="REC-003"):
        file_document(session, next_version(demo_document()), patient_id=patient)


def test_a_version_never_goes_to_another_record(session: Session, patient: UUID) -> None:
    first = demo_document()
    other = create_patient(session, demo_traits(first_given_name="Anne"))
    file_document(session, first, patient_id=patient)
    with pytest.raises(Conflict, match="REC-005"):
        file_document(session, next_version(first), patient_id=other.id)
    with pytest.raises(Conflict, match="REC-005"):
        file_document(session, first, patient_id=other.id)


def test_a_withdrawn_document_stays_marked_and_closed(session: Session, patient: UUID) -> None:
    first = demo_document()
    filed = file_document(session, first, patient_id=patient)
    with pytest.raises(InvalidInput, match="REC-006"):
        withdraw_document(session, filed.id, reason=" ")
    withdrawn = withdraw_document(session, filed.id, reason="mauvais patient")
    assert (withdrawn.status, withdrawn.withdrawal_reason) == ("withdrawn", "mauvais patient")
    assert isinstance(pending_events(session)[-1], DocumentWithdrawn)
    assert read_document(session, filed.id).document == first
    for again in (
        lambda: withdraw_document(session, filed.id, reason="encore"),
        lambda: file_document(session, next_version(first), patient_id=patient),
    ):
        with pytest.raises(Conflict, match="REC-004"):
            again()


def test_an_unknown_document_is_not_found(session: Session, patient: UUID) -> None:
    for ask in (
        lambda: read_document(session, uuid4()),
        lambda: list_versions(session, uuid4()),
        lambda: withdraw_document(session, uuid4(), reason="motif"),
    ):
        with pytest.raises(NotFound, match="REC-001"):
            ask()
    filed = file_document(session, demo_document(), patient_id=patient)
    with pytest.raises(NotFound, match="REC-001"):
        read_document(session, filed.id, version=2)


def test_a_report_that_cannot_be_read_keeps_its_file_and_results(
    session: Session, patient: UUID
) -> None:
    results = (Observation(Coded("85319-2", "2.16.840.1.113883.6.1", "HER2"), "négatif"),)
    filed = file_source(
        session,
        PDF,
        patient_id=patient,
        title="CR ACP",
        document_class="CR-ACP",
        provenance=LAB,
        observations=results,
    )
    read = read_document(session, filed.id)
    assert (read.document, read.source, read.observations) == (None, PDF, results)
    assert find_by_external_id(session, "lab.mllp", "ACP-1") == filed.id
    corrected = file_source(
        session,
        Attachment("application/pdf", b"%PDF-1.7 rectificatif"),
        patient_id=patient,
        title="CR ACP",
        document_class="CR-ACP",
        provenance=LAB,
        replaces=filed.id,
    )
    assert (corrected.id, corrected.version) == (filed.id, 2)


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_the_database_refuses_to_change_a_version(
    records: Database, patient: UUID, verb: str
) -> None:
    with records.session() as session:
        file_document(session, demo_document(), patient_id=patient)
    statement = (
        update(DocumentVersion).values(title="falsifié")
        if verb == "update"
        else delete(DocumentVersion)
    )

    def tamper() -> None:
        with records.session() as session:
            session.execute(statement)

    with pytest.raises(DBAPIError, match="never changes"):
        tamper()


def test_altered_or_missing_contents_are_never_shown(
    session: Session, patient: UUID, store_folder: Path
) -> None:
    filed = file_document(session, demo_document(body=PDF), patient_id=patient)
    for file in (path for path in store_folder.rglob("*") if path.is_file()):
        whole = file.read_bytes()
        _rewrite(file, whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(DamagedContent, match="REC-011"):
            read_document(session, filed.id)
        file.unlink()
        with pytest.raises(DamagedContent, match="REC-010"):
            read_document(session, filed.id)
        _rewrite(file, whole)
    assert read_document(session, filed.id).document is not None


def _rewrite(file: Path, content: bytes) -> None:
    file.unlink(missing_ok=True)
    file.write_bytes(content)


def test_a_thousand_attempts_to_edit_leave_the_version_as_it_was(
    session: Session, patient: UUID
) -> None:
    document = demo_document()
    filed = file_document(session, document, patient_id=patient)
    for number in range(1000):
        changed = demo_document(**_ids(document), title=f"Essai {number}")
        with pytest.raises(Conflict, match="REC-002"):
            file_document(session, changed, patient_id=patient)
    assert read_document(session, filed.id).document == document


def test_an_event_names_the_version(session: Session, patient: UUID) -> None:
    filed = file_document(session, demo_document(), patient_id=patient)
    event = pending_events(session)[0]
    assert isinstance(event, DocumentFinalized)
    assert (event.document_id, event.patient_id, event.version) == (filed.id, patient, 1)
    assert isinstance(event.event_id, UUID)


def test_titles_lose_what_could_deceive() -> None:
    assert display_text("CR\r\nACP\u202e fdp\x00") == "CR ACP fdp"
    assert len(display_text("x" * 999)) == 300
