"""The database itself refuses to change the audit, whoever asks.

Triggers refuse UPDATE, DELETE and TRUNCATE on both engines; rows may leave the table only once a
signed archive lists them. On PostgreSQL the application's role should not even hold the right:
``role_statements`` gives the statements for the operator. Whoever can drop a trigger is found out
by the seals.
"""

from sqlalchemy import DDL, Table, event

from dcc_core.audit.tables import AuditArchive, AuditEntry, AuditSeal
from dcc_core.db.tables import METADATA

REFUSAL = "AUD-001: the audit is append-only"
_ARCHIVED = (
    "EXISTS (SELECT 1 FROM core_audit_archive a"
    " WHERE OLD.sequence BETWEEN a.first_sequence AND a.last_sequence)"
)
_GUARDED = (AuditEntry, AuditSeal, AuditArchive)


def role_statements(role: str) -> tuple[str, ...]:
    """Return what the owner of a PostgreSQL database runs so that ``role`` can only add rows."""
    quoted = '"' + role.replace('"', '""') + '"'
    tables = ", ".join(str(model.__tablename__) for model in _GUARDED)
    return (
        f"REVOKE ALL ON {tables} FROM {quoted};",
        f"GRANT SELECT, INSERT ON {tables} TO {quoted};",
        f"GRANT USAGE ON SEQUENCE core_audit_sequence_seq TO {quoted};",
    )


def _sqlite_triggers(table: str, *, archivable: bool) -> tuple[str, ...]:
    unless = f"WHEN NOT {_ARCHIVED} " if archivable else ""
    body = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    return (
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {body}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {unless}{body}",
    )


def _postgresql_triggers(table: str, *, archivable: bool) -> tuple[str, ...]:
    archived = (
        f"IF TG_OP = 'DELETE' THEN IF {_ARCHIVED} THEN RETURN OLD; END IF; END IF;"
        if archivable
        else ""
    )
    return (
        f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {archived} RAISE EXCEPTION '{REFUSAL}'; END $$",
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {table}_refuse()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()",
    )


def _guard(table: Table, *, archivable: bool) -> None:
    for dialect, triggers in (("sqlite", _sqlite_triggers), ("postgresql", _postgresql_triggers)):
        for statement in triggers(table.name, archivable=archivable):
            ddl = DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
            event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


for _model in _GUARDED:
    _guard(METADATA.tables[str(_model.__tablename__)], archivable=_model is AuditEntry)
