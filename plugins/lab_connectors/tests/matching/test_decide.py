"""C10 to C13, and the promise behind them: never the wrong patient."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from dcc_core.api import (
    IdentityAttribute,
    IdentityStatus,
    PatientIdentifier,
    PatientTraits,
    Sex,
)
from dcc_lab_connectors.ins import INS_NIR, INS_TEST, PRODUCTION_OIDS, InsAlert
from dcc_lab_connectors.matching.compare import Trait
from dcc_lab_connectors.matching.decide import (
    Decision,
    KnownIdentity,
    MatchingPolicy,
    Reason,
    Verdict,
    decide_match,
)

HOSPITAL = "1.2.250.1.999.1"
POLICY = MatchingPolicy(declared_authorities=frozenset({HOSPITAL}))
RECETTE = replace(POLICY, foreign_oids=PRODUCTION_OIDS, accepts_fictitious=True)


def with_key(body: str) -> str:
    return f"{body}{97 - int(body) % 97:02}"


INS = PatientIdentifier(INS_NIR, with_key("2790351215189"), "INS")
IPP = PatientIdentifier(HOSPITAL, "900001")
ALICE = PatientTraits(
    birth_family_name="DÉMO-MARTIN",
    first_given_name="ALICE",
    birth_date=date(1979, 3, 28),
    sex=Sex.FEMALE,
    birth_place_insee="51215",
    identifiers=(INS, IPP),
    status=IdentityStatus.QUALIFIED,
)
KNOWN = KnownIdentity(UUID(int=1), ALICE)


def decide(
    stated: PatientTraits, *known: KnownIdentity, policy: MatchingPolicy = POLICY
) -> Decision:
    return decide_match(stated, known or (KNOWN,), policy)


@pytest.mark.parametrize(
    "stated",
    [
        ALICE,
        replace(ALICE, identifiers=(INS,)),
        replace(ALICE, identifiers=(IPP,)),
        replace(ALICE, identifiers=(IPP,), status=IdentityStatus.PROVISIONAL),
        replace(ALICE, birth_family_name="Demo-Martin", first_given_name="alice"),
        replace(ALICE, birth_place_insee=""),
        replace(ALICE, identifiers=(PatientIdentifier("ELSEWHERE", "1"), INS)),
    ],
)
def test_same_key_and_same_traits_are_attached(stated: PatientTraits) -> None:
    decision = decide(stated)
    assert (decision.verdict, decision.patient_id) == (Verdict.ATTACH, KNOWN.patient_id)
    assert decision.application_error is None


def test_c10_unknown_patient_waits_and_would_be_902() -> None:
    stranger = replace(ALICE, identifiers=(replace(IPP, value="42"),))
    decision = decide(stranger)
    assert (decision.verdict, decision.reason) == (Verdict.QUARANTINE, Reason.UNKNOWN_PATIENT)
    assert decision.application_error == "902"


@pytest.mark.parametrize("key", [INS, IPP])
@pytest.mark.parametrize(
    ("change", "trait"),
    [
        ({"birth_family_name": "DÉMO-MARTINE"}, Trait.BIRTH_NAME),
        ({"first_given_name": "ALINE"}, Trait.FIRST_GIVEN_NAME),
        ({"birth_date": date(1979, 3, 27)}, Trait.BIRTH_DATE),
        ({"sex": Sex.MALE}, Trait.SEX),
        ({"birth_place_insee": "51214"}, Trait.BIRTH_PLACE),
    ],
)
def test_c11_one_trait_that_differs_is_never_attached(
    key: PatientIdentifier, change: dict[str, object], trait: Trait
) -> None:
    stated = replace(replace(ALICE, identifiers=(key,)), **change)  # type: ignore[arg-type]
    decision = decide(stated)
    assert (decision.verdict, decision.reason) == (Verdict.QUARANTINE, Reason.TRAITS_DIFFER)
    assert [d.trait for d in decision.candidates[0].differences] == [trait]
    assert decision.application_error == "904"


@pytest.mark.parametrize(
    ("stated", "reason", "code"),
    [
        (replace(ALICE, identifiers=()), Reason.NO_KEY, "903"),
        (replace(ALICE, birth_date=None), Reason.TRAITS_MISSING, "905"),
        (replace(ALICE, sex=Sex.UNKNOWN), Reason.TRAITS_MISSING, "905"),
        (
            replace(ALICE, attributes=frozenset({IdentityAttribute.DOUBTFUL})),
            Reason.IDENTITY_DOUBTFUL,
            "905",
        ),
        (
            replace(ALICE, identifiers=(INS,), status=IdentityStatus.RETRIEVED),
            Reason.NO_KEY,
            "903",
        ),
        (
            replace(ALICE, identifiers=(PatientIdentifier("UNDECLARED", "900001"),)),
            Reason.NO_KEY,
            "903",
        ),
    ],
)
def test_c11_absent_keys_and_traits_have_their_code(
    stated: PatientTraits, reason: Reason, code: str
) -> None:
    decision = decide(stated)
    assert (decision.reason, decision.application_error) == (reason, code)


def test_c12_test_numbers_stay_out_of_production_and_the_reverse() -> None:
    fictitious = replace(ALICE, identifiers=(replace(INS, system=INS_TEST), IPP))
    refused = decide(fictitious)
    assert (refused.verdict, refused.application_error) == (Verdict.REJECT, "902")
    assert decide(ALICE, policy=RECETTE).verdict is Verdict.REJECT
    known = KnownIdentity(UUID(int=2), fictitious)
    assert decide(fictitious, known, policy=RECETTE).verdict is Verdict.ATTACH


def test_fictitious_identity_is_doubtful_in_production_only() -> None:
    marked = replace(ALICE, attributes=frozenset({IdentityAttribute.FICTITIOUS}))
    assert decide(marked).reason is Reason.IDENTITY_DOUBTFUL
    local = replace(marked, identifiers=(IPP,))
    assert decide(local, policy=RECETTE).verdict is Verdict.ATTACH


def test_c13_wrong_key_is_an_alert_and_no_way_in() -> None:
    wrong = PatientIdentifier(INS_NIR, "279035121518900", "INS")
    known = KnownIdentity(UUID(int=1), replace(ALICE, identifiers=(wrong, IPP)))
    by_number = decide(replace(ALICE, identifiers=(wrong,)), known)
    by_hospital = decide(replace(ALICE, identifiers=(wrong, IPP)), known)
    assert by_number.reason is Reason.NO_KEY
    assert by_hospital.verdict is Verdict.ATTACH
    assert by_number.alerts == by_hospital.alerts == (InsAlert.WRONG_KEY,)


def test_keys_of_two_patients_contradict() -> None:
    bob = KnownIdentity(UUID(int=2), replace(ALICE, identifiers=(replace(IPP, value="42"),)))
    stated = replace(ALICE, identifiers=(INS, replace(IPP, value="42")))
    assert decide(stated, KNOWN, bob).reason is Reason.KEYS_CONTRADICT


def test_another_number_at_the_same_hospital_is_a_difference() -> None:
    stated = replace(ALICE, identifiers=(INS, replace(IPP, value="42")))
    [candidate] = decide(stated).candidates
    assert [d.trait for d in candidate.differences] == [Trait.LOCAL_IDENTIFIER]


# --- a population made to be confused ---------------------------------------------------------


@dataclass(frozen=True)
class Person:
    """A real person of the population, known or not to the DCC."""

    number: int
    traits: PatientTraits


_NAMES = st.sampled_from(["DÉMO-MARTIN", "DÉMO-MARTINEZ", "DÉMO-MARTINE", "DÉMO", "ALICE"])
_GIVEN = st.sampled_from(["ALICE", "ALINE", "MARIE-LOUISE", "MARIE LISE", "DÉMO"])
_DATES = st.sampled_from([date(1979, 3, 28) + timedelta(days=n) for n in range(3)])
_PLACES = st.sampled_from(["51215", "63220", ""])
_SEXES = st.sampled_from([Sex.FEMALE, Sex.MALE])


@st.composite
def populations(draw: st.DrawFn) -> list[Person]:
    """Two to five people who resemble each other: twins, homonyms, swapped names."""
    people: list[Person] = []
    for number in range(draw(st.integers(2, 5))):
        body = f"{2790351215000 + number}"
        traits = PatientTraits(
            birth_family_name=draw(_NAMES),
            first_given_name=draw(_GIVEN),
            birth_date=draw(_DATES),
            sex=draw(_SEXES),
            birth_place_insee=draw(_PLACES),
            identifiers=(
                PatientIdentifier(INS_NIR, with_key(body), "INS"),
                PatientIdentifier(HOSPITAL, f"90000{number}"),
            ),
            status=IdentityStatus.QUALIFIED,
        )
        people.append(Person(number, traits))
    return people


_MUTATIONS = (
    "none",
    "swap names",
    "one trait",
    "other ins",
    "other ipp",
    "no ins",
    "no ipp",
    "other name",
)


@st.composite
def messages(draw: st.DrawFn) -> tuple[list[Person], Person, PatientTraits, str]:
    """A population, the person a report is really about, and what the report states."""
    people = draw(populations())
    subject, other = draw(st.sampled_from(people)), draw(st.sampled_from(people))
    mutation = draw(st.sampled_from(_MUTATIONS))
    traits = subject.traits
    ins, ipp = traits.identifiers
    match mutation:
        case "swap names":
            traits = replace(
                traits,
                birth_family_name=traits.first_given_name,
                first_given_name=traits.birth_family_name,
            )
        case "one trait":
            traits = replace(traits, birth_date=draw(_DATES), sex=draw(_SEXES))
        case "other ins":
            traits = replace(traits, identifiers=(other.traits.identifiers[0], ipp))
        case "other ipp":
            traits = replace(traits, identifiers=(ins, other.traits.identifiers[1]))
        case "no ins":
            traits = replace(traits, identifiers=(ipp,))
        case "no ipp":
            traits = replace(traits, identifiers=(ins,))
        case "other name":
            traits = replace(traits, birth_family_name=other.traits.birth_family_name)
    return people, subject, traits, mutation


def check_never_wrong(case: tuple[list[Person], Person, PatientTraits, str]) -> None:
    people, subject, stated, mutation = case
    known = [KnownIdentity(UUID(int=person.number), person.traits) for person in people]
    decision = decide_match(stated, known, POLICY)
    if decision.verdict is Verdict.ATTACH:
        assert decision.patient_id == UUID(int=subject.number)
    if mutation in {"none", "no ins", "no ipp"}:
        assert decision.verdict is Verdict.ATTACH


@settings(max_examples=500, deadline=None)
@given(messages())
def test_nobody_gets_the_report_of_somebody_else(
    case: tuple[list[Person], Person, PatientTraits, str],
) -> None:
    check_never_wrong(case)


@pytest.mark.campaign
@settings(max_examples=60_000, deadline=None, database=None)
@given(messages())
def test_nobody_gets_the_report_of_somebody_else_sixty_thousand_times(
    case: tuple[list[Person], Person, PatientTraits, str],
) -> None:
    check_never_wrong(case)


def attached_by_number_alone(case: tuple[list[Person], Person, PatientTraits, str]) -> bool:
    """Whether a rule that trusts the INS alone would pick somebody else."""
    people, subject, stated, _ = case
    numbers = {i for i in stated.identifiers if i.kind == "INS"}
    named = [person for person in people if numbers & set(person.traits.identifiers)]
    return bool(named) and named[0].number != subject.number


def test_the_population_does_catch_a_careless_rule() -> None:
    assert find(messages(), attached_by_number_alone)
