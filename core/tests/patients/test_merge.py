from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import UniqueConstraint, select, update
from sqlmodel import Field, Session, SQLModel, col

from dcc_core.audit import AuditEntry
from dcc_core.db import new_registry
from dcc_core.db.events import drain
from dcc_core.errors import AccessDenied, Conflict, InvalidInput, NotFound, PluginError
from dcc_core.hooks import Dispatcher, hookimpl
from dcc_core.hooks.contracts.identity import (
    IdentityAttribute,
    IdentityStatus,
    PatientIdentifier,
)
from dcc_core.hooks.contracts.life import PatientsMerged, PatientsUnmerged
from dcc_core.patients import (
    SharingPurpose,
    ValidationMode,
    add_identifier,
    choose_survivor,
    create_patient,
    decide_distinct,
    find_by_identifier,
    find_people,
    get_patient,
    is_opposed_to,
    list_duplicates,
    list_merges,
    merge_patients,
    read_query,
    record_opposition,
    set_attribute,
    unmerge_patients,
    update_patient,
    validate_identity,
)
from dcc_core.testing.patients import TODAY, demo_ins, demo_traits, qualified_patient

IPP = "1.2.250.1.999.31"


class Table(SQLModel, registry=new_registry()):
    pass


class Registration(Table, table=True):
    """A patient in a session of a probe plugin, at most once."""

    __tablename__ = "probemerge_registration"
    __table_args__ = (UniqueConstraint("patient_id", "session"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    patient_id: UUID = Field(foreign_key="core_patient.id")
    session: int
    note: str = ""


class Settling:
    """Leaves one registration per session, with both notes."""

    @hookimpl
    def dcc_patient_merged(self, session: Session, kept_id: UUID, dropped_id: UUID) -> None:
        for left in _registrations(session, dropped_id):
            for kept in _registrations(session, kept_id):
                if kept.session == left.session:
                    kept.note = f"{kept.note}+{left.note}"
                    session.delete(left)
        session.flush()


class Refusing:
    @hookimpl
    def dcc_patient_merged(self, session: Session, kept_id: UUID, dropped_id: UUID) -> None:
        raise AccessDenied("PROBE-1", "Une séance utilise cette fiche.")


class Bulky:
    @hookimpl
    def dcc_patient_merged(self, session: Session, kept_id: UUID, dropped_id: UUID) -> None:
        session.execute(update(Registration).values(note="gone"))


def _registrations(session: Session, patient_id: UUID) -> list[Registration]:
    statement = select(Registration).where(col(Registration.patient_id) == patient_id)
    return list(session.scalars(statement.order_by(col(Registration.session))))


def _notes(session: Session, patient_id: UUID) -> list[str]:
    return [row.note for row in _registrations(session, patient_id)]


def _dispatcher(*plugins: object) -> Dispatcher:
    dispatcher = Dispatcher()
    for number, plugin in enumerate(plugins):
        dispatcher.register(plugin, f"probe{number}")
    return dispatcher


@pytest.fixture
def pair(session: Session) -> tuple[UUID, UUID]:
    """Return a qualified record and a provisional one of the same fictitious person."""
    kept = qualified_patient(session)
    dropped = create_patient(session, demo_traits(birth_family_name="DÉMO-MARTEN"))
    drain(session)
    return kept.id, dropped.id


def _merge(session: Session, pair: tuple[UUID, UUID], *plugins: object) -> Any:
    return merge_patients(
        session,
        kept_id=pair[0],
        dropped_id=pair[1],
        reason="même dossier papier",
        dispatcher=_dispatcher(*plugins),
    )


def test_the_dropped_record_becomes_an_alias(session: Session, pair: tuple[UUID, UUID]) -> None:
    kept, dropped = pair
    add_identifier(session, dropped, PatientIdentifier(IPP, "4711"))

    merge = _merge(session, pair)

    assert get_patient(session, dropped).id == kept
    assert get_patient(session, kept).merged_ids == (dropped,)
    assert find_by_identifier(session, IPP, "4711") == kept
    assert [hit.id for hit in find_people(session, read_query("demo-marten zoe")).hits] == [kept]
    assert [type(event) for event in drain(session)] == [PatientsMerged]
    events = session.scalars(
        select(col(AuditEntry.patient_id)).where(col(AuditEntry.event) == "patient.merge")
    )
    assert set(events) == {kept, dropped}
    assert list_merges(session, kept) == list_merges(session, dropped) == (merge,)


def test_the_ins_stays_home_until_the_identity_is_proved_again(
    session: Session, pair: tuple[UUID, UUID]
) -> None:
    _merge(session, pair)

    assert get_patient(session, pair[0]).status is IdentityStatus.RETRIEVED
    validated = validate_identity(session, pair[0], ValidationMode.PASSPORT)
    assert validated.may_carry_ins


def test_undo_restores_both_and_keeps_what_arrived_since(
    session: Session, pair: tuple[UUID, UUID]
) -> None:
    kept, dropped = pair
    add_identifier(session, dropped, PatientIdentifier(IPP, "4711"))
    record_opposition(
        session, dropped, SharingPurpose.DMP, is_opposed=True, stated_on=TODAY, source="oral"
    )
    before = [get_patient(session, patient_id).traits for patient_id in pair]
    merge = _merge(session, pair)
    add_identifier(session, kept, PatientIdentifier(IPP, "4712"))

    unmerge_patients(session, merge.id, reason="deux personnes")

    after = [get_patient(session, patient_id).traits for patient_id in pair]
    assert after[1] == before[1]
    assert after[0].status is IdentityStatus.QUALIFIED
    assert find_by_identifier(session, IPP, "4711") == dropped
    assert find_by_identifier(session, IPP, "4712") == kept
    assert is_opposed_to(session, dropped, SharingPurpose.DMP) is True
    assert is_opposed_to(session, kept, SharingPurpose.DMP) is None
    assert PatientsUnmerged in {type(event) for event in drain(session)}


def test_a_status_that_somebody_set_since_is_left_alone(
    session: Session, pair: tuple[UUID, UUID]
) -> None:
    merge = _merge(session, pair)
    patient = get_patient(session, pair[0])
    update_patient(
        session, pair[0], demo_traits(birth_place_insee="31069"), expected_version=patient.version
    )

    unmerge_patients(session, merge.id, reason="deux personnes")

    assert get_patient(session, pair[0]).status is IdentityStatus.PROVISIONAL


def test_what_a_plugin_settles_is_undone_too(session: Session, pair: tuple[UUID, UUID]) -> None:
    kept, dropped = pair
    session.add(Registration(patient_id=kept, session=1, note="a"))
    session.add(Registration(patient_id=dropped, session=1, note="b"))
    session.add(Registration(patient_id=dropped, session=2, note="c"))

    merge = _merge(session, pair, Settling())
    assert _notes(session, kept) == ["a+b", "c"]
    assert _notes(session, dropped) == []

    unmerge_patients(session, merge.id, reason="deux personnes")
    assert _notes(session, kept) == ["a"]
    assert _notes(session, dropped) == ["b", "c"]


def test_a_row_held_back_follows_once_its_place_is_free(
    session: Session, pair: tuple[UUID, UUID]
) -> None:
    kept, dropped = pair
    third = create_patient(session, demo_traits(first_given_name="Zoe"))
    session.add(Registration(patient_id=dropped, session=1, note="b"))
    session.add(Registration(patient_id=third.id, session=1, note="c"))
    first = _merge(session, pair)
    second = _merge(session, (kept, third.id))
    assert (_notes(session, kept), _notes(session, third.id)) == (["b"], ["c"])

    unmerge_patients(session, first.id, reason="deux personnes")
    assert (_notes(session, kept), _notes(session, dropped)) == (["c"], ["b"])

    unmerge_patients(session, second.id, reason="deux personnes")
    assert (_notes(session, kept), _notes(session, third.id)) == ([], ["c"])


def test_an_undo_that_a_later_merge_hinders_changes_nothing(session: Session) -> None:
    kept, dropped, later = (
        create_patient(session, demo_traits(city=f"Ville {letter}")).id for letter in "abc"
    )
    session.add(Registration(patient_id=kept, session=1, note="a"))
    session.add(Registration(patient_id=dropped, session=1, note="b"))
    first = _merge(session, (kept, dropped), Settling())
    registration = Registration(patient_id=dropped, session=1, note="direct")
    session.add(registration)  # by code that does not know of the merge

    with pytest.raises(Conflict, match="PAT-079"), session.begin_nested():
        unmerge_patients(session, first.id, reason="deux personnes")
    session.expire_all()
    assert get_patient(session, dropped).id == kept

    registration.patient_id = later
    session.flush()
    unmerge_patients(session, first.id, reason="deux personnes")
    assert (_notes(session, kept), _notes(session, dropped)) == (["a"], ["b"])


def test_a_plugin_may_refuse_and_nothing_changes(session: Session, pair: tuple[UUID, UUID]) -> None:
    with pytest.raises(AccessDenied, match="PROBE-1"), session.begin_nested():
        _merge(session, pair, Refusing())

    session.expire_all()
    assert get_patient(session, pair[1]).id == pair[1]
    assert list_merges(session, pair[0]) == ()


def test_a_bulk_statement_in_a_hook_is_refused(session: Session, pair: tuple[UUID, UUID]) -> None:
    with pytest.raises(PluginError, match="DCC-P110"), session.begin_nested():
        _merge(session, pair, Bulky())


def test_chains_lead_to_the_last_survivor(session: Session) -> None:
    ids = [create_patient(session, demo_traits(city=f"Ville {letter}")).id for letter in "abcd"]
    merges = [_merge(session, (ids[number + 1], ids[number])).id for number in range(len(ids) - 1)]

    assert [get_patient(session, patient_id).id for patient_id in ids] == [ids[-1]] * 4

    for merge_id in merges:
        unmerge_patients(session, merge_id, reason="deux personnes")
    assert [get_patient(session, patient_id).id for patient_id in ids] == ids


def test_loops_are_refused(session: Session, pair: tuple[UUID, UUID]) -> None:
    other = create_patient(session, demo_traits(city="Albi"))
    _merge(session, (pair[0], pair[1]))

    for loop in ((pair[1], pair[0]), (pair[1], other.id), (other.id, pair[1])):
        with pytest.raises(Conflict, match="PAT-071"):
            _merge(session, loop)
    with pytest.raises(Conflict, match="PAT-070"):
        _merge(session, (other.id, other.id))


def test_two_ins_are_two_persons(session: Session) -> None:
    first = qualified_patient(session)
    second = qualified_patient(session, 2, first_given_name="Chloé")

    with pytest.raises(Conflict, match="PAT-072"):
        _merge(session, (first.id, second.id))


def test_the_better_established_record_survives(session: Session, pair: tuple[UUID, UUID]) -> None:
    kept, dropped = pair

    assert choose_survivor(session, dropped, kept) == (kept, dropped)
    with pytest.raises(Conflict, match="PAT-073"):
        _merge(session, (dropped, kept))


def test_a_fictitious_identity_stays_apart(session: Session, pair: tuple[UUID, UUID]) -> None:
    set_attribute(session, pair[1], IdentityAttribute.FICTITIOUS, is_set=True)

    with pytest.raises(Conflict, match="PAT-074"):
        _merge(session, pair)


def test_a_decision_of_the_cell_is_respected(session: Session, pair: tuple[UUID, UUID]) -> None:
    (duplicate,) = list_duplicates(session)
    decide_distinct(session, duplicate.id, note="jumelles")

    with pytest.raises(Conflict, match="PAT-075"):
        _merge(session, pair)
    assert list_duplicates(session) == ()


def test_a_merge_needs_a_reason_and_is_undone_once(
    session: Session, pair: tuple[UUID, UUID]
) -> None:
    with pytest.raises(InvalidInput, match="PAT-077"):
        merge_patients(
            session, kept_id=pair[0], dropped_id=pair[1], reason=" ", dispatcher=Dispatcher()
        )
    merge = _merge(session, pair)
    with pytest.raises(InvalidInput, match="PAT-077"):
        unmerge_patients(session, merge.id, reason="")
    unmerge_patients(session, merge.id, reason="deux personnes")
    with pytest.raises(Conflict, match="PAT-076"):
        unmerge_patients(session, merge.id, reason="encore")
    with pytest.raises(NotFound, match="PAT-078"):
        unmerge_patients(session, 999_999, reason="inconnue")


def test_a_merged_record_accepts_no_change(session: Session, pair: tuple[UUID, UUID]) -> None:
    _merge(session, pair)

    with pytest.raises(Conflict, match="PAT-022"):
        update_patient(session, pair[1], demo_traits(), expected_version=2)


def test_the_ins_of_an_alias_leads_to_the_survivor(session: Session) -> None:
    dropped = qualified_patient(session)
    kept = create_patient(session, demo_traits(city="Albi"))
    set_attribute(session, dropped.id, IdentityAttribute.HOMONYM, is_set=True)
    kept_id, dropped_id = choose_survivor(session, kept.id, dropped.id)
    assert kept_id == dropped.id

    _merge(session, (kept_id, dropped_id))

    ins = demo_ins()
    assert find_by_identifier(session, ins.kind, ins.matricule) == kept_id
