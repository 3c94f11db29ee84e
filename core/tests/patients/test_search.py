from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, event, select
from sqlmodel import Session, col

from dcc_core.audit import AuditEntry
from dcc_core.errors import InvalidInput
from dcc_core.hooks.contracts.identity import PatientIdentifier
from dcc_core.patients import (
    PatientQuery,
    add_identifier,
    create_patient,
    find_people,
    query_of,
    read_query,
)
from dcc_core.patients.search import look_up
from dcc_core.testing.patients import demo_ins, demo_traits, qualified_patient

IPP = "1.2.250.1.999.31"


def _create(session: Session, family: str, given: str, **traits: object) -> UUID:
    stated = demo_traits(birth_family_name=family, first_given_name=given, **traits)
    return create_patient(session, stated).id


def _ids(session: Session, query: PatientQuery) -> list[UUID]:
    return [hit.id for hit in find_people(session, query).hits]


@pytest.mark.parametrize(
    "words",
    [
        "lefevre",
        "LEFÈVRE anne-sophie",
        "anne-sophie lefevre",
        "Lefevre Anne",
        "lefevre annesophie",
        "lefevre 12/03/1957",
        "12/03/1957 lefevre anne",
        "anne 1957 lefevre",
        "03/1957 lefevre",
        "12031957",
        "lefevr anne",
        "lefevrre anne",
        "lefveere anne",
        "lefebre anne",
        "elfevre anne",
        "anne-sophei lefevre",
        "durand anne-sophie",
        "le fevre",
        "4711",
        "IPP-4711",
        "lefevre anne 13/03/1957",
    ],
)
def test_people_are_found_as_they_are_looked_for(session: Session, words: str) -> None:
    wanted = _create(session, "Lefèvre", "Anne-Sophie", used_family_name="DURAND")
    _create(session, "Zimmermann", "Bruno", birth_date="01/01/1980")
    add_identifier(session, wanted, PatientIdentifier(IPP, "4711"))
    add_identifier(session, wanted, PatientIdentifier(IPP, "IPP-4711"))

    assert _ids(session, read_query(words)) == [wanted]


@pytest.mark.parametrize("words", ["tour", "de la tour", "delatour", "la tour", "tuor jean"])
def test_particles_do_not_matter(session: Session, words: str) -> None:
    wanted = _create(session, "De La Tour", "Jean")

    assert _ids(session, read_query(words)) == [wanted]


def test_an_ins_is_found_with_or_without_spaces(session: Session) -> None:
    patient = qualified_patient(session)
    matricule = demo_ins().matricule

    spaced = (
        f"{matricule[0]} {matricule[1:3]} {matricule[3:5]} {matricule[5:10]} {matricule[10:13]}"
    )
    for words in (matricule, f"{spaced} {matricule[13:]}"):
        assert _ids(session, read_query(words)) == [patient.id]


def test_the_fields_of_a_form_may_be_swapped(session: Session) -> None:
    wanted = _create(session, "Martin", "Simon")

    assert _ids(session, query_of(family="Simon", given="Martin")) == [wanted]
    assert _ids(session, query_of(given="Simon", birth_date="12/03/1957")) == [wanted]


@pytest.mark.parametrize("words", ["ma", "m", "", "--", "é è", "%", "__"])
def test_too_little_is_refused(words: str) -> None:
    with pytest.raises(InvalidInput, match="PAT-060"):
        read_query(words)


def test_two_letters_are_enough_with_a_birth_date(session: Session) -> None:
    wanted = _create(session, "Martin", "Zoé")

    assert _ids(session, read_query("ma 12/03/1957")) == [wanted]


def test_wildcards_mean_nothing(session: Session) -> None:
    _create(session, "Martin", "Zoé")

    assert _ids(session, read_query("%%%abc")) == []
    assert _ids(session, read_query("%rtin")) == []


def test_at_most_fifty_are_shown_and_the_closest_come_first(session: Session) -> None:
    for number in range(60):
        _create(session, "Martinez", "Zoé", city=f"Ville {number}")
    exact = _create(session, "Martin", "Zoé")

    result = find_people(session, read_query("martin zoe"))

    assert len(result.hits) == 50
    assert result.is_truncated
    assert result.hits[0].id == exact
    assert find_people(session, read_query("martin zoe"), limit=500).hits == result.hits


def test_homonyms_are_marked(session: Session) -> None:
    first = _create(session, "Martin", "Zoé")
    second = _create(session, "MARTIN", "Zoe", birth_date="01/09/1958")
    inverted = _create(session, "Martin", "Zoé", birth_date="03/12/1990")
    _create(session, "Martin", "Zoé", birth_date="12/03/1990")
    alone = _create(session, "Martin", "Zoé", birth_date="05/05/1930")

    marked = {hit.id: hit.is_homonym for hit in find_people(session, read_query("martin zoe")).hits}

    assert [marked[patient_id] for patient_id in (first, second, inverted)] == [True] * 3
    assert not marked[alone]


def test_a_search_is_audited_with_whom_it_showed_and_without_its_words(session: Session) -> None:
    wanted = _create(session, "Martin", "Zoé")
    find_people(session, read_query("martin 12/03/1957"))

    entry = session.scalars(
        select(AuditEntry).where(col(AuditEntry.event) == "patient.search")
    ).one()

    assert entry.details == {"criteria": ["name", "birth"], "patients": [str(wanted)]}


def test_a_search_reads_no_whole_table(session: Session) -> None:
    """Each statement is explained: a scan would show at half a million patients, not here."""
    _create(session, "Martin", "Zoé")
    connection = session.connection()
    ran: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        ran.append((statement, values))

    event.listen(connection, "before_cursor_execute", note)
    for words in ("martin zoe", "marten zoe", "zo 12/03/1957", "4711", demo_ins().matricule):
        look_up(session, read_query(words))
    event.remove(connection, "before_cursor_execute", note)

    assert len(ran) > 8
    for statement, values in ran:
        assert _scanned(connection, statement, values) == []


def _scanned(connection: Connection, statement: str, values: Any) -> list[str]:
    if connection.dialect.name == "sqlite":
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        return [row[3] for row in plan if row[3].startswith("SCAN core_")]
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    plan = connection.exec_driver_sql(f"EXPLAIN {statement}", values)
    return [row[0] for row in plan if "Seq Scan on core_" in row[0]]
