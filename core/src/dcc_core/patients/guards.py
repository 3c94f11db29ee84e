"""What the tables refuse whoever writes: an identifier active twice, a strict trait changed while
the identity keeps its trust.

A strict trait may change when the identity falls back to provisional, or when INSi itself gave the
new traits (retrieved, with a new date of collection). RNIV 1 v2.0, EXI SI 07 to 09.
"""

from typing import Any

from sqlalchemy import DDL, event

from dcc_core.patients.tables import Identifier, Patient

STRICT_COLUMNS = (
    "birth_family_name",
    "first_given_name",
    "birth_given_names",
    "birth_date",
    "birth_date_precision",
    "sex",
    "birth_place_insee",
)
REFUSAL = "PAT-042 a strict trait changed without loss of trust"

_FUNCTION = "core_patient_keep_trust_honest"
_TRIGGER = "core_patient_strict_traits"


def _condition(differs: str) -> str:
    changed = " OR ".join(f"NEW.{name} {differs} OLD.{name}" for name in STRICT_COLUMNS)
    other_ins = " OR ".join(
        f"(OLD.{name} IS NOT NULL AND NEW.{name} IS NOT NULL AND NEW.{name} <> OLD.{name})"
        for name in ("ins_matricule", "ins_system")
    )
    return (
        f"({changed} OR {other_ins}) AND NEW.status <> 'PROV' AND NOT"
        f" (NEW.status = 'RECUP' AND NEW.ins_collected_at {differs} OLD.ins_collected_at)"
    )


def _statement(sql: str) -> DDL:
    return DDL(sql)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves this one untyped


SQLITE_GUARD = _statement(
    f"CREATE TRIGGER {_TRIGGER} BEFORE UPDATE ON core_patient FOR EACH ROW"
    f" WHEN {_condition('IS NOT')} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
)
POSTGRESQL_FUNCTION = _statement(
    f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS"
    f" $$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'check_violation'; END $$"
)
POSTGRESQL_GUARD = _statement(
    f"CREATE TRIGGER {_TRIGGER} BEFORE UPDATE ON core_patient FOR EACH ROW"
    f" WHEN ({_condition('IS DISTINCT FROM')}) EXECUTE FUNCTION {_FUNCTION}()"
)
GUARDS: tuple[tuple[str, DDL], ...] = (
    ("sqlite", SQLITE_GUARD),
    ("postgresql", POSTGRESQL_FUNCTION),
    ("postgresql", POSTGRESQL_GUARD),
)
"""Statements per dialect, in order; the migration that creates the table runs them too."""

_ACTIVE_IDENTIFIER = (
    "CREATE UNIQUE INDEX uq_core_patient_identifier_active"
    " ON core_patient_identifier (value, system) WHERE is_active"
)
"""The value comes first, so that a number alone is found too.

Written as SQL: an ``Index`` with ``postgresql_where`` loads that dialect at every start on SQLite.
"""
ACTIVE_IDENTIFIERS: tuple[tuple[str, DDL], ...] = (
    ("sqlite", _statement(f"{_ACTIVE_IDENTIFIER} = 1")),  # as queries write it
    ("postgresql", _statement(_ACTIVE_IDENTIFIER)),
)

_TABLE: Any = getattr(Patient, "__table__")  # noqa: B009 - set by SQLModel, unknown to type checkers
_IDENTIFIERS: Any = getattr(Identifier, "__table__")  # noqa: B009 - as above

for _dialect, _ddl in GUARDS:
    event.listen(_TABLE, "after_create", _ddl.execute_if(dialect=_dialect))
for _dialect, _ddl in ACTIVE_IDENTIFIERS:
    event.listen(_IDENTIFIERS, "after_create", _ddl.execute_if(dialect=_dialect))
