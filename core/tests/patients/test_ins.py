import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcc_core.config import Environment
from dcc_core.errors import InvalidInput
from dcc_core.patients import Ins, InsKind, ins_key, read_ins

OFFICIAL_TEST = "279035121518989"


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ("2790351215189", "89"),
        ("1850578006084", "91"),
        ("185052A004123", None),
        ("185052B033123", None),
    ],
)
def test_the_key_is_that_of_the_nir(body: str, key: str | None) -> None:
    corsica = body.replace("2A", "19").replace("2B", "18")
    assert ins_key(body) == (key or f"{97 - int(corsica) % 97:02d}")


@given(st.from_regex(r"[12][0-9]{12}", fullmatch=True), st.integers(0, 12), st.integers(1, 9))
def test_a_wrong_digit_is_always_noticed(body: str, place: int, off: int) -> None:
    wrong = body[:place] + str((int(body[place]) + off) % 10) + body[place + 1 :]

    assert ins_key(wrong) != ins_key(body)


def test_the_official_test_identity_is_read_outside_production() -> None:
    ins = read_ins(" 2790351215189 89", InsKind.NIR_TEST, environment=Environment.TEST)

    assert ins == Ins(OFFICIAL_TEST, InsKind.NIR_TEST)
    assert ins.has_valid_key
    assert ins.kind.label == "TEST"


def test_examples_with_a_wrong_key_are_accepted_under_a_test_authority_only() -> None:
    wrong = "223042545611404"
    assert not read_ins(wrong, InsKind.NIR_TEST, environment=Environment.DEMO).has_valid_key

    with pytest.raises(InvalidInput, match="PAT-031") as refusal:
        read_ins(wrong, InsKind.NIR, environment=Environment.PRODUCTION)
    assert wrong not in str(refusal.value)


@pytest.mark.parametrize("kind", [InsKind.NIR_TEST, InsKind.NIR_DEMO])
def test_no_test_number_enters_production(kind: InsKind) -> None:
    with pytest.raises(InvalidInput, match="PAT-033"):
        read_ins(OFFICIAL_TEST, kind, environment=Environment.PRODUCTION)


@pytest.mark.parametrize("text", ["", "12", "979035121518989", "27903512151898X", "2" * 16])
def test_what_is_no_matricule_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="PAT-030"):
        read_ins(text, InsKind.NIR, environment=Environment.PRODUCTION)


@pytest.mark.parametrize("system", ["", "1.2.250.1.213.1.4.2", "1.2.250.1.213.1.4.5"])
def test_only_ins_authorities_assign_matricules(system: str) -> None:
    with pytest.raises(InvalidInput, match="PAT-032"):
        read_ins(OFFICIAL_TEST, system, environment=Environment.TEST)
