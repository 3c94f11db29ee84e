from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from dcc_core.audit import AuditKeys, role_statements
from dcc_core.audit.sealer import seal_everything
from dcc_core.db import Database
from dcc_core.testing.clock import START
from dcc_core.testing.databases import PostgresLane

Writer = Callable[[Session, int], None]
ATTACKS = [
    "UPDATE core_audit SET event = 'x'",
    "DELETE FROM core_audit",
    "UPDATE core_audit_seal SET root = 'x'",
    "DELETE FROM core_audit_seal",
]


@pytest.fixture
def filled(database: Database, write: Writer, keys: AuditKeys) -> Database:
    with database.session() as session:
        write(session, 5)
    with database.session() as session:
        seal_everything(session, keys=keys, now=START)
    return database


@pytest.mark.parametrize("attack", ATTACKS)
def test_database_refuses_to_change_the_audit(filled: Database, attack: str) -> None:
    with pytest.raises(DatabaseError, match="AUD-001"), filled.session() as session:
        session.connection().execute(text(attack))


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["core_audit", "core_audit_seal", "core_audit_archive"])
def test_postgresql_refuses_to_truncate_the_audit(postgres_lane: PostgresLane, table: str) -> None:
    with (
        postgres_lane.fresh() as database,
        pytest.raises(DatabaseError, match="AUD-001"),
        database.session() as session,
    ):
        session.connection().execute(text(f"TRUNCATE {table}"))


@pytest.mark.postgres
def test_role_of_the_application_can_only_add(postgres_lane: PostgresLane) -> None:
    attacks = [*ATTACKS, "TRUNCATE core_audit", "ALTER TABLE core_audit DISABLE TRIGGER ALL"]
    with postgres_lane.fresh() as database:
        with database.session() as session:
            connection = session.connection()
            connection.execute(text("CREATE ROLE dcc_test_app"))
            for statement in role_statements("dcc_test_app"):
                connection.execute(text(statement))
        try:
            for attack in attacks:
                with (
                    pytest.raises(DatabaseError, match=r"permission denied|must be owner"),
                    database.session() as session,
                ):
                    session.connection().execute(text("SET LOCAL ROLE dcc_test_app"))
                    session.connection().execute(text(attack))
            with database.session() as session:
                session.connection().execute(text("SET LOCAL ROLE dcc_test_app"))
                session.connection().execute(
                    text(
                        "INSERT INTO core_audit (at, event, outcome, actor, purpose, object_kind,"
                        " reason, basis, correlation_id, via, source_ip, details, mac) VALUES"
                        " (now(), 'x.y', 'success', '{}', 'care', '', '', '', '', '', '', '{}', '')"
                    )
                )
        finally:
            with database.session() as session:
                session.connection().execute(text("DROP OWNED BY dcc_test_app"))
                session.connection().execute(text("DROP ROLE dcc_test_app"))
