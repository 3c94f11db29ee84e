from datetime import date

import pytest

from dcc_core.api import (
    DatePrecision,
    IdentityAttribute,
    IdentityStatus,
    PatientIdentifier,
    PatientTraits,
    Sex,
)
from dcc_lab_connectors.hl7.message import parse_message
from dcc_lab_connectors.profiles.identity import StatedIdentity, read_birth_date, read_identity

HEADER = "MSH|^~\\&|A|B|C|D|20260301||ADT^A31|1|P|2.5|||||FRA|UNICODE UTF-8\r"
INS = "279035121518989^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.10&ISO^INS"


def read(pid: str) -> StatedIdentity:
    return read_identity(parse_message((HEADER + pid + "\r").encode()).first("PID"))


def pid(**fields: str) -> str:
    values = {int(name[1:]): value for name, value in fields.items()}
    return "|".join(["PID", *(values.get(n, "") for n in range(1, 34))])


def test_official_identity_is_read_whole(examples: dict[str, bytes]) -> None:
    traits = read_identity(parse_message(examples["018"]).first("PID")).traits
    assert traits == PatientTraits(
        birth_family_name="Lastname",
        first_given_name="Firstname",
        birth_given_names=("Firstname",),
        birth_date=date(1970, 1, 1),
        sex=Sex.MALE,
        birth_place_insee="75101",
        used_family_name="Lastname",
        used_given_name="Firstname",
        identifiers=(
            PatientIdentifier("AssigningAuthority", "123456789", "IPP"),
            PatientIdentifier("1.2.250.1.213.1.4.10", "170017510112313", "INS"),
        ),
        status=IdentityStatus.RETRIEVED,
        attributes=frozenset({IdentityAttribute.FICTITIOUS}),
        address_lines=("3 avenue Montaigne", "1er étage"),
        postal_code="75008",
        city="PARIS 08",
        telecom=traits.telecom,
    )
    assert traits.telecom[3:] == ("mail.address@domaine.net", "0202030405")


@pytest.mark.parametrize(
    ("names", "birth", "first"),
    [
        ("DÉMO^Zoé^Zoé Anne^^^^L", "DÉMO", "Zoé"),
        ("USUEL^Zoé^^^^^D~DÉMO^Zoé^^^^^L", "DÉMO", "Zoé"),
        ("DÉMO^^ZOE^^^^L", "DÉMO", "ZOE"),
        ("DÉMO^^ZOE ANNE^^^^L", "DÉMO", ""),
        ("DÉMO^Zoé", "DÉMO", "Zoé"),
        ("USUEL^Zoé^^^^^D", "", ""),
        ("DÉMO^Zoé^^^^^L~AUTRE^Zoé^^^^^L", "", ""),
        ("DÉMO&de&X^Zoé^^^^^L", "DÉMO", "Zoé"),
        ('""', "", ""),
    ],
)
def test_birth_name_is_the_legal_one_or_nothing(names: str, birth: str, first: str) -> None:
    traits = read(pid(f5=names)).traits
    assert (traits.birth_family_name, traits.first_given_name) == (birth, first)


def test_two_legal_names_are_reported() -> None:
    assert "birth_name_ambiguous" in read(pid(f5="A^B^^^^^L~C^B^^^^^L")).warnings


@pytest.mark.parametrize(
    ("identifiers", "status", "expected"),
    [
        (f"1^^^H&1.2.3&ISO^PI~{INS}", "VALI", IdentityStatus.QUALIFIED),
        ("1^^^H&1.2.3&ISO^PI", "VALI", IdentityStatus.VALIDATED),
        (INS, "PROV", IdentityStatus.RETRIEVED),
        ("1^^^H", "PROV", IdentityStatus.PROVISIONAL),
        (INS, "", None),
        (INS, "VIDE", None),
    ],
)
def test_status_is_what_pid_32_and_the_ins_say(
    identifiers: str, status: str, expected: IdentityStatus | None
) -> None:
    assert read(pid(f3=identifiers, f32=status)).traits.status is expected


@pytest.mark.parametrize(
    ("authority", "system"),
    [
        ("CHU&1.2.250.1.999.1&ISO", "1.2.250.1.999.1"),
        ("CHU&310000001&N", "finess:310000001"),
        ("CHU&2A0000001&M", "finess:2A0000001"),
        ("CHU&1204567809&M", "1204567809"),
        ("CHU", "CHU"),
        ("", ""),
    ],
)
def test_local_number_names_its_authority(authority: str, system: str) -> None:
    [found] = read(pid(f3=f"42^^^{authority}^PI")).traits.identifiers
    assert found == PatientIdentifier(system, "42", "IPP")


def test_old_calculated_number_is_not_an_ins() -> None:
    traits = read(pid(f3="0123456789^^^ASIP-SANTE-INS-C&1.2.250.1.213.1.4.2&ISO^INS-C")).traits
    assert traits.identifier("INS") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("19790328", (date(1979, 3, 28), DatePrecision.DAY)),
        ("197903281530", (date(1979, 3, 28), DatePrecision.DAY)),
        ("197903", (date(1979, 3, 1), DatePrecision.MONTH)),
        ("19790300", (date(1979, 3, 1), DatePrecision.MONTH)),
        ("1979", (date(1979, 12, 31), DatePrecision.YEAR)),
        ("19790000", (date(1979, 12, 31), DatePrecision.YEAR)),
        ("19791345", (None, DatePrecision.DAY)),
        ("", (None, DatePrecision.DAY)),
        ("28/03/1979", (None, DatePrecision.DAY)),
    ],
)
def test_incomplete_dates_follow_the_national_rule(
    text: str, expected: tuple[date | None, DatePrecision]
) -> None:
    assert read_birth_date(text) == expected


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("^^^^^^BDL^^63220", "63220"),
        ("1 rue A^^PARIS^^75007^FRA^H~^^^^^^BDL^^2A004", "2A004"),
        ("1 rue A^^PARIS^^75007^FRA^H", ""),
        ("^^^^^^BDL^^63220~^^^^^^BDL^^51215", ""),
        ("^^^^^^BDL^^632", ""),
    ],
)
def test_birth_place_is_the_insee_code(address: str, place: str) -> None:
    assert read(pid(f11=address)).traits.birth_place_insee == place


def test_unknown_person_is_doubtful_and_null_is_reported() -> None:
    stated = read(pid(f31="Y", f13='""', f32="VALI~DOUT~HOMA"))
    assert stated.traits.attributes == {IdentityAttribute.DOUBTFUL, IdentityAttribute.HOMONYM}
    assert stated.warnings == ("cleared:PID-13",)
