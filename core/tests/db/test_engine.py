import traceback
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from sqlalchemy import Column, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlmodel import Field, Session, select

from dcc_core.db import Database, SortableText, UtcDateTime, open_database
from dcc_core.db.tables import CoreTable
from dcc_core.errors import ConfigError


class Probe(CoreTable, table=True):
    __tablename__ = "probe_engine"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    key: str = Field(sa_column=Column(SortableText, nullable=False, index=True))


class Unique(CoreTable, table=True):
    __tablename__ = "probe_unique"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


def test_instants_come_back_aware_and_in_utc(session: Session) -> None:
    east = datetime(2026, 3, 29, 3, 30, tzinfo=timezone(timedelta(hours=2)))
    session.add(Probe(at=east, key="A"))
    session.flush()
    session.expire_all()
    stored = session.exec(select(Probe)).one()
    assert stored.at == east
    assert stored.at.tzinfo == UTC


def test_naive_instants_are_refused(session: Session) -> None:
    session.add(Probe(at=datetime(2026, 1, 1), key="A"))  # noqa: DTZ001 - the defect under test
    with pytest.raises(StatementError):
        session.flush()
    session.rollback()


def test_sortable_text_compares_bytes(session: Session) -> None:
    now = datetime.now(UTC)
    session.add_all([Probe(at=now, key=key) for key in ("ÉTÉ", "ETA", "ET A", "eta")])
    session.flush()
    assert session.exec(select(Probe.key).order_by("key")).all() == ["ET A", "ETA", "eta", "ÉTÉ"]


def test_a_failing_block_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.session() as session:
        session.add(Probe(at=datetime.now(UTC), key="lost"))
        session.flush()
        raise RuntimeError
    with database.reading() as session:
        assert session.exec(select(Probe)).all() == []


def test_a_reading_session_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError), database.reading() as session:
        session.add(Probe(at=datetime.now(UTC), key="no"))
        session.flush()
    with database.session() as session:
        session.add(Probe(at=datetime.now(UTC), key="yes"))


def test_errors_never_show_parameters(database: Database) -> None:
    secret = f"canary-{uuid4()}"
    with pytest.raises(DBAPIError) as caught, database.reading() as session:
        session.add(Probe(at=datetime.now(UTC), key=secret))
        session.flush()
    assert secret not in str(caught.value)


def test_a_violated_constraint_does_not_tell_the_row(database: Database) -> None:
    secret = f"canary-{uuid4()}"
    now = datetime.now(UTC)
    with pytest.raises(IntegrityError) as caught, database.session() as session:
        session.add_all([Unique(name=secret, at=now), Unique(name=secret, at=now)])
        session.flush()
    assert secret not in "".join(traceback.format_exception(caught.value))


def test_sqlite_is_durable_and_checks_references(sqlite_lane) -> None:
    with sqlite_lane.fresh() as database, database.reading() as session:
        pragmas = {
            name: session.connection().execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("not an address", "DCC-D004"),
        ("mysql://localhost/x", "DCC-D004"),
        ("sqlite:////nowhere/at/all.sqlite3", "DCC-D001"),
        ("postgresql://dcc:secret@127.0.0.1:1/none", "DCC-D001"),
    ],
)
def test_an_unusable_database_is_explained_without_its_password(url: str, code: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_database(url).ping()
    assert caught.value.code == code
    assert "secret" not in caught.value.text
