"""Stream a synthetic population into the database, in few large statements."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlmodel import Session

from dcc_core.audit import record_event
from dcc_core.config import Clock, utc_now
from dcc_core.db.bulk import BulkInsert, widen_cache
from dcc_core.db.tables import METADATA
from dcc_core.hooks.contracts.identity import IdentityStatus
from dcc_core.patients.ins import InsKind
from dcc_core.patients.keys import add_deletions, name_pairs
from dcc_core.patients.synth.people import Person
from dcc_core.patients.tables import InsMethod, ValidationMode

BATCH = 10_000
_AUTHORITY = "1.2.250.1.213.1.4.11.{}"
_PROVED = frozenset({IdentityStatus.VALIDATED, IdentityStatus.QUALIFIED})
Row = tuple[Any, ...]


def load_people(
    session: Session,
    people: Iterable[Person],
    *,
    systems: Sequence[str] = (),
    clock: Clock = utc_now,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write people as patients and return how many; one audit line tells of all of them.

    Args:
        systems: Authorities of the establishments' identifiers; invented ones by default.
        progress: Called with the number of each batch.
    """
    loader = _Loader(session, systems, clock())
    stream, total = iter(people), 0
    while batch := list(islice(stream, BATCH)):
        loader.write(batch)
        total += len(batch)
        if progress:
            progress(len(batch))
    record_event(session, "patient.synth", object_kind="patient", details={"patients": total})
    return total


class _Loader:
    """Writes batches; it remembers which names the neighbourhood has already learnt."""

    def __init__(self, session: Session, systems: Sequence[str], now: datetime) -> None:
        self._connection = session.connection()
        widen_cache(self._connection)
        self._systems = systems
        self._now = now
        self._known: set[str] = set()
        self._patients = self._into("core_patient", _PATIENT_COLUMNS)
        self._identifiers = self._into("core_patient_identifier", _IDENTIFIER_COLUMNS)
        self._names = self._into("core_patient_name", _NAME_COLUMNS)

    def write(self, batch: Sequence[Person]) -> None:
        """Write one batch to every table."""
        names = [row for person in batch for row in _names(person)]
        fresh = {key for row in names for key in row[3:5]} - self._known
        self._known |= fresh
        self._patients.insert(_patient(person, self._now) for person in batch)
        self._identifiers.insert(row for person in batch for row in self._ipps(person))
        self._names.insert(sorted(names, key=lambda row: row[3:5]))
        add_deletions(self._connection, fresh)

    def _into(self, table: str, columns: Sequence[str]) -> BulkInsert:
        return BulkInsert(self._connection, METADATA.tables[table], columns)

    def _ipps(self, person: Person) -> Iterator[Row]:
        for place, value in person.ipps:
            known = place < len(self._systems)
            system = self._systems[place] if known else _AUTHORITY.format(place + 1)
            row_id = UUID(int=person.id.int ^ (place + 1))
            yield row_id, person.id, system, value, "IPP", True, self._now, "synth"


_IDENTIFIER_COLUMNS = (
    "id",
    "patient_id",
    "system",
    "value",
    "kind",
    "is_active",
    "recorded_at",
    "source",
)
_NAME_COLUMNS = ("source_id", "rank", "patient_id", "family", "given", "birth_date")
_PATIENT_COLUMNS = (
    "id",
    "birth_family_name",
    "first_given_name",
    "birth_given_names",
    "birth_date",
    "birth_date_precision",
    "sex",
    "birth_place_insee",
    "ins_matricule",
    "ins_system",
    "ins_method",
    "ins_collected_at",
    "status",
    "validation_mode",
    "validated_at",
    "is_homonym",
    "is_doubtful",
    "is_fictitious",
    "used_family_name",
    "used_given_name",
    "address_lines",
    "postal_code",
    "city",
    "telecom",
    "deceased_on",
    "version",
    "created_at",
    "updated_at",
)


def _names(person: Person) -> Iterator[Row]:
    pairs = name_pairs(person.family, person.used_family, person.given[0], "")
    for rank, (family, given) in enumerate(pairs):
        yield person.id, rank, person.id, family, given, person.birth


def _patient(person: Person, now: datetime) -> Row:
    proved = person.status in _PROVED
    return (
        person.id,
        person.family,
        person.given[0],
        list(person.given),
        person.birth,
        person.precision,
        person.sex,
        person.birth_place,
        person.ins,
        InsKind.NIR_TEST.value if person.ins else None,
        InsMethod.INSI if person.ins else None,
        now if person.ins else None,
        person.status,
        ValidationMode.IDENTITY_CARD if proved else None,
        now if proved else None,
        False,
        False,
        False,
        person.used_family,
        "",
        [f"{person.street_number} rue de l'Exemple"],
        person.home.postal_code,
        person.home.name,
        [],
        person.deceased_on,
        1,
        now,
        now,
    )
