from collections import Counter
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlmodel import Session, col

from dcc_core.hooks.contracts.identity import IdentityStatus
from dcc_core.patients import find_people, list_duplicates, query_of, scan_duplicates
from dcc_core.patients.ins import InsKind, ins_key
from dcc_core.patients.names import TypedName, search_key
from dcc_core.patients.synth import Person, Population, load_people, read_sources
from dcc_core.patients.synth.errors import typing_error
from dcc_core.patients.tables import Patient


def _people(count: int, seed: int = 1) -> list[Person]:
    return list(Population(read_sources(), seed=seed).people(count))


def test_the_same_seed_gives_the_same_people() -> None:
    assert _people(300) == _people(300)
    assert _people(300) != _people(300, seed=2)


def test_everybody_is_visibly_fictitious_and_under_the_test_authority() -> None:
    people = _people(2_000)

    entered_once = [person for person in people if person.duplicate_of is None]
    assert all(person.family.startswith("DÉMO-") for person in entered_once)
    held = [person.ins for person in people if person.ins]
    assert len(held) == len(set(held)) > 1_000
    assert all(ins[13:] == ins_key(ins[:13]) for ins in held)


def test_twins_homonyms_movers_and_duplicates_are_among_them() -> None:
    people = _people(5_000)

    twins = sum(
        a.family == b.family and a.birth == b.birth and a.given != b.given and not b.duplicate_of
        for a, b in pairwise(people)
    )
    again = [person for person in people if person.duplicate_of]
    assert twins > 20
    assert len(again) > 20
    assert all(person.status is IdentityStatus.PROVISIONAL for person in again)
    assert sum(len(person.ipps) == 2 for person in people) > 50
    assert len(Counter(person.status for person in people)) == 4


def test_a_population_is_loaded_whole_and_can_be_searched(session: Session) -> None:
    people = _people(400)
    seen: list[int] = []

    assert load_people(session, people, progress=seen.append) == sum(seen) == 400

    assert session.scalar(select(func.count()).select_from(Patient)) == 400
    kinds = set(session.scalars(select(col(Patient.ins_system)).distinct())) - {None}
    assert kinds == {InsKind.NIR_TEST}
    person = next(person for person in people if person.ins)
    query = query_of(family=person.family, given=person.given[0], birth_date=person.birth)
    assert person.id in {hit.id for hit in find_people(session, query).hits}


def test_records_entered_twice_are_found_by_a_scan(session: Session) -> None:
    people = _people(3_000)
    load_people(session, people)

    after, _ = scan_duplicates(session, batch=5_000)
    pairs = {(pair.first_id, pair.second_id) for pair in list_duplicates(session, limit=1_000)}

    assert after is None
    made = [tuple(sorted((p.id, p.duplicate_of))) for p in people if p.duplicate_of]
    assert sum(pair in pairs for pair in made) >= 0.7 * len(made)


def test_public_files_enrich_the_names(tmp_path: Path) -> None:
    (tmp_path / "noms").mkdir()
    (tmp_path / "noms" / "noms_famille_insee.txt").write_text("MARTIN\nZZYZX\n", encoding="utf-8")
    (tmp_path / "noms" / "prenoms_insee.txt").write_text("ZÉPHYRINE\n", encoding="utf-8")

    sources = read_sources(tmp_path)

    assert "Zzyzx" in sources.family.values
    assert sum(name.upper() == "MARTIN" for name in sources.family.values) == 1
    assert "Zéphyrine" in sources.female.values


@given(st.text("ABCDEFGILMNORST", min_size=2, max_size=12), st.integers())
def test_a_typing_error_is_one_error(name: str, seed: int) -> None:
    typed = typing_error(name, Random(seed))  # noqa: S311 - an error that can be made again

    assert TypedName(name).errors(search_key(typed)) <= 1


@pytest.mark.parametrize("count", [0, 1])
def test_small_populations(session: Session, count: int) -> None:
    assert load_people(session, _people(count)) == count
