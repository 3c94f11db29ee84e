"""The ten people of the sandbox, and answers that are incomplete, hostile or unlike the usual."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcc_core.api import ExternalIdentity, ProfessionalActivity
from dcc_sandbox.psc.people import PEOPLE, PEOPLE_BY_KEY, Person
from dcc_sso_psc.claims.identity import psc_identity
from dcc_sso_psc.oidc.id_token import IdToken
from dcc_sso_psc.oidc.relying_party import Authentication
from dcc_sso_psc.refusals import Refusal, SignInRefused

_ONCOLOGIST = PEOPLE_BY_KEY["oncologue"]


def _read(
    claims: dict[str, Any], subject: str = _ONCOLOGIST.subject, acr: str = "eidas1"
) -> ExternalIdentity:
    token = IdToken(subject, acr, "canari-sid", datetime(2026, 1, 1, tzinfo=UTC))
    return psc_identity(Authentication(token, claims, "canari-jeton"), provider="sso_psc.psc")


def _changed(**changes: Any) -> dict[str, Any]:
    return {**_ONCOLOGIST.userinfo(), **changes}


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.key)
def test_people_of_the_sandbox_are_read(person: Person) -> None:
    identity = _read(person.userinfo(), person.subject, person.acr)
    assert identity.national_id == person.national_id
    assert (identity.family_name, identity.given_name) == (person.family_name, person.given_name)
    assert (identity.acr, identity.auth_mode) == (person.acr, person.auth_mode)
    assert identity.provider_session == "canari-sid"
    assert identity.authenticated_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert "canari-jeton" not in repr(identity)


def test_doctor_of_hospital_and_practice_has_two_activities() -> None:
    assert _read(_ONCOLOGIST.userinfo()).activities == (
        ProfessionalActivity(
            structure_id="990000010",
            structure_name="CHU DÉMO DU SUD",
            profession="10",
            specialty="SM36",
            sector="SA01",
            label="CHU DÉMO DU SUD, salarié",
        ),
        ProfessionalActivity(
            structure_id="99000000100018",
            structure_name="CABINET DÉMO DES ACACIAS",
            profession="10",
            specialty="SM36",
            sector="SA07",
            label="CABINET DÉMO DES ACACIAS, libéral",
        ),
    )


def test_secretary_with_a_structure_card_acts_for_that_structure() -> None:
    secretary = PEOPLE_BY_KEY["secretaire_cpe"]
    (activity,) = _read(secretary.userinfo(), secretary.subject).activities
    assert (activity.structure_id, activity.profession, activity.role) == ("990000010", "", "")


def test_structure_card_alone_gives_the_structure() -> None:
    secretary = PEOPLE_BY_KEY["secretaire_cpe"]
    claims = {
        "SubjectNameID": secretary.national_id,
        "family_name": secretary.family_name,
    }
    (activity,) = _read(claims, secretary.subject).activities
    assert activity.structure_id == "990000010"


def test_registered_secretary_has_a_role_without_profession() -> None:
    secretary = PEOPLE_BY_KEY["secretaire_rpps"]
    (activity,) = _read(secretary.userinfo(), secretary.subject).activities
    assert (activity.role, activity.profession) == ("331", "")


def test_student_is_said_to_be_one() -> None:
    student = PEOPLE_BY_KEY["interne"]
    (activity,) = _read(student.userinfo(), student.subject).activities
    assert activity.label.endswith("étudiant")


def test_exercice_without_activity_keeps_the_profession() -> None:
    unknown = PEOPLE_BY_KEY["inconnu"]
    (activity,) = _read(unknown.userinfo(), unknown.subject).activities
    assert (activity.profession, activity.structure_id) == ("10", "")


def test_activities_beside_the_exercices_are_read_too() -> None:
    claims = deepcopy(_ONCOLOGIST.userinfo())
    reference = claims["SubjectRefPro"]
    activities = reference["exercices"][0].pop("activities")
    reference["activities"] = activities
    structures = {activity.structure_id for activity in _read(claims).activities}
    assert structures == {"", "990000010", "99000000100018"}


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"SubjectNameID": None}, Refusal.NATIONAL_ID),
        ({"SubjectNameID": ""}, Refusal.NATIONAL_ID),
        ({"SubjectNameID": ["899900000011"]}, Refusal.NATIONAL_ID),
        ({"SubjectNameID": "899900000029"}, Refusal.SUBJECT),
        ({"preferred_username": "899900000029"}, Refusal.SUBJECT),
        ({"family_name": ""}, Refusal.USERINFO),
        ({"family_name": " \u0000 "}, Refusal.USERINFO),
        ({"family_name": 3}, Refusal.USERINFO),
    ],
)
def test_uncertain_person_is_refused(changes: dict[str, Any], refusal: Refusal) -> None:
    with pytest.raises(SignInRefused) as refused:
        _read(_changed(**changes))
    assert refused.value.refusal is refusal


def test_identifier_is_compared_whole() -> None:
    """``…:1899…`` ends with the identifier but is another person."""
    with pytest.raises(SignInRefused) as refused:
        _read(_ONCOLOGIST.userinfo(), f"f:x:1{_ONCOLOGIST.national_id}")
    assert refused.value.refusal is Refusal.SUBJECT


def test_email_is_never_read() -> None:
    claims = _changed(email="autre@demo.invalid", email_verified=True)
    assert "autre@demo.invalid" not in repr(_read(claims))


def test_control_characters_and_length_of_names_are_tamed() -> None:
    identity = _read(_changed(family_name="DÉMO\u0000\n\u202eNOM", given_name="x" * 10_000))
    assert identity.family_name == "DÉMO NOM"
    assert len(identity.given_name) == 200


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner),
    max_leaves=10,
)
_FIELDS = tuple(_ONCOLOGIST.userinfo())


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(st.sampled_from(_FIELDS), _JSON),
    st.dictionaries(st.sampled_from(("exercices", "activities", "codeCivilite")), _JSON),
)
def test_any_answer_is_read_or_refused(changes: dict[str, Any], reference: dict[str, Any]) -> None:
    claims = {**_ONCOLOGIST.userinfo(), "SubjectRefPro": reference, **changes}
    try:
        identity = _read(claims)
    except SignInRefused:
        return
    assert identity.national_id == _ONCOLOGIST.national_id
