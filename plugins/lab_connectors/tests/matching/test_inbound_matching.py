"""The whole way of an identity, from PID bytes to the core's decision: never the wrong patient."""

import random
from collections import Counter
from dataclasses import dataclass, replace
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from dcc_core.api import (
    Database,
    Environment,
    InsMethod,
    PatientIdentifier,
    RawMessage,
    add_identifier,
    create_patient,
    find_by_identifier,
    match_patient,
    read_ins,
    read_patient,
    record_insi_answer,
)
from dcc_lab_connectors.ins import INS_TEST
from dcc_lab_connectors.profiles.parser import HL7_MEDIA_TYPE, Hl7Parser
from dcc_lab_connectors.samples import SamplePatient, oru

HOSPITAL = "1.2.250.1.999.1"
PARSER = Hl7Parser(ZoneInfo("Europe/Paris"))
NAMES = ["DÉMO-MARTIN", "DÉMO-MARTINE", "DÉMO-MARTINEZ", "ALICE"]
GIVEN = ["ALICE", "ALINE", "MARIE-LOUISE", "MARIE", "DÉMO-MARTIN"]
DATES = ["19790328", "19790329", "19790228"]
PLACES = ["51215", "63220", ""]
MUTATIONS = [
    "none", "swap names", "one trait", "other ins", "other ipp", "no ins", "no ipp", "other name",
    "other date", "no key",
]  # fmt: skip


@dataclass(frozen=True)
class Person:
    """Somebody of the population, as the DCC knows and as laboratories describe."""

    patient_id: UUID
    sample: SamplePatient


def matricule(number: int) -> str:
    body = f"2790351215{number:03d}"
    return f"{body}{97 - int(body) % 97:02d}"


def populate(session: Session, chance: random.Random, count: int) -> list[Person]:
    """People who resemble each other: twins, homonyms, first names that are names."""
    people = []
    for number in range(count):
        sample = SamplePatient(
            ipp=f"90{number:04d}",
            ins=matricule(number),
            birth_name=chance.choice(NAMES),
            given_name=chance.choice(GIVEN),
            given_names="",
            birth_date=chance.choice(DATES),
            birth_place=chance.choice(PLACES),
        )
        day = sample.birth_date
        stated = read_patient(
            {
                "birth_family_name": sample.birth_name,
                "first_given_name": sample.given_name,
                "birth_date": f"{day[:4]}-{day[4:6]}-{day[6:]}",
                "sex": sample.sex,
                "birth_place_insee": sample.birth_place,
            }
        )
        patient = create_patient(session, stated)
        ins = read_ins(sample.ins, INS_TEST, environment=Environment.TEST)
        record_insi_answer(session, patient.id, stated, ins, method=InsMethod.INSI)
        add_identifier(session, patient.id, PatientIdentifier(HOSPITAL, sample.ipp))
        people.append(Person(patient.id, sample))
    return people


def mutate(
    chance: random.Random, mutation: str, own: SamplePatient, other: SamplePatient
) -> SamplePatient:
    match mutation:
        case "swap names":
            return replace(own, birth_name=own.given_name, given_name=own.birth_name)
        case "one trait":
            return replace(own, sex=chance.choice("MF"), birth_place=chance.choice(PLACES))
        case "other ins":
            return replace(own, ins=other.ins)
        case "other ipp":
            return replace(own, ipp=other.ipp)
        case "no ins":
            return replace(own, ins="")
        case "no ipp":
            return replace(own, ipp="")
        case "other name":
            return replace(own, birth_name=other.birth_name, given_name=other.given_name)
        case "other date":
            return replace(own, birth_date=other.birth_date)
        case "no key":
            return replace(own, ins="", ipp="")
    return own


def run_campaign(database: Database, cases: int) -> Counter[str]:
    chance = random.Random(2026)  # noqa: S311 - a repeatable campaign
    with database.session() as session:
        people = populate(session, chance, 60)
    outcomes: Counter[str] = Counter()
    with database.session() as session:
        for _ in range(cases):
            subject, other = chance.choice(people), chance.choice(people)
            mutation = chance.choice(MUTATIONS)
            stated = mutate(chance, mutation, subject.sample, other.sample)
            raw = RawMessage("labo", "1", oru("1", stated, observations=0), HL7_MEDIA_TYPE)
            traits = PARSER.parse(raw).traits
            assert traits is not None
            found = match_patient(
                session, traits, trusted_systems={HOSPITAL}, environment=Environment.TEST
            ).patient_id
            assert found in {None, subject.patient_id}, (mutation, subject.sample, stated)
            hasty = find_by_identifier(session, HOSPITAL, stated.ipp)
            outcomes["hasty rule wrong"] += hasty not in {None, subject.patient_id}
            outcomes["attached" if found else "left to a person"] += 1
            if mutation in {"none", "no ins", "no ipp"}:
                assert found == subject.patient_id, mutation
    return outcomes


def test_no_report_goes_to_the_wrong_patient(database: Database) -> None:
    outcomes = run_campaign(database, 400)
    assert min(outcomes.values()) > 20


@pytest.mark.campaign
def test_no_report_of_sixty_thousand_goes_to_the_wrong_patient(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes = run_campaign(database, 60_000)
    with capsys.disabled():
        print(f"60,000 identities: {dict(outcomes)}, none to the wrong patient")  # noqa: T201
