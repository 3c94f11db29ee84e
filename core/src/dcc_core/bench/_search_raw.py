"""The searches in bare SQL, through the driver alone."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dcc_core.config import utc_now
from dcc_core.db import Database
from dcc_core.patients.names import deletions

_SHOWN = (
    "SELECT p.id, p.birth_family_name, p.first_given_name, p.used_family_name, p.used_given_name,"
    " p.birth_date, p.birth_date_precision, p.sex, p.status, p.birth_place_insee, p.deceased_on,"
    " p.is_homonym FROM "
)
_NAMED = _SHOWN + "core_patient_name n JOIN core_patient p ON p.id = n.patient_id WHERE "
_NEAR = _SHOWN + (  # noqa: S608 - constants; values are bound
    "(SELECT DISTINCT key FROM core_name_deletion WHERE hash IN ({hashes})) d"
    " JOIN core_patient_name n ON n.family = d.key JOIN core_patient p ON p.id = n.patient_id"
    " WHERE n.given >= {m} AND n.given < {m}"
)
_AUDIT = (
    "INSERT INTO core_audit (at, event, outcome, actor, purpose, object_kind, reason, basis,"
    " correlation_id, via, source_ip, details)"
    " VALUES ({m}, 'patient.search', 'success', '{{}}', 'care', 'patient', '', '', '', 'bench', '',"
    " {m})"
)


@dataclass(frozen=True, slots=True)
class RawQuery:
    """A statement with ``{m}`` for each value, and the values."""

    sql: str
    values: tuple[Any, ...]


def by_ins(matricule: str) -> RawQuery:
    """Return the search of a matricule."""
    return RawQuery(_SHOWN + "core_patient p WHERE p.ins_matricule = {m}", (matricule,))


def by_birth(prefix: str, birth: date) -> RawQuery:
    """Return the search of the beginning of a family name and a birth date."""
    where = "n.birth_date = {m} AND n.family >= {m} AND n.family < {m} LIMIT 51"
    return RawQuery(_NAMED + where, (birth, prefix, prefix + "~"))


def by_prefix(family: str, given: str) -> RawQuery:
    """Return the search of the beginnings of both names, in alphabetical order."""
    where = (
        "n.family >= {m} AND n.family < {m} AND n.given >= {m} AND n.given < {m}"
        " ORDER BY n.family, n.given LIMIT 51"
    )
    return RawQuery(_NAMED + where, (family, family + "~", given, given + "~"))


def by_errors(family: str, given: str, errors: int, birth: date | None) -> RawQuery:
    """Return the search of a family name within so many typing errors."""
    hashes = sorted(deletions(family, errors=errors))
    sql = _NEAR.replace("{hashes}", ", ".join("{m}" for _ in hashes))
    values: tuple[Any, ...] = (*hashes, given, given + "~")
    if birth is not None:
        sql, values = sql + " AND n.birth_date = {m}", (*values, birth)
    return RawQuery(sql + " LIMIT 51", values)


class RawSearch:
    """A driver connection that runs searches, alone or with the audit line they owe."""

    def __init__(self, database: Database) -> None:
        self._sqlite = database.is_sqlite
        self._connection = database.engine.raw_connection()
        self._cursor = self._connection.cursor()
        driver: Any = self._connection.driver_connection
        if self._sqlite:
            self._cursor.execute("PRAGMA query_only=OFF")
        else:
            driver.autocommit = True  # transactions are begun and ended by hand

    def alone(self, query: RawQuery) -> None:
        """Run the search in a reading transaction."""
        self._execute("BEGIN")
        self._fetch(query)
        self._execute("COMMIT")

    def audited(self, query: RawQuery) -> None:
        """Run the search, write its audit line, commit."""
        self._execute("BEGIN IMMEDIATE" if self._sqlite else "BEGIN")
        self._fetch(query)
        self._execute(_AUDIT, (self._value(utc_now()), "{}"))
        self._execute("COMMIT")

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _fetch(self, query: RawQuery) -> None:
        self._execute(query.sql, tuple(map(self._value, query.values)))
        self._cursor.fetchall()

    def _execute(self, sql: str, values: tuple[Any, ...] = ()) -> None:
        self._cursor.execute(sql.format(m="?" if self._sqlite else "%s"), values)

    def _value(self, value: Any) -> Any:
        if not self._sqlite or not isinstance(value, date):
            return value
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
