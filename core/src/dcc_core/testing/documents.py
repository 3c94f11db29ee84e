"""Fictitious documents for tests of the core and of plugins."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

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


def demo_document(**changes: Any) -> ClinicalDocument:
    """Return the first version of a small document, with the changes that a test is about."""
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
        custodian=Organisation("1310000001", "Centre DÉMO de cancérologie"),
        service_events=(ServiceEvent(None, Period()),),
        encounter=Encounter(Period()),
        sections=(Section("avis", "Avis", (Paragraph("Chirurgie première."),)),),
    )
    return replace(document, **changes)


def next_version(document: ClinicalDocument, **changes: Any) -> ClinicalDocument:
    """Return the version that follows, with the changes that a test is about."""
    follows: dict[str, Any] = {
        "document_id": new_oid(),
        "version": document.version + 1,
        "replaces": document.document_id,
    }
    return replace(document, **(follows | changes))


def keep_documents(database: Database, folder: Path) -> None:
    """Give a test database a folder for the contents of its documents."""
    bind_store(database, FolderStore(folder))
