"""The revisions of the core make what its models declare: tables, and triggers that guard them."""

from sqlalchemy import Connection, text

from dcc_core.db import Database
from dcc_core.db.migrate import drift_problems, migrate, purge
from dcc_core.plugins.core_manifest import CoreManifest

TRIGGERS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
    "postgresql": """
        SELECT t.tgname, pg_get_triggerdef(t.oid) || pg_get_functiondef(t.tgfoid)
        FROM pg_trigger t WHERE NOT t.tgisinternal ORDER BY t.tgname
        """,
}


def triggers(connection: Connection) -> list[tuple[str, str]]:
    found = connection.execute(text(TRIGGERS[connection.dialect.name]))
    return [(name, " ".join(sql.split())) for name, sql in found if name.startswith("core_")]


def test_migrated_tables_are_those_of_the_models(empty_database: Database) -> None:
    migrate(empty_database, [CoreManifest])
    assert list(drift_problems(empty_database, [CoreManifest])) == []


def test_migrated_triggers_are_those_of_the_models(
    empty_database: Database, database: Database
) -> None:
    migrate(empty_database, [CoreManifest])
    with empty_database.engine.connect() as migrated, database.engine.connect() as created:
        assert triggers(migrated) == triggers(created) != []


def test_the_core_can_be_taken_back(empty_database: Database) -> None:
    migrate(empty_database, [CoreManifest])
    purge(empty_database, CoreManifest)
    migrate(empty_database, [CoreManifest])
