"""Rows of patients for the services of the core: read, locked, shown."""

from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from dcc_core.errors import Conflict, NotFound
from dcc_core.hooks.contracts.identity import PatientIdentifier
from dcc_core.patients.birth import BirthDate
from dcc_core.patients.ins import InsKind
from dcc_core.patients.models import PatientOut, traits_of
from dcc_core.patients.tables import Identifier, Patient


def resolve_patient(session: Session, patient_id: UUID) -> UUID:
    """Return the record that answers for this one: itself, or the one it was merged into."""
    seen = {patient_id}
    while True:
        into = session.scalar(
            select(col(Patient.merged_into_id)).where(col(Patient.id) == patient_id)
        )
        if into is None or into in seen:
            return patient_id
        seen.add(into)
        patient_id = into


def list_aliases(session: Session, patient_id: UUID) -> frozenset[UUID]:
    """Return the records that were merged into this one, directly or through others."""
    found: set[UUID] = set()
    around = {patient_id}
    while around:
        merged = session.scalars(
            select(col(Patient.id)).where(col(Patient.merged_into_id).in_(around))
        )
        around = set(merged) - found - {patient_id}
        found |= around
    return frozenset(found)


def load_patient(session: Session, patient_id: UUID) -> Patient:
    """Return the row of a patient, for other services of the core.

    Raises:
        NotFound: ``PAT-020``.
    """
    patient = session.get(Patient, patient_id)
    if patient is None:
        raise NotFound("PAT-020", "Ce patient n'existe pas. Reprenez la recherche.")
    return patient


def load_for_change(
    session: Session, patient_id: UUID, *, expected_version: int | None = None
) -> Patient:
    """Return the row of a patient, locked until the end of the transaction.

    Raises:
        NotFound: ``PAT-020``.
        Conflict: ``PAT-021`` not the expected version, ``PAT-022`` merged into another record.
    """
    patient = session.scalar(
        select(Patient)
        .where(col(Patient.id) == patient_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if patient is None:
        raise NotFound("PAT-020", "Ce patient n'existe pas. Reprenez la recherche.")
    if patient.merged_into_id is not None:
        raise Conflict(
            "PAT-022", "Cette fiche a été fusionnée dans une autre. Ouvrez la fiche conservée."
        )
    if expected_version not in {None, patient.version}:
        raise Conflict(
            "PAT-021",
            "Cette identité a été modifiée entre-temps par quelqu'un d'autre. Vos saisies sont"
            " conservées : relisez la fiche, puis enregistrez de nouveau.",
        )
    return patient


def view_patient(session: Session, patient: Patient) -> PatientOut:
    """Return what callers see of a row, with its identifiers and aliases."""
    identifiers = session.scalars(
        select(Identifier)
        .where(col(Identifier.patient_id) == patient.id, col(Identifier.is_active))
        .order_by(col(Identifier.recorded_at), col(Identifier.id))
    )
    merged = session.scalars(
        select(col(Patient.id))
        .where(col(Patient.merged_into_id) == patient.id)
        .order_by(col(Patient.created_at), col(Patient.id))
    )
    return PatientOut(
        id=patient.id,
        traits=traits_of(
            patient,
            tuple(PatientIdentifier(row.system, row.value, row.kind) for row in identifiers),
        ),
        birth=BirthDate(patient.birth_date, patient.birth_date_precision),
        version=patient.version,
        ins_mark=InsKind(patient.ins_system).label if patient.ins_system else "",
        merged_ids=tuple(merged),
    )
