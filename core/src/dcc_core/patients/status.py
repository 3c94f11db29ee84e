"""Trust in an identity, as a function of two facts: INSi gave the traits, a document proved them.

Source: RNIV 1 v2.0, December 2024, EXI SI 07 (statuses) and EXI SI 09 (attributes).
"""

from typing import Any

from sqlalchemy import Row

from dcc_core.errors import InvalidInput
from dcc_core.hooks.contracts.identity import IdentityAttribute, IdentityStatus
from dcc_core.patients.tables import Patient

_STATUS = {
    (False, False): IdentityStatus.PROVISIONAL,
    (True, False): IdentityStatus.RETRIEVED,
    (False, True): IdentityStatus.VALIDATED,
    (True, True): IdentityStatus.QUALIFIED,
}
RANK = {
    IdentityStatus.PROVISIONAL: 0,
    IdentityStatus.RETRIEVED: 1,
    IdentityStatus.VALIDATED: 2,
    IdentityStatus.QUALIFIED: 3,
}
"""Order of trust, by which the surviving record of a merge is chosen."""


def refresh_status(patient: Patient) -> None:
    """Set the status that follows from the facts the record holds."""
    patient.status = _STATUS[patient.ins_matricule is not None, patient.validation_mode is not None]


def withdraw_ins(patient: Patient) -> None:
    """Forget the matricule: it no longer belongs to these traits."""
    patient.ins_matricule = patient.ins_system = None
    patient.ins_method = patient.ins_collected_at = None
    refresh_status(patient)


def withdraw_proof(patient: Patient) -> None:
    """Forget the document: it no longer proves these traits."""
    patient.validation_mode = patient.validated_at = None
    refresh_status(patient)


def refuse_if_warned(patient: Patient) -> None:
    """Refuse to raise the trust of a doubtful or fictitious identity.

    Raises:
        InvalidInput: ``PAT-040``.
    """
    if patient.is_doubtful or patient.is_fictitious:
        warning = "douteuse" if patient.is_doubtful else "fictive"
        raise InvalidInput(
            "PAT-040",
            f"Cette identité est signalée comme {warning} : elle reste provisoire et INSi ne peut"
            " pas être interrogé. Levez d'abord ce signalement.",
            field="status",
        )


def attributes_of(patient: Patient | Row[Any]) -> frozenset[IdentityAttribute]:
    """Return the warnings that the record carries."""
    flags = {
        IdentityAttribute.HOMONYM: patient.is_homonym,
        IdentityAttribute.DOUBTFUL: patient.is_doubtful,
        IdentityAttribute.FICTITIOUS: patient.is_fictitious,
    }
    return frozenset(attribute for attribute, is_set in flags.items() if is_set)
