"""Fictitious patients for tests of the core and of plugins."""

from datetime import date
from typing import Any

from sqlmodel import Session

from dcc_core.config import Environment
from dcc_core.patients import (
    Ins,
    InsKind,
    InsMethod,
    PatientIn,
    PatientOut,
    ValidationMode,
    create_patient,
    ins_key,
    read_ins,
    read_patient,
    record_insi_answer,
    validate_identity,
)

TODAY = date(2026, 3, 2)
"""A past day for dated facts."""

_TRAITS: dict[str, Any] = {
    "birth_family_name": "DÉMO-MARTIN",
    "first_given_name": "Zoé",
    "birth_date": date(1957, 3, 12),
    "sex": "F",
    "birth_place_insee": "31555",
}


def demo_traits(**changes: Any) -> PatientIn:
    """Return complete traits of a fictitious patient, with the changes that a test is about."""
    return read_patient(_TRAITS | changes)


def demo_ins(number: int = 1) -> Ins:
    """Return a test matricule with a valid key; ``number`` (below 1000) tells patients apart."""
    body = f"2570331555{number:03d}"
    return read_ins(body + ins_key(body), InsKind.NIR_TEST, environment=Environment.TEST)


def qualified_patient(session: Session, number: int = 1, **changes: Any) -> PatientOut:
    """Create a patient whose identity is qualified."""
    stated = demo_traits(**changes)
    patient = create_patient(session, stated)
    record_insi_answer(session, patient.id, stated, demo_ins(number), method=InsMethod.INSI)
    return validate_identity(session, patient.id, ValidationMode.IDENTITY_CARD)
