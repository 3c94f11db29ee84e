"""A person settles a doubtful row: the same patient, or somebody else."""

from collections.abc import Collection
from uuid import UUID

from sqlmodel import Session

from dcc_core.config import Establishment
from dcc_core.errors import Conflict, NotFound
from dcc_core.hooks.contracts.identity import PatientIdentifier
from dcc_core.legacy.mapping import ImportMap
from dcc_core.legacy.model import Verdict
from dcc_core.legacy.patients import traits_of_row
from dcc_core.legacy.tables import ImportRow
from dcc_core.patients import add_identifier, create_patient, read_patient


def attach_row(
    session: Session,
    batch_id: UUID,
    number: int,
    patient_id: UUID,
    *,
    mapping: ImportMap,
    establishments: Collection[Establishment],
) -> None:
    """Give the row's identifier to a patient: they are the same person.

    Raises:
        NotFound: ``IMP-007`` no such row.
        Conflict: ``IMP-008`` it is settled already; ``PAT-052`` another patient holds it.
    """
    row = _waiting(session, batch_id, number)
    values = _values(row, mapping)
    identifier = PatientIdentifier(mapping.system, values["identifier"])
    source = f"import:{batch_id.hex}"
    add_identifier(session, patient_id, identifier, establishments=establishments, source=source)
    _settle(session, row, Verdict.KNOWN, patient_id)


def create_row(
    session: Session,
    batch_id: UUID,
    number: int,
    *,
    mapping: ImportMap,
    establishments: Collection[Establishment],
) -> UUID:
    """Create the patient of a row: somebody else than those it resembles; return it.

    Raises:
        NotFound: ``IMP-007`` no such row.
        Conflict: ``IMP-008`` it is settled already; ``PAT-052`` another patient holds its number.
        InvalidInput: Its traits are refused.
    """
    row = _waiting(session, batch_id, number)
    values = _values(row, mapping)
    source = f"import:{batch_id.hex}"
    patient = create_patient(session, read_patient(traits_of_row(values)), source=source)
    identifier = PatientIdentifier(mapping.system, values["identifier"])
    add_identifier(session, patient.id, identifier, establishments=establishments, source=source)
    _settle(session, row, Verdict.CREATED, patient.id)
    return patient.id


def _waiting(session: Session, batch_id: UUID, number: int) -> ImportRow:
    row = session.get(ImportRow, (batch_id, number), with_for_update=True)
    if row is None:
        raise NotFound("IMP-007", "Cette ligne n'existe pas. `dcc import queue` donne les lignes.")
    if row.verdict != Verdict.AMBIGUOUS or row.content is None:
        raise Conflict("IMP-008", "Cette ligne n'attend pas de décision. Rien n'a été changé.")
    return row


def _values(row: ImportRow, mapping: ImportMap) -> dict[str, str]:
    """Return the targets of a kept row, as the import itself read them."""
    kept = dict(row.content or ())
    values = {name: kept.get(heading, "").strip() for name, heading in mapping.columns.items()}
    return {name: mapping.values.get(name, {}).get(text, text) for name, text in values.items()}


def _settle(session: Session, row: ImportRow, verdict: Verdict, object_id: UUID) -> None:
    row.verdict, row.object_id, row.content = verdict.value, object_id, None
    session.add(row)
    session.flush()
