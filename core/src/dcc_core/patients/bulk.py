"""Write many new identities in few large statements, as ``create_patient`` writes one."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import Session

from dcc_core.db.bulk import BulkInsert
from dcc_core.db.tables import METADATA
from dcc_core.hooks.contracts.identity import IdentityStatus, PatientIdentifier
from dcc_core.patients.keys import learn_names, name_pairs
from dcc_core.patients.models import PatientIn

_STATED = tuple(PatientIn.model_fields)
_FIXED: dict[str, Any] = {
    "status": IdentityStatus.PROVISIONAL,
    "is_homonym": False,
    "is_doubtful": False,
    "is_fictitious": False,
    "version": 1,
}
_PATIENT = ("id", *_STATED, *_FIXED, "created_at", "updated_at")
_NAME = ("source_id", "rank", "patient_id", "family", "given", "birth_date")
_IDENTIFIER = (
    "id",
    "patient_id",
    "system",
    "value",
    "kind",
    "is_active",
    "recorded_at",
    "source",
)
_LISTS = frozenset({"birth_given_names", "address_lines", "telecom"})
Row = tuple[Any, ...]


class PatientWriter:
    """Gathers provisional identities, each with its identifier, and writes them together.

    Args:
        learnt: Name keys that earlier writers of the same run taught the search; it grows.
    """

    def __init__(self, session: Session, now: datetime, *, learnt: set[str]) -> None:
        self._connection = session.connection()
        self._now = now
        self._learnt = learnt
        self._patients: list[Row] = []
        self._identifiers: list[Row] = []
        self._names: list[Row] = []

    def add(
        self, patient_id: UUID, traits: PatientIn, identifier: PatientIdentifier, source: str
    ) -> None:
        """Remember an identity to write; the caller has looked for it before."""
        stated = (_column(traits, name) for name in _STATED)
        self._patients.append((patient_id, *stated, *_FIXED.values(), self._now, self._now))
        self._names.extend(_names(patient_id, traits))
        self._identifiers.append(
            (
                uuid4(),
                patient_id,
                identifier.system,
                identifier.value,
                identifier.kind,
                True,
                self._now,
                source,
            )
        )

    def write(self) -> list[UUID]:
        """Write everything and return the patients in the order they were added."""
        self._into("core_patient", _PATIENT, self._patients)
        self._into("core_patient_identifier", _IDENTIFIER, self._identifiers)
        self._into("core_patient_name", _NAME, sorted(self._names, key=lambda row: row[3:5]))
        fresh = {key for row in self._names for key in row[3:5]} - self._learnt
        learn_names(self._connection, fresh)
        self._learnt |= fresh
        return [row[0] for row in self._patients]

    def _into(self, table: str, columns: tuple[str, ...], rows: list[Row]) -> None:
        BulkInsert(self._connection, METADATA.tables[table], columns).insert(rows)


def _column(traits: PatientIn, name: str) -> Any:
    value = getattr(traits, name)
    return list(value) if name in _LISTS else value


def _names(patient_id: UUID, traits: PatientIn) -> Iterator[Row]:
    pairs = name_pairs(
        traits.birth_family_name,
        traits.used_family_name,
        traits.first_given_name,
        traits.used_given_name,
    )
    for rank, (family, given) in enumerate(pairs):
        yield patient_id, rank, patient_id, family, given, traits.birth_date
