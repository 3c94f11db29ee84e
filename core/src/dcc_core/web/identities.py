"""Identities as pages show them: few statements however many there are, each reading noted."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from dcc_core.audit import record_event
from dcc_core.db.rows import read_rows
from dcc_core.db.tables import METADATA
from dcc_core.hooks.contracts.identity import PatientIdentifier, PatientTraits
from dcc_core.patients import BirthDate, InsKind, PatientOut, resolve_patient
from dcc_core.patients.models import traits_of
from dcc_core.patients.tables import Identifier, Patient

COMPARED = (
    "birth_family_name",
    "first_given_name",
    "birth_given_names",
    "birth_date",
    "sex",
    "birth_place_insee",
    "used_family_name",
    "used_given_name",
    "postal_code",
    "city",
)
"""Traits shown side by side, the strict ones first."""

_RECORD = select_columns(METADATA.tables[str(Patient.__tablename__)]).where(
    METADATA.tables[str(Patient.__tablename__)].c.id == bindparam("patient")
)


def find_record(session: Session, patient_id: UUID) -> Row[Any] | None:
    """Return the record that answers for this one, None when there is none; nothing is noted."""
    found = read_rows(session, _RECORD, patient=patient_id)
    if not found or found[0].merged_into_id is None:
        return found[0] if found else None
    kept = read_rows(session, _RECORD, patient=resolve_patient(session, patient_id))
    return kept[0] if kept else None


def read_identity(session: Session, patient: Row[Any], *, basis: str) -> PatientOut:
    """Return the identity of a patient for the banner, without its local identifiers."""
    record_event(
        session,
        "patient.read",
        patient_id=patient.id,
        object_kind="patient",
        object_id=patient.id,
        object_version=patient.version,
        basis=basis,
    )
    return _view(patient)


def read_identities(
    session: Session, patient_ids: Iterable[UUID], *, event: str
) -> Mapping[UUID, PatientOut]:
    """Return the identities of several records, without their local identifiers.

    Args:
        event: Code under which the reading is noted, with the records shown.
    """
    wanted = list(dict.fromkeys(patient_ids))
    if not wanted:
        return {}
    rows = session.exec(select(Patient).where(col(Patient.id).in_(wanted))).all()
    found = {row.id: _view(row) for row in rows}
    record_event(
        session,
        event,
        object_kind="patient",
        details={"patients": [str(patient_id) for patient_id in found]},
    )
    return {patient_id: found[patient_id] for patient_id in wanted if patient_id in found}


def list_identifiers(session: Session, patient_id: UUID) -> tuple[PatientIdentifier, ...]:
    """Return the local identifiers in force, in order of arrival."""
    rows = session.exec(
        select(Identifier)
        .where(Identifier.patient_id == patient_id, col(Identifier.is_active))
        .order_by(col(Identifier.recorded_at), col(Identifier.id))
    )
    return tuple(PatientIdentifier(row.system, row.value, row.kind) for row in rows)


def differing(first: PatientTraits, second: PatientTraits) -> frozenset[str]:
    """Return the names of the compared traits that read differently."""
    return frozenset(name for name in COMPARED if _text(first, name) != _text(second, name))


def _text(traits: PatientTraits, name: str) -> str:
    value = getattr(traits, name)
    return " ".join(value).casefold() if isinstance(value, tuple) else str(value).casefold()


def _view(row: Patient | Row[Any]) -> PatientOut:
    return PatientOut(
        id=row.id,
        traits=traits_of(row),
        birth=BirthDate(row.birth_date, row.birth_date_precision),
        version=row.version,
        ins_mark=InsKind(row.ins_system).label if row.ins_system else "",
    )
