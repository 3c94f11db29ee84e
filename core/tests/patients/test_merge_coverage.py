"""Every table with a foreign key to a patient survives any sequence of merges and undoings."""

import hashlib
import json
from itertools import count
from random import Random
from uuid import UUID, uuid4

import dcc_example.tables  # noqa: F401 - an installed plugin with patients' rows
import pytest
from sqlalchemy import Column, ForeignKey, MetaData, Table, UniqueConstraint, Uuid, select
from sqlmodel import Field, Session, SQLModel, col

from dcc_core.db import Database, new_registry
from dcc_core.db.tables import METADATA, PATIENT_TABLE
from dcc_core.errors import Conflict
from dcc_core.hooks import Dispatcher, hookimpl
from dcc_core.patients import (
    create_patient,
    merge_obstacles,
    merge_patients,
    patient_columns,
    unmerge_patients,
)
from dcc_core.patients.images import image_of
from dcc_core.testing.patients import demo_traits, qualified_patient
from dcc_core.testing.rows import Given, RowFactory

PATIENTS = 6
STEPS = 10
REASON = "essai"

GIVEN: dict[str, Given] = {
    "core_account": lambda number: {"login": f"demo{number}"},
    "core_care_relation": lambda number: {"scope": f"rcp:{number}"},
    "core_patient_name": lambda _: {"source_id": uuid4(), "rank": 0},
    "probecover_seat": lambda number: {"place": number % 3, "note": str(number)},
}
"""Values that a table's constraints ask for beyond what its column types tell."""

NOT_A_REFERENCE = {"core_audit"}
"""Tables that name a patient without following them: the audit tells what was true then."""

MOVES_WITH_EACH_CHANGE = {"version", "updated_at"}


class Probe(SQLModel, registry=new_registry()):
    pass


class Seat(Probe, table=True):
    """One row per patient and place: what two records of one person have both."""

    __tablename__ = "probecover_seat"
    __table_args__ = (UniqueConstraint("patient_id", "place"),)

    id: int | None = Field(default=None, primary_key=True)
    patient_id: UUID = Field(foreign_key="core_patient.id")
    companion_id: UUID | None = Field(default=None, foreign_key="core_patient.id")
    place: int
    note: str = ""


class Settling:
    """Keeps one seat per place and adds a trace of each merge."""

    def __init__(self) -> None:
        self._places = count(1000)

    @hookimpl
    def dcc_patient_merged(self, session: Session, kept_id: UUID, dropped_id: UUID) -> None:
        places = {seat.place: seat for seat in _seats(session, kept_id)}
        for seat in _seats(session, dropped_id):
            kept = places[seat.place]
            kept.note = kept.note + seat.note
            session.delete(seat)
        session.add(Seat(patient_id=kept_id, place=next(self._places), note="merge"))
        session.flush()


def _seats(session: Session, patient_id: UUID) -> list[Seat]:
    statement = select(Seat).where(col(Seat.patient_id) == patient_id).order_by(col(Seat.id))
    return list(session.scalars(statement))


def _followed() -> list[Table]:
    return sorted({column.table for column in patient_columns()}, key=lambda table: table.name)


def _fill(session: Session, patient_id: UUID, rows: RowFactory) -> None:
    for table in _followed():
        if table.name != PATIENT_TABLE:
            own = [column.name for column in patient_columns() if column.table is table]
            rows.add(table, **dict.fromkeys(own, patient_id))
    session.expire_all()


def _chance(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - a walk that can be repeated, no secret


def _population(session: Session) -> list[UUID]:
    ids = [qualified_patient(session).id]
    ids += [create_patient(session, demo_traits(city=f"Ville {n}")).id for n in range(1, PATIENTS)]
    rows = RowFactory(session.connection(), GIVEN)
    for patient_id in ids:
        _fill(session, patient_id, rows)
    return ids


def _digest(session: Session) -> dict[str, str]:
    """Return a digest of each table that refers to a patient, whatever the order of its rows."""
    digests = {}
    for table in _followed():
        rows = [
            {
                name: value
                for name, value in image_of(row).items()
                if table.name != PATIENT_TABLE or name not in MOVES_WITH_EACH_CHANGE
            }
            for row in session.execute(select(table)).mappings()
        ]
        text = "\n".join(sorted(json.dumps(row, sort_keys=True) for row in rows))
        digests[table.name] = hashlib.sha256(text.encode()).hexdigest()
    return digests


def _walk(session: Session, ids: list[UUID], chance: Random, *plugins: object) -> int:
    """Merge and undo at random, then undo what is left in random order; return the merges done."""
    dispatcher = Dispatcher()
    for number, plugin in enumerate(plugins):
        dispatcher.register(plugin, f"probe{number}")
    lasting: list[int] = []
    done = 0
    for _ in range(STEPS):
        if lasting and chance.random() < 0.4:
            chosen = chance.choice(lasting)
            if _undone(session, chosen):
                lasting.remove(chosen)
            continue
        kept_id, dropped_id = chance.sample(ids, 2)
        try:
            merge = merge_patients(
                session,
                kept_id=kept_id,
                dropped_id=dropped_id,
                reason=REASON,
                dispatcher=dispatcher,
            )
        except Conflict:
            continue
        lasting.append(merge.id)
        done += 1
    chance.shuffle(lasting)
    lasting = [merge_id for merge_id in lasting if not _undone(session, merge_id)]
    for merge_id in sorted(lasting, reverse=True):  # the latest first is never hindered
        _undo(session, merge_id)
    return done


def _undone(session: Session, merge_id: int) -> bool:
    """Undo a merge unless a later one stands in the way."""
    try:
        with session.begin_nested():
            _undo(session, merge_id)
    except Conflict as hindrance:
        if hindrance.code != "PAT-079":
            raise
        session.expire_all()
        return False
    return True


def _undo(session: Session, merge_id: int) -> None:
    unmerge_patients(session, merge_id, reason=REASON)


def _sequences(session: Session, total: int, *plugins: type) -> None:
    ids = _population(session)
    before = _digest(session)
    assert all(
        session.execute(select(column).where(column.in_(ids))).first() is not None
        for column in patient_columns()
        if column.table.name != PATIENT_TABLE
    )
    merges, running = 0, [plugin() for plugin in plugins]
    for seed in range(total):
        merges += _walk(session, ids, _chance(seed), *running)
        assert _digest(session) == before, f"seed {seed}"
    assert merges > total


@pytest.mark.parametrize("plugins", [(), (Settling,)], ids=["core", "plugin"])
def test_any_sequence_of_merges_can_be_undone(session: Session, plugins: tuple[type, ...]) -> None:
    _sequences(session, 6, *plugins)


@pytest.mark.campaign
@pytest.mark.parametrize("plugins", [(), (Settling,)], ids=["core", "plugin"])
def test_a_thousand_sequences(session: Session, plugins: tuple[type, ...]) -> None:
    _sequences(session, 1000, *plugins)


def test_what_arrives_during_a_merge_stays_with_the_survivor(session: Session) -> None:
    ids = _population(session)
    before = _digest(session)
    chance = _chance(7)
    for number in range(10):
        kept_id, dropped_id = ids[0], ids[chance.randrange(1, PATIENTS)]
        merge = merge_patients(
            session,
            kept_id=kept_id,
            dropped_id=dropped_id,
            reason=REASON,
            dispatcher=Dispatcher(),
        )
        session.add(Seat(patient_id=kept_id, place=100 + number))
        _undo(session, merge.id)

    arrived = [seat for seat in _seats(session, ids[0]) if seat.place >= 100]
    assert len(arrived) == 10
    for seat in arrived:
        session.delete(seat)
    session.flush()
    assert _digest(session) == before


def test_no_table_names_a_patient_without_a_foreign_key(database: Database) -> None:
    named = {
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
        if column.name.endswith("patient_id")
        and table.name not in NOT_A_REFERENCE
        and not column.foreign_keys
    }
    assert named == set()


def test_no_table_stands_in_the_way_of_a_merge() -> None:
    assert merge_obstacles() == ()


def test_a_table_that_could_not_be_moved_is_told() -> None:
    metadata = MetaData()
    Table(PATIENT_TABLE, metadata, Column("id", Uuid, primary_key=True))
    Table(
        "badplugin_card",
        metadata,
        Column("patient_id", ForeignKey(f"{PATIENT_TABLE}.id"), primary_key=True),
    )
    parent = Table(
        "badplugin_parent",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("patient_id", ForeignKey(f"{PATIENT_TABLE}.id"), unique=True),
    )
    Table(
        "badplugin_child",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("owner", ForeignKey(parent.c.patient_id)),
    )

    problems = merge_obstacles(metadata)

    assert [(problem.code, problem.plugin) for problem in problems] == [
        ("DCC-D020", "badplugin"),
        ("DCC-D021", "badplugin"),
    ]
