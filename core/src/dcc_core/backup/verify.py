"""Look whether a restored region is the one backed up: counts, audit, contents, records."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from dcc_core.audit.archive import ArchiveFolder
from dcc_core.audit.heads import read_heads
from dcc_core.audit.keys import keys_of
from dcc_core.audit.verify import Verification, verify_audit
from dcc_core.backup.manifest import Manifest
from dcc_core.backup.snapshot import count_rows
from dcc_core.config import Settings
from dcc_core.db import Database
from dcc_core.errors import DccError
from dcc_core.jobs.core_jobs import archive_folder, heads_file
from dcc_core.patients.rows import load_patient, view_patient
from dcc_core.patients.tables import Patient
from dcc_core.records.reading import load_document
from dcc_core.records.tables import Document

OPENED = 20
"""Records opened from end to end, spread over the whole base."""


@dataclass(slots=True)
class CopyReport:
    """What was seen of a restored region; ``faults`` is empty when it is the one backed up."""

    rows: int = 0
    tables: int = 0
    audit_rows: int = 0
    patients_opened: int = 0
    documents_opened: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.faults


def verify_copy(
    database: Database, manifest: Manifest, *, settings: Settings, now: datetime
) -> CopyReport:
    """Compare a restored region with its manifest and open some records; nothing is written."""
    report = CopyReport()
    with database.reading() as session:
        found = count_rows(session.connection())
        report.rows, report.tables = sum(found.values()), len(found)
        report.faults += list(_count_faults(manifest.rows, found))
        seen = _verify_audit(session, settings, now)
        report.audit_rows = seen.sealed + seen.unsealed
        report.faults += [f"audit row {each.sequence}: {each.text}" for each in seen.faults]
        _open_records(session, report)
    return report


def _count_faults(wanted: dict[str, int], found: dict[str, int]) -> Iterator[str]:
    for name in sorted({*wanted, *found}):
        if wanted.get(name) != found.get(name):
            yield f"table {name}: {found.get(name, 'absent')} instead of {wanted.get(name, 'none')}"


def _verify_audit(session: Session, settings: Settings, now: datetime) -> Verification:
    keys, heads = keys_of(session), heads_file(settings)
    return verify_audit(
        session,
        keys=keys,
        now=now,
        heads=read_heads(heads, keys.public_key) if heads.exists() else (),
        archived_rows=ArchiveFolder(session, archive_folder(settings)).lines_of,
    )


def _open_records(session: Session, report: CopyReport) -> None:
    for patient_id in _some_patients(session):
        try:
            view_patient(session, load_patient(session, patient_id))
            report.patients_opened += 1
            documents = select(col(Document.id)).where(col(Document.patient_id) == patient_id)
            for document_id in session.scalars(documents).all():
                load_document(session, document_id)
                report.documents_opened += 1
        except DccError as error:
            report.faults.append(f"record {patient_id}: {error.code}")


def _some_patients(session: Session) -> list[UUID]:
    """Return patients spread over the base, those with documents first."""
    with_documents = select(col(Document.patient_id)).distinct()
    chosen: list[UUID] = []
    for statement in (with_documents, select(col(Patient.id))):
        ids = statement.subquery()
        key = ids.c[0]
        ranked = select(key, func.row_number().over(order_by=key).label("place")).subquery()
        total = session.scalar(select(func.count()).select_from(ids)) or 0
        step = max(total // OPENED, 1)
        spread = select(ranked.c[0]).where(ranked.c.place % step == 0).limit(OPENED)
        chosen += session.scalars(spread).all()
    return list(dict.fromkeys(chosen))[:OPENED]
