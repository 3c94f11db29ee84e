"""The quorum engine against brute force, and the rule that the product ships."""

from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcc_core.api import InvalidInput
from dcc_rcp_meetings.directory.specialities import family_of, specialities
from dcc_rcp_meetings.quorum.engine import Participant, QuorumState, evaluate_quorum
from dcc_rcp_meetings.quorum.rules import (
    Group,
    Level,
    Mode,
    QuorumRule,
    national_definitions,
    read_rule,
)

CODES = ("SM36", "SM35", "SM37", "SM45", "SM14", "SM12", "SM01", "SM24", "SM44")
STANDARD = read_rule(national_definitions()[0])


def person(key: str, *codes: str, mode: Mode = Mode.ROOM, profession: str = "10") -> Participant:
    return Participant(key, f"DÉMO-{key}", codes, mode, profession)


modes = st.sampled_from(Mode)
people = st.lists(
    st.builds(
        Participant,
        key=st.sampled_from("abcdef"),
        name=st.just("DÉMO"),
        specialities=st.lists(st.sampled_from(CODES), max_size=2, unique=True).map(tuple),
        mode=modes,
        profession=st.sampled_from(["10", "10", "10", "21", "60"]),
    ),
    max_size=6,
)
groups = st.lists(
    st.builds(
        Group,
        key=st.sampled_from("uvwx"),
        label=st.just("groupe"),
        codes=st.frozensets(st.sampled_from([*CODES, "profession:21"]), min_size=1, max_size=4),
        minimum=st.integers(1, 2),
        modes=st.frozensets(modes, min_size=1),
        level=st.sampled_from(Level),
    ),
    max_size=3,
    unique_by=lambda group: group.key,
)
rules = st.builds(
    QuorumRule,
    code=st.just("essai"),
    version=st.just("1"),
    label=st.just(""),
    source=st.just(""),
    valid_from=st.just(date(2020, 1, 1)),
    valid_until=st.none(),
    minimum_specialities=st.integers(0, 3),
    groups=groups.map(tuple),
)


def brute_force(rule: QuorumRule, participants: list[Participant]) -> QuorumState:
    """Try every way of giving each person one group, and every way of naming one speciality."""
    once: list[Participant] = []
    for key in dict.fromkeys(p.key for p in participants):
        mine = [p for p in participants if p.key == key]
        there = [p for p in mine if p.mode is not Mode.OPINION]
        once.append((there or mine)[0])
    demanded = [g for g in rule.groups if g.level is Level.MANDATORY]
    places: list[list[str | None]] = [
        [None]
        + [
            g.key
            for g in demanded
            if p.mode in g.modes
            and (set(p.specialities) | {f"profession:{p.profession}"}) & g.codes
        ]
        for p in once
    ]
    composed = any(
        all(given.count(g.key) >= g.minimum for g in demanded) for given in product(*places)
    )
    named = [
        [family_of(code) for code in p.specialities] or [None]
        for p in once
        if p.profession == "10" and p.mode is not Mode.OPINION
    ]
    most = max(len(set(chosen) - {None}) for chosen in product(*named)) if named else 0
    if composed and most >= rule.minimum_specialities:
        return QuorumState.REACHED
    unknown = any(p.profession == "10" and not p.specialities for p in once)
    return QuorumState.UNKNOWN if unknown else QuorumState.NOT_REACHED


def compare(rule: QuorumRule, participants: list[Participant]) -> None:
    result = evaluate_quorum(rule, participants)
    assert result.state is brute_force(rule, participants)
    if result.state is QuorumState.REACHED:
        assert not result.missing


@settings(max_examples=300, deadline=None, derandomize=True)
@given(rules, people)
def test_engine_agrees_with_brute_force(rule: QuorumRule, participants: list[Participant]) -> None:
    compare(rule, participants)


@pytest.mark.campaign
@settings(max_examples=10_000, deadline=None)
@given(rules, people)
def test_engine_agrees_with_brute_force_at_length(
    rule: QuorumRule, participants: list[Participant]
) -> None:
    compare(rule, participants)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(people, people)
def test_one_more_person_never_loses_the_quorum(
    participants: list[Participant], more: list[Participant]
) -> None:
    before = evaluate_quorum(STANDARD, participants)
    others = [p for p in more if p.key not in {q.key for q in participants}]
    after = evaluate_quorum(STANDARD, [*participants, *others])
    assert before.state is not QuorumState.REACHED or after.state is QuorumState.REACHED


def test_standard_rule_asks_surgeon_oncologist_and_radiotherapist() -> None:
    here = [person("a", "SM14"), person("b", "SM36"), person("c", "SM45", mode=Mode.VIDEO)]
    result = evaluate_quorum(STANDARD, here)
    assert result.state is QuorumState.REACHED
    assert result.rule == "standard-solide@2023-12"
    assert result.awaited == ("Radiologue", "Anatomopathologiste")
    short = evaluate_quorum(STANDARD, here[:2])
    assert (short.state, short.missing) == (QuorumState.NOT_REACHED, ("Radiothérapeute",))


def test_two_codes_of_one_competence_are_one_speciality() -> None:
    same = [person("a", "SM36"), person("b", "DSM236"), person("c", "DEC04")]
    assert evaluate_quorum(STANDARD, same).specialities == 1


def test_a_nurse_attends_without_counting() -> None:
    nurses = [person(key, mode=Mode.ROOM, profession="60") for key in "abc"]
    assert evaluate_quorum(STANDARD, nurses).state is QuorumState.NOT_REACHED


def test_an_opinion_counts_only_where_the_group_allows_it() -> None:
    base = [person("a", "SM14"), person("b", "SM36")]
    by_mail = person("c", "SM45", mode=Mode.OPINION)
    assert evaluate_quorum(STANDARD, [*base, by_mail]).missing == ("Radiothérapeute",)
    pathologist = person("d", "SM01", mode=Mode.OPINION)
    result = evaluate_quorum(STANDARD, [*base, person("c", "SM45"), pathologist])
    assert result.awaited == ("Radiologue",)


def test_doubt_is_said_rather_than_guessed() -> None:
    assert evaluate_quorum(STANDARD, None).state is QuorumState.UNKNOWN
    assert evaluate_quorum(None, [person("a", "SM14")]).state is QuorumState.UNKNOWN
    unsure = [person("a", "SM14"), person("b", "SM36"), person("c")]
    assert evaluate_quorum(STANDARD, unsure).state is QuorumState.UNKNOWN
    assert evaluate_quorum(STANDARD, []).state is QuorumState.NOT_REACHED


def test_the_proof_names_who_how_and_which_rule() -> None:
    proof = evaluate_quorum(STANDARD, [person("a", "SM14", mode=Mode.VIDEO)]).proof()
    assert proof["règle"] == "standard-solide@2023-12"
    assert proof["participants"] == [
        {
            "clé": "a",
            "nom": "DÉMO-a",
            "spécialités": ["SM14"],
            "mode": "visio",
            "profession": "10",
        }
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"en_vigueur_le": "hier"}, "RCP-101"),
        ({"groupes": [{"clé": "x"}]}, "RCP-101"),
        ({"groupes": ["x"]}, "RCP-101"),
        ({"groupes": [{"clé": "x", "libellé": "X", "codes": ["SM999"]}]}, "RCP-102"),
        ({"groupes": [], "spécialités_minimum": 0}, "RCP-103"),
        ({"jusqu_au": "2001-01-01"}, "RCP-103"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused(change: dict[str, object], code: str) -> None:
    with pytest.raises(InvalidInput, match=code):
        read_rule({**national_definitions()[0], **change})


def test_families_share_no_code() -> None:
    codes = [code for family in specialities().values() for code in family.codes]
    assert len(codes) == len(set(codes))
