import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from dcc_core.config import Establishment, utc_now
from dcc_core.errors import Conflict, InvalidInput
from dcc_core.hooks.contracts.identity import PatientIdentifier
from dcc_core.patients import (
    InsKind,
    add_identifier,
    close_identifier,
    create_patient,
    find_by_identifier,
    get_patient,
    system_of,
)
from dcc_core.patients.tables import Identifier
from dcc_core.testing.patients import demo_ins, demo_traits

HOSPITAL = Establishment(finess="310000001", name="Hôpital d'essai")
IPP = "1.2.250.1.999.31"


def test_a_patient_has_a_number_in_each_establishment(session: Session) -> None:
    patient = create_patient(session, demo_traits())
    local = PatientIdentifier(system_of(HOSPITAL), "4711")
    for identifier in (local, PatientIdentifier(IPP, "4711"), local):
        add_identifier(session, patient.id, identifier, establishments=[HOSPITAL])

    assert len(get_patient(session, patient.id).traits.identifiers) == 2
    assert find_by_identifier(session, system_of(HOSPITAL), "4711") == patient.id
    assert find_by_identifier(session, IPP, "4712") is None


def test_a_number_belongs_to_one_patient(session: Session) -> None:
    first = create_patient(session, demo_traits())
    second = create_patient(session, demo_traits(first_given_name="Chloé"))
    identifier = PatientIdentifier(IPP, "4711")
    add_identifier(session, first.id, identifier)

    with pytest.raises(Conflict, match="PAT-052") as refusal:
        add_identifier(session, second.id, identifier)
    assert "4711" not in str(refusal.value)
    close_identifier(session, first.id, identifier)
    close_identifier(session, first.id, identifier)
    add_identifier(session, second.id, identifier)
    assert find_by_identifier(session, IPP, "4711") == second.id


def test_the_database_keeps_a_number_to_one_patient(session: Session) -> None:
    for given in ("Zoé", "Chloé"):
        patient = create_patient(session, demo_traits(first_given_name=given))
        session.add(
            Identifier(
                patient_id=patient.id, system=IPP, value="1", kind="IPP", recorded_at=utc_now()
            )
        )
    with pytest.raises(DBAPIError), session.begin_nested():
        session.flush()
    session.expunge_all()


@pytest.mark.parametrize(
    ("system", "value", "code"),
    [
        (IPP, "", "PAT-050"),
        (IPP, "x" * 101, "PAT-050"),
        (IPP, "47\u202e11", "PAT-050"),
        (IPP, "47\x0011", "PAT-050"),
        ("finess:999999999", "4711", "PAT-051"),
        ("somewhere", "4711", "PAT-051"),
        ("", "4711", "PAT-051"),
        (InsKind.NIR_TEST, demo_ins().matricule, "PAT-053"),
        (InsKind.NIR, demo_ins().matricule, "PAT-053"),
    ],
)
def test_unusable_identifiers_are_refused(
    session: Session, system: str, value: str, code: str
) -> None:
    patient = create_patient(session, demo_traits())

    with pytest.raises(InvalidInput, match=code) as refusal:
        add_identifier(
            session, patient.id, PatientIdentifier(system, value), establishments=[HOSPITAL]
        )
    assert refusal.value.field == "identifier"
