"""A content store bound to the database, and a small complete document."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

import pytest
from sqlmodel import Session

from dcc_core.db import Database
from dcc_core.hooks.contracts.documents import (
    ClinicalDocument,
    Coded,
    Encounter,
    Organisation,
    Paragraph,
    Participation,
    Period,
    Professional,
    Role,
    Section,
    ServiceEvent,
)
from dcc_core.hooks.contracts.identity import PatientTraits, Sex
from dcc_core.records import FolderStore, bind_store, new_oid

CUSTODIAN = Organisation("1310000001", "Centre DÉMO de cancérologie")


class MakeDocument(Protocol):
    def __call__(self, **changes: object) -> ClinicalDocument: ...


def new_document(**changes: object) -> ClinicalDocument:
    oid = new_oid()
    document = ClinicalDocument(
        document_id=oid,
        set_id=oid,
        version=1,
        document_class="FRCP",
        type_code=Coded("51851-4", "2.16.840.1.113883.6.1", "Fiche RCP"),
        title="Fiche RCP de sénologie",
        created_at=datetime(2026, 3, 2, 18, 30, tzinfo=UTC),
        patient=PatientTraits("DÉMO-MARTIN", "ODETTE", date(1950, 4, 1), Sex.FEMALE),
        participations=(
            Participation(Role.AUTHOR, Professional("810000000001", "DÉMO-Roux", "Anne", "Dr")),
        ),
        custodian=CUSTODIAN,
        service_events=(ServiceEvent(None, Period()),),
        encounter=Encounter(Period()),
        sections=(Section("avis", "Avis", (Paragraph("Chirurgie première."),)),),
    )
    return replace(document, **changes)  # type: ignore[arg-type]  # names are the caller's concern


def next_version(document: ClinicalDocument, **changes: object) -> ClinicalDocument:
    changes = {
        "document_id": new_oid(),
        "version": document.version + 1,
        "replaces": document.document_id,
        **changes,
    }
    return replace(document, **changes)  # type: ignore[arg-type]  # as above


@pytest.fixture
def store_folder(tmp_path: Path) -> Path:
    return tmp_path / "documents"


@pytest.fixture
def records(database: Database, store_folder: Path) -> Database:
    bind_store(database, FolderStore(store_folder))
    return database


@pytest.fixture
def session(records: Database) -> Iterator[Session]:
    with records.session() as opened:
        yield opened
