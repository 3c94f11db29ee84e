"""Who an inbound identity belongs to: the right person, or nobody."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from uuid import UUID

import pytest
from sqlmodel import Session

from dcc_core.config import Environment
from dcc_core.hooks.contracts.identity import (
    IdentityAttribute,
    IdentityStatus,
    PatientIdentifier,
    PatientTraits,
    Sex,
)
from dcc_core.patients import (
    InsKind,
    MatchReason,
    PatientMatch,
    add_identifier,
    create_patient,
    find_strict,
    get_patient,
    ins_key,
    match_patient,
)
from dcc_core.testing.patients import demo_ins, demo_traits, qualified_patient

IPP = "1.2.250.1.999.31"
UNTRUSTED = "1.2.250.1.999.99"


def _match(
    session: Session, traits: PatientTraits, environment: Environment = Environment.TEST
) -> PatientMatch:
    return match_patient(session, traits, trusted_systems={IPP}, environment=environment)


@pytest.fixture
def known(session: Session) -> PatientTraits:
    """Return the traits of a qualified patient with an INS and a local identifier."""
    patient = qualified_patient(session)
    add_identifier(session, patient.id, PatientIdentifier(IPP, "4711"))
    return get_patient(session, patient.id).traits


def _holder(session: Session, traits: PatientTraits) -> UUID:
    found = _match(session, traits).patient_id
    assert found is not None
    return found


def test_a_doubtful_identity_is_left_to_a_person(session: Session, known: PatientTraits) -> None:
    stated = replace(known, attributes=frozenset({IdentityAttribute.DOUBTFUL}))

    match = _match(session, stated)

    assert match.patient_id is None
    assert match.reasons == (MatchReason.DOUBTFUL,)
    assert len(match.candidate_ids) == 1


def test_equal_ins_and_traits_attach(session: Session, known: PatientTraits) -> None:
    stated = replace(known, birth_family_name="Demo Martin", first_given_name="ZOE")

    assert _match(session, stated).patient_id == _holder(session, known)


def test_a_trusted_local_identifier_and_equal_traits_attach(
    session: Session, known: PatientTraits
) -> None:
    stated = replace(known, identifiers=(PatientIdentifier(IPP, "4711"),))

    assert _match(session, stated).patient_id == _holder(session, known)


CHANGES: dict[str, Callable[[PatientTraits], PatientTraits]] = {
    "family": lambda t: replace(t, birth_family_name="DÉMO-MARTINE"),
    "given": lambda t: replace(t, first_given_name="Chloé"),
    "swapped": lambda t: replace(
        t, birth_family_name=t.first_given_name, first_given_name=t.birth_family_name
    ),
    "birth": lambda t: replace(t, birth_date=date(1957, 12, 3)),
    "sex": lambda t: replace(t, sex=Sex.MALE),
    "place": lambda t: replace(t, birth_place_insee="31069"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_any_difference_goes_to_a_person(
    session: Session, known: PatientTraits, change: Callable[[PatientTraits], PatientTraits]
) -> None:
    match = _match(session, change(known))

    assert match.patient_id is None
    assert match.reasons == (MatchReason.TRAITS_DIFFER,)
    assert len(match.candidate_ids) == 1
    assert match.differences


def _with(traits: PatientTraits, *identifiers: PatientIdentifier) -> PatientTraits:
    return replace(traits, identifiers=identifiers)


def test_why_nobody_is_attached(session: Session, known: PatientTraits) -> None:
    other = create_patient(session, demo_traits(first_given_name="Chloé"))
    add_identifier(session, other.id, PatientIdentifier(IPP, "4712"))
    ins, ipp = known.identifiers
    wrong_key = PatientIdentifier(InsKind.NIR, "257033155500100", "INS")
    expected = {
        _with(known): (MatchReason.NO_IDENTIFIER,),
        _with(known, PatientIdentifier(UNTRUSTED, "4711")): (MatchReason.NO_IDENTIFIER,),
        _with(known, PatientIdentifier(IPP, "0000")): (MatchReason.UNKNOWN_IDENTIFIER,),
        _with(known, ins, PatientIdentifier(IPP, "4712")): (MatchReason.IDENTIFIERS_DISAGREE,),
        _with(known, wrong_key): (MatchReason.INS_UNUSABLE, MatchReason.NO_IDENTIFIER),
        replace(known, birth_date=None): (MatchReason.TRAITS_MISSING,),
        replace(known, sex=Sex.UNKNOWN): (MatchReason.TRAITS_MISSING,),
        _with(replace(known, status=IdentityStatus.RETRIEVED), ins): (
            MatchReason.INS_UNUSABLE,
            MatchReason.NO_IDENTIFIER,
        ),
        _with(known, ipp, replace(ins, value=demo_ins(2).matricule)): (MatchReason.INS_DIFFERS,),
    }

    for stated, reasons in expected.items():
        match = _match(session, stated)
        assert (match.patient_id, match.reasons) == (None, reasons)


def test_a_sex_unknown_on_both_sides_is_not_an_equal_trait(session: Session) -> None:
    patient = create_patient(session, demo_traits(sex="U"))
    add_identifier(session, patient.id, PatientIdentifier(IPP, "4713"))
    match = _match(session, get_patient(session, patient.id).traits)
    assert (match.patient_id, match.reasons) == (None, (MatchReason.TRAITS_MISSING,))


def test_a_local_number_designates_whatever_the_sender_has_verified(
    session: Session, known: PatientTraits
) -> None:
    stated = replace(known, status=IdentityStatus.PROVISIONAL)
    assert _match(session, stated).patient_id == _holder(session, known)


def test_a_fictitious_identity_is_doubtful_where_patients_are_real(
    session: Session, known: PatientTraits
) -> None:
    stated = _with(known, known.identifiers[1])
    stated = replace(stated, attributes=frozenset({IdentityAttribute.FICTITIOUS}))
    assert _match(session, stated).patient_id == _holder(session, known)
    match = _match(session, stated, Environment.PRODUCTION)
    assert (match.patient_id, match.reasons) == (None, (MatchReason.DOUBTFUL,))


def test_a_test_number_matches_nobody_in_production(session: Session, known: PatientTraits) -> None:
    match = _match(session, _with(known, known.identifiers[0]), Environment.PRODUCTION)

    assert match.reasons == (MatchReason.INS_UNUSABLE, MatchReason.NO_IDENTIFIER)


def test_strict_search_before_a_creation(session: Session, known: PatientTraits) -> None:
    create_patient(session, demo_traits(first_given_name="Chloé"))
    create_patient(session, demo_traits(birth_date="13/03/1957"))

    (match,) = find_strict(session, demo_traits(birth_family_name="demo martin", sex="M"))

    assert match.patient_id == _holder(session, known)
    assert match.differences == ("sex",)


def test_strict_search_sees_used_and_swapped_names(session: Session) -> None:
    patient = create_patient(session, demo_traits(used_family_name="DURAND"))

    for stated in (
        demo_traits(birth_family_name="Durand"),
        demo_traits(birth_family_name="Zoé", first_given_name="DÉMO-MARTIN"),
    ):
        (match,) = find_strict(session, stated)
        assert match.patient_id == patient.id
        assert "birth_family_name" in match.differences


def _near_identities(session: Session, count: int) -> None:
    """Near-identities in numbers: twins, swapped names, one trait off, the INS of another."""
    chance = Random(count)  # noqa: S311 - cases that can be made again
    people = []
    for number in range(12):
        twin = number % 2
        patient = qualified_patient(
            session,
            number + 1,
            birth_family_name=("Martin", "Simon", "Thomas")[number // 4],
            first_given_name=("Simon", "Martin")[twin],
            birth_date=date(1957, 3, 12) + timedelta(days=number // 2),
        )
        add_identifier(session, patient.id, PatientIdentifier(IPP, f"{number:04d}"))
        people.append(get_patient(session, patient.id))
    attached = 0
    for _ in range(count):
        person, stranger = chance.sample(people, 2)
        stated = _mixed(person.traits, stranger.traits, chance)
        match = _match(session, stated)
        if match.patient_id is None:
            assert match.reasons
            continue
        attached += 1
        owner = next(found for found in people if found.id == match.patient_id)
        assert _strict_traits(owner.traits) == _strict_traits(stated)
        own = {(item.system, item.value) for item in owner.traits.identifiers}
        assert {(item.system, item.value) for item in stated.identifiers} <= own
    assert attached > count / 100


def _mixed(traits: PatientTraits, other: PatientTraits, chance: Random) -> PatientTraits:
    changed = {
        name: getattr(other, name)
        for name in ("birth_family_name", "first_given_name", "birth_date", "sex")
        if chance.random() < 0.2
    }
    sources = (traits, other) if chance.random() < 0.3 else (traits, traits)
    identifiers = [
        source.identifiers[place] for place, source in enumerate(sources) if chance.random() < 0.8
    ]
    if chance.random() < 0.1:
        body = f"2570331555{chance.randrange(100, 999)}"
        identifiers.append(PatientIdentifier(InsKind.NIR_TEST, body + ins_key(body), "INS"))
    changed["birth_given_names"] = ()
    if chance.random() < 0.1:
        changed |= {
            "birth_family_name": traits.first_given_name,
            "first_given_name": traits.birth_family_name,
        }
    return replace(traits, identifiers=tuple(identifiers), **changed)


def _strict_traits(traits: PatientTraits) -> tuple[object, ...]:
    return traits.birth_family_name, traits.first_given_name, traits.birth_date, traits.sex


def test_no_near_identity_reaches_the_wrong_patient(session: Session) -> None:
    _near_identities(session, 1_000)


@pytest.mark.campaign
def test_fifty_thousand_near_identities(session: Session) -> None:
    _near_identities(session, 50_000)
