"""Create, read and change identities. Every service writes its audit line in the same
transaction.
"""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlmodel import Session, col

from dcc_core.audit import record_event
from dcc_core.config import Clock, utc_now
from dcc_core.db.events import emit
from dcc_core.errors import Conflict, InvalidInput
from dcc_core.hooks.contracts.identity import IdentityAttribute, Sex
from dcc_core.hooks.contracts.life import PatientCreated, PatientIdentityChanged
from dcc_core.patients.duplicates import queue_duplicates
from dcc_core.patients.ins import Ins
from dcc_core.patients.keys import index_names
from dcc_core.patients.models import PatientIn, PatientOut
from dcc_core.patients.rows import load_for_change, load_patient, resolve_patient, view_patient
from dcc_core.patients.status import (
    attributes_of,
    refresh_status,
    refuse_if_warned,
    withdraw_ins,
    withdraw_proof,
)
from dcc_core.patients.tables import Identifier, InsMethod, Patient, ValidationMode

STRICT_TRAITS = (
    "birth_family_name",
    "first_given_name",
    "birth_given_names",
    "birth_date",
    "birth_date_precision",
    "sex",
    "birth_place_insee",
)
EXCLUSIVE = frozenset({IdentityAttribute.DOUBTFUL, IdentityAttribute.FICTITIOUS})
"""Warnings of which an identity carries one at most (EXI SI 09)."""

_COLUMNS = tuple(PatientIn.model_fields)
_SOUGHT = frozenset(
    {
        "birth_family_name",
        "used_family_name",
        "first_given_name",
        "used_given_name",
        "birth_date",
    }
)
_FLAGS = {
    IdentityAttribute.HOMONYM: "is_homonym",
    IdentityAttribute.DOUBTFUL: "is_doubtful",
    IdentityAttribute.FICTITIOUS: "is_fictitious",
}


def create_patient(
    session: Session, traits: PatientIn, *, source: str = "", clock: Clock = utc_now
) -> PatientOut:
    """Create a provisional identity. Look for it first with ``find_strict``: likely duplicates are
    queued for the identity cell, never merged.
    """
    now = clock()
    patient = Patient(**_values(traits), created_at=now, updated_at=now)
    session.add(patient)
    session.flush()
    index_names(session, patient)
    record_event(
        session,
        "patient.create",
        patient_id=patient.id,
        object_kind="patient",
        object_id=patient.id,
        object_version=patient.version,
        details={"source": source},
    )
    queue_duplicates(session, patient, clock=clock)
    emit(session, PatientCreated(event_id=uuid4(), at=now, patient_id=patient.id))
    return view_patient(session, patient)


def get_patient(session: Session, patient_id: UUID, *, basis: str = "") -> PatientOut:
    """Return a patient and note the access; a merged record leads to the one that was kept.

    Raises:
        NotFound: ``PAT-020``.
    """
    patient = load_patient(session, resolve_patient(session, patient_id))
    record_event(
        session,
        "patient.read",
        patient_id=patient.id,
        object_kind="patient",
        object_id=patient.id,
        object_version=patient.version,
        basis=basis,
    )
    return view_patient(session, patient)


def update_patient(
    session: Session,
    patient_id: UUID,
    traits: PatientIn,
    *,
    expected_version: int,
    clock: Clock = utc_now,
) -> PatientOut:
    """Replace the traits. A change of a strict trait takes back the INS and the proof of identity.

    Raises:
        NotFound: ``PAT-020``.
        Conflict: ``PAT-021`` changed meanwhile, ``PAT-022`` merged into another record.
    """
    patient = load_for_change(session, patient_id, expected_version=expected_version)
    changed = _write_traits(patient, traits)
    if changed & set(STRICT_TRAITS):
        withdraw_ins_keeping_trace(session, patient, clock=clock)
        withdraw_proof(patient)
    return _commit_change(session, patient, "patient.update", sorted(changed), clock)


def record_insi_answer(
    session: Session,
    patient_id: UUID,
    traits: PatientIn,
    ins: Ins,
    *,
    method: InsMethod,
    clock: Clock = utc_now,
) -> PatientOut:
    """Store the matricule and the strict traits that INSi (or a trusted flow) gave; they overwrite
    local ones.

    A proof of identity is kept only when it proved these very traits and this very matricule. No
    user-facing form calls this with typed values.

    Raises:
        InvalidInput: ``PAT-040`` doubtful or fictitious identity, ``PAT-041`` no sex stated.
        Conflict: ``PAT-034`` another record holds this matricule.
    """
    patient = load_for_change(session, patient_id)
    refuse_if_warned(patient)
    if traits.sex is Sex.UNKNOWN:
        raise InvalidInput(
            "PAT-041",
            "La réponse d'INSi ne donne pas le sexe. Interrogez de nouveau le téléservice.",
            field="sex",
        )
    _refuse_ins_of_another(session, patient, ins)
    is_other = (patient.ins_matricule, patient.ins_system) != (ins.matricule, ins.kind.value)
    if patient.ins_matricule is not None and is_other:
        withdraw_ins_keeping_trace(session, patient, clock=clock)
        withdraw_proof(patient)
    changed = _write_traits(patient, traits, only=STRICT_TRAITS)
    if changed:
        withdraw_proof(patient)
    patient.ins_matricule, patient.ins_system = ins.matricule, ins.kind.value
    patient.ins_method, patient.ins_collected_at = method, clock()
    refresh_status(patient)
    return _commit_change(session, patient, "patient.ins", sorted(changed), clock)


def validate_identity(
    session: Session, patient_id: UUID, mode: ValidationMode, *, clock: Clock = utc_now
) -> PatientOut:
    """Note that a document of high trust proved the strict traits.

    Raises:
        InvalidInput: ``PAT-040`` doubtful or fictitious identity.
    """
    patient = load_for_change(session, patient_id)
    refuse_if_warned(patient)
    patient.validation_mode, patient.validated_at = mode, clock()
    refresh_status(patient)
    return _commit_change(session, patient, "patient.validate", ["validation_mode"], clock)


def withdraw_trust(session: Session, patient_id: UUID, *, clock: Clock = utc_now) -> PatientOut:
    """Take back the INS and the proof of identity: the identity is provisional again."""
    patient = load_for_change(session, patient_id)
    withdraw_ins_keeping_trace(session, patient, clock=clock)
    withdraw_proof(patient)
    return _commit_change(session, patient, "patient.trust.withdraw", ["status"], clock)


def set_attribute(
    session: Session,
    patient_id: UUID,
    attribute: IdentityAttribute,
    *,
    is_set: bool,
    clock: Clock = utc_now,
) -> PatientOut:
    """Set or lift a warning. Doubtful and fictitious identities become provisional and lose their
    INS.

    Raises:
        InvalidInput: ``PAT-043`` doubtful and fictitious at once.
    """
    patient = load_for_change(session, patient_id)
    if is_set and attribute in EXCLUSIVE and attributes_of(patient) & EXCLUSIVE - {attribute}:
        raise InvalidInput(
            "PAT-043",
            "Une identité ne peut pas être à la fois douteuse et fictive. Levez l'autre"
            " signalement d'abord.",
            field="attributes",
        )
    setattr(patient, _FLAGS[attribute], is_set)
    if patient.is_doubtful or patient.is_fictitious:
        withdraw_ins_keeping_trace(session, patient, clock=clock)
        withdraw_proof(patient)
    return _commit_change(session, patient, "patient.attribute", [_FLAGS[attribute]], clock)


def withdraw_ins_keeping_trace(session: Session, patient: Patient, *, clock: Clock) -> None:
    """Withdraw the INS and remember it as an inactive identifier, by which old messages are
    recognised.
    """
    if patient.ins_matricule is None or patient.ins_system is None:
        return
    session.add(
        Identifier(
            patient_id=patient.id,
            system=patient.ins_system,
            value=patient.ins_matricule,
            kind="INS",
            is_active=False,
            recorded_at=clock(),
            source="withdrawn",
        )
    )
    withdraw_ins(patient)


def _values(traits: PatientIn) -> dict[str, Any]:
    return {name: _stored(getattr(traits, name)) for name in _COLUMNS}


def _stored(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _write_traits(
    patient: Patient, traits: PatientIn, *, only: tuple[str, ...] = _COLUMNS
) -> set[str]:
    values = _values(traits)
    changed = {name for name in only if getattr(patient, name) != values[name]}
    for name in changed:
        setattr(patient, name, values[name])
    return changed


def _refuse_ins_of_another(session: Session, patient: Patient, ins: Ins) -> None:
    holder = session.scalar(
        select(col(Patient.id)).where(
            col(Patient.ins_system) == ins.kind.value, col(Patient.ins_matricule) == ins.matricule
        )
    )
    if holder not in {None, patient.id}:
        raise Conflict(
            "PAT-034",
            "Ce matricule INS est déjà porté par une autre fiche. Les deux fiches sont peut-être la"
            " même personne : comparez-les et adressez-les à la cellule d'identitovigilance.",
            other_id=str(holder),
        )


def _commit_change(
    session: Session, patient: Patient, event: str, changed: list[str], clock: Clock
) -> PatientOut:
    patient.version += 1
    patient.updated_at = clock()
    session.add(patient)
    session.flush()
    if not _SOUGHT.isdisjoint(changed):
        index_names(session, patient)
        queue_duplicates(session, patient, clock=clock)
    record_event(
        session,
        event,
        patient_id=patient.id,
        object_kind="patient",
        object_id=patient.id,
        object_version=patient.version,
        details={"changed": changed, "status": patient.status.value},
    )
    emit(
        session,
        PatientIdentityChanged(
            event_id=uuid4(), at=clock(), patient_id=patient.id, status=patient.status.value
        ),
    )
    return view_patient(session, patient)
