"""Local identifiers (IPP) and the look-up of a patient by any identifier."""

import re
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from dcc_core.audit import record_event
from dcc_core.config import Clock, Establishment, utc_now
from dcc_core.errors import Conflict, InvalidInput
from dcc_core.hooks.contracts.identity import PatientIdentifier
from dcc_core.patients.ins import is_ins_system
from dcc_core.patients.rows import load_for_change, resolve_patient
from dcc_core.patients.tables import Identifier, Patient

FINESS_SYSTEM = "finess:"
_OID = re.compile(r"[0-2](\.(0|[1-9]\d*)){3,}")
_VALUE = re.compile(r"[\w./ -]{1,100}")


def system_of(establishment: Establishment) -> str:
    """Return the assigning authority of an establishment's own patient numbers."""
    return FINESS_SYSTEM + establishment.finess


def add_identifier(
    session: Session,
    patient_id: UUID,
    identifier: PatientIdentifier,
    *,
    establishments: Collection[Establishment] = (),
    source: str = "",
    clock: Clock = utc_now,
) -> None:
    """Attach a local identifier; doing so twice changes nothing.

    Args:
        establishments: Those of the region; an authority ``finess:…`` must be one of them.
        source: Interface or screen that brought it.

    Raises:
        InvalidInput: ``PAT-050`` unusable value, ``PAT-051`` unknown authority, ``PAT-053`` an INS.
        Conflict: ``PAT-052`` another patient holds it.
    """
    check_identifier(identifier, establishments)
    patient = load_for_change(session, patient_id)
    holder = find_active(session, identifier.system, identifier.value)
    if holder == patient.id:
        return
    if holder is not None:
        raise Conflict(
            "PAT-052",
            "Cet identifiant local est déjà celui d'une autre fiche. Comparez les deux fiches et"
            " adressez-les à la cellule d'identitovigilance.",
            other_id=str(holder),
        )
    session.add(
        Identifier(
            patient_id=patient.id,
            system=identifier.system,
            value=identifier.value,
            kind=identifier.kind,
            recorded_at=clock(),
            source=source,
        )
    )
    session.flush()
    _record(session, patient.id, "patient.identifier.add", identifier)


def close_identifier(session: Session, patient_id: UUID, identifier: PatientIdentifier) -> None:
    """Retire a local identifier: it stays readable but no longer finds the patient."""
    patient = load_for_change(session, patient_id)
    row = session.scalar(
        select(Identifier).where(
            col(Identifier.patient_id) == patient.id,
            col(Identifier.system) == identifier.system,
            col(Identifier.value) == identifier.value,
            col(Identifier.is_active),
        )
    )
    if row is None:
        return
    row.is_active = False
    session.flush()
    _record(session, patient.id, "patient.identifier.close", identifier)


def find_by_identifier(session: Session, system: str, value: str) -> UUID | None:
    """Return the patient that an INS or a local identifier designates now, aliases followed."""
    if is_ins_system(system):
        found = session.scalar(
            select(col(Patient.id)).where(
                col(Patient.ins_system) == system, col(Patient.ins_matricule) == value
            )
        )
        return resolve_patient(session, found) if found else None
    return find_active(session, system, value)


def find_holders(session: Session, system: str, values: Collection[str]) -> dict[str, UUID]:
    """Return the patients that hold these local identifiers of one authority, in one statement."""
    statement = select(col(Identifier.value), col(Identifier.patient_id)).where(
        col(Identifier.value).in_(values),
        col(Identifier.system) == system,
        col(Identifier.is_active),
    )
    return {row.value: row.patient_id for row in session.execute(statement)}


def ins_held_at(session: Session, patient_id: UUID, moment: datetime) -> PatientIdentifier | None:
    """Return the INS that a record held at a moment, whatever the trust in it: the one withdrawn
    first after that moment, else the one it holds now. None when it had none.
    """
    former = session.scalars(
        select(Identifier)
        .where(
            col(Identifier.patient_id) == patient_id,
            col(Identifier.kind) == "INS",
            col(Identifier.is_active).is_(False),
            col(Identifier.recorded_at) >= moment,
        )
        .order_by(col(Identifier.recorded_at))
        .limit(1)
    ).first()
    if former is not None:
        return PatientIdentifier(former.system, former.value, "INS")
    held = session.get_one(Patient, patient_id)
    if held.ins_system is None or held.ins_matricule is None:
        return None
    return PatientIdentifier(held.ins_system, held.ins_matricule, "INS")


def find_active(session: Session, system: str, value: str) -> UUID | None:
    """Return the patient that holds an active local identifier."""
    return session.scalar(
        select(col(Identifier.patient_id)).where(
            col(Identifier.system) == system,
            col(Identifier.value) == value,
            col(Identifier.is_active),
        )
    )


def check_identifier(
    identifier: PatientIdentifier, establishments: Collection[Establishment]
) -> None:
    """Refuse an identifier that cannot be attached to anybody.

    Raises:
        InvalidInput: ``PAT-050`` unusable value, ``PAT-051`` unknown authority, ``PAT-053`` an INS.
    """
    if is_ins_system(identifier.system):
        raise InvalidInput(
            "PAT-053",
            "Un matricule INS ne s'ajoute pas à la main : il vient d'INSi ou d'un flux de"
            " confiance. Interrogez INSi.",
            field="identifier",
        )
    if not _VALUE.fullmatch(identifier.value):
        raise InvalidInput(
            "PAT-050",
            "Cet identifiant local est vide, trop long ou contient un caractère inattendu."
            " Recopiez-le depuis le dossier de l'établissement.",
            field="identifier",
        )
    known = {system_of(establishment) for establishment in establishments}
    if identifier.system in known or _OID.fullmatch(identifier.system):
        return
    raise InvalidInput(
        "PAT-051",
        "L'établissement de cet identifiant est inconnu de la région. Vérifiez son numéro FINESS ou"
        " faites-le déclarer par l'administrateur.",
        field="identifier",
    )


def _record(session: Session, patient_id: UUID, event: str, identifier: PatientIdentifier) -> None:
    record_event(
        session,
        event,
        patient_id=patient_id,
        object_kind="patient",
        object_id=patient_id,
        details={"system": identifier.system, "kind": identifier.kind},
    )
