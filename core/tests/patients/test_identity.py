from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from dcc_core.audit import AuditEntry
from dcc_core.db.events import drain
from dcc_core.errors import Conflict, InvalidInput, NotFound
from dcc_core.hooks.contracts.identity import IdentityAttribute, IdentityStatus
from dcc_core.hooks.contracts.life import PatientCreated, PatientIdentityChanged
from dcc_core.patients import (
    InsKind,
    InsMethod,
    ValidationMode,
    create_patient,
    find_by_identifier,
    get_patient,
    record_insi_answer,
    set_attribute,
    update_patient,
    validate_identity,
)
from dcc_core.testing.patients import demo_ins, demo_traits, qualified_patient


def test_a_new_identity_is_provisional_and_audited(session: Session) -> None:
    patient = create_patient(session, demo_traits(), source="web")

    assert patient.status is IdentityStatus.PROVISIONAL
    assert not patient.may_carry_ins
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.event, entry.patient_id) == ("patient.create", patient.id)
    assert [type(event) for event in drain(session)] == [PatientCreated]


def test_insi_and_a_document_make_a_qualified_identity(session: Session) -> None:
    patient = qualified_patient(session)

    assert patient.status is IdentityStatus.QUALIFIED
    assert patient.may_carry_ins
    assert patient.ins_mark == "TEST"
    assert find_by_identifier(session, InsKind.NIR_TEST, demo_ins().matricule) == patient.id


@pytest.mark.parametrize(
    "change",
    [
        {"birth_family_name": "DÉMO-MARTINE"},
        {"first_given_name": "Chloé"},
        {"birth_date": "13/03/1957"},
        {"birth_date": "03/1957"},
        {"sex": "M"},
        {"birth_place_insee": "31069"},
        {"birth_given_names": ("Zoé", "Anne")},
    ],
)
def test_a_strict_trait_change_takes_trust_and_ins_away(
    session: Session, change: dict[str, object]
) -> None:
    patient = qualified_patient(session)

    changed = update_patient(
        session, patient.id, demo_traits(**change), expected_version=patient.version
    )

    assert changed.status is IdentityStatus.PROVISIONAL
    assert changed.traits.identifier("INS") is None
    assert find_by_identifier(session, InsKind.NIR_TEST, demo_ins().matricule) is None


def test_a_complementary_trait_keeps_trust(session: Session) -> None:
    patient = qualified_patient(session)

    changed = update_patient(
        session,
        patient.id,
        demo_traits(used_family_name="DURAND"),
        expected_version=patient.version,
    )

    assert changed.status is IdentityStatus.QUALIFIED


@pytest.mark.parametrize("attribute", [IdentityAttribute.DOUBTFUL, IdentityAttribute.FICTITIOUS])
def test_a_warning_makes_provisional_and_forbids_insi(
    session: Session, attribute: IdentityAttribute
) -> None:
    patient = qualified_patient(session)

    warned = set_attribute(session, patient.id, attribute, is_set=True)

    assert warned.status is IdentityStatus.PROVISIONAL
    with pytest.raises(InvalidInput, match="PAT-040"):
        validate_identity(session, patient.id, ValidationMode.PASSPORT)
    ins = demo_ins()
    with pytest.raises(InvalidInput, match="PAT-040"):
        record_insi_answer(session, patient.id, demo_traits(), ins, method=InsMethod.INSI)


def test_doubtful_and_fictitious_exclude_each_other(session: Session) -> None:
    patient = create_patient(session, demo_traits())
    set_attribute(session, patient.id, IdentityAttribute.DOUBTFUL, is_set=True)

    with pytest.raises(InvalidInput, match="PAT-043"):
        set_attribute(session, patient.id, IdentityAttribute.FICTITIOUS, is_set=True)


def test_an_ins_held_by_someone_else_is_refused(session: Session) -> None:
    qualified_patient(session)
    other = create_patient(session, demo_traits(first_given_name="Chloé"))
    ins = demo_ins()

    with pytest.raises(Conflict, match="PAT-034") as refusal:
        record_insi_answer(session, other.id, demo_traits(), ins, method=InsMethod.INSI)

    assert ins.matricule not in str(refusal.value)


def test_new_traits_from_insi_replace_the_local_ones_and_void_the_proof(session: Session) -> None:
    patient = qualified_patient(session)
    ins = demo_ins(2)

    answered = record_insi_answer(
        session, patient.id, demo_traits(birth_place_insee="31069"), ins, method=InsMethod.INSI
    )

    assert answered.status is IdentityStatus.RETRIEVED
    assert answered.traits.birth_place_insee == "31069"


def test_another_matricule_for_the_same_traits_voids_the_proof(session: Session) -> None:
    patient = qualified_patient(session)

    answered = record_insi_answer(
        session, patient.id, demo_traits(), demo_ins(2), method=InsMethod.INSI
    )

    assert answered.status is IdentityStatus.RETRIEVED
    assert find_by_identifier(session, InsKind.NIR_TEST, demo_ins().matricule) is None


def test_the_second_of_two_editors_is_told(session: Session) -> None:
    patient = create_patient(session, demo_traits())
    update_patient(session, patient.id, demo_traits(city="Albi"), expected_version=1)

    with pytest.raises(Conflict, match="PAT-021"):
        update_patient(session, patient.id, demo_traits(city="Auch"), expected_version=1)

    assert get_patient(session, patient.id).traits.city == "Albi"


def test_an_unknown_patient_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound, match="PAT-020"):
        get_patient(session, uuid4())


def test_every_change_is_announced(session: Session) -> None:
    qualified_patient(session)

    assert [type(event) for event in drain(session)] == [
        PatientCreated,
        PatientIdentityChanged,
        PatientIdentityChanged,
    ]


FORBIDDEN = [
    "birth_family_name = 'AUTRE'",
    "first_given_name = 'AUTRE'",
    "birth_given_names = '[\"AUTRE\"]'",
    "birth_date = '1958-01-01'",
    "birth_date_precision = 'year'",
    "sex = 'M'",
    "sex = 'U'",
    "birth_place_insee = '31069'",
    "is_doubtful = true",
    "is_fictitious = true",
    "status = 'VALI'",
    "status = 'RECUP'",
    "status = 'PROV'",
    "status = 'XXXX'",
    "ins_matricule = NULL",
    "ins_system = NULL",
    "ins_matricule = '257033155503999'",
    "ins_matricule = '2570331555039'",
    "ins_system = '1.2.250.1.213.1.4.8'",
    "ins_system = '1.2.3'",
    "ins_method = NULL",
    "validation_mode = NULL",
    "validated_at = NULL",
    "merged_into_id = id",
    "deceased_on = '1950-01-01'",
    "status = 'PROV', is_doubtful = true, is_fictitious = true",
]


@pytest.mark.parametrize("assignment", FORBIDDEN)
def test_the_database_itself_refuses(session: Session, assignment: str) -> None:
    qualified_patient(session)

    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(f"UPDATE core_patient SET {assignment}"))  # noqa: S608
