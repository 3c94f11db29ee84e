"""Patients of a previous tool. The rules are those of any interface: the same identifier and equal
strict traits are the same person; anything less is for a person to decide.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, func, inspect, select
from sqlmodel import Session, col

from dcc_core.audit import AuditLine, record_events
from dcc_core.config import Clock, Establishment, utc_now
from dcc_core.db.events import emit
from dcc_core.errors import InvalidInput
from dcc_core.hooks.contracts.identity import DatePrecision, PatientIdentifier, PatientTraits
from dcc_core.hooks.contracts.life import PatientCreated
from dcc_core.legacy.kinds import ImportKind
from dcc_core.legacy.mapping import ImportMap
from dcc_core.legacy.model import Judged, SourceRow, Verdict
from dcc_core.patients.birth import parse_birth_date
from dcc_core.patients.bulk import PatientWriter
from dcc_core.patients.identifiers import check_identifier
from dcc_core.patients.likeness import Likeness, Neighbour
from dcc_core.patients.models import PatientIn, read_patient, traits_of
from dcc_core.patients.references import patient_columns
from dcc_core.patients.strict import differences
from dcc_core.patients.tables import Duplicate, Identifier, Patient, SearchName

NEEDED = frozenset({"identifier", "birth_family_name", "first_given_name", "birth_date", "sex"})
TARGETS = NEEDED | {
    "birth_place_insee",
    "used_family_name",
    "used_given_name",
    "address",
    "postal_code",
    "city",
    "telecom",
    "deceased_on",
}
OTHER_PERSON, SAME_TRAITS = "IMP-020", "IMP-021"
_OWN = frozenset({"core_patient_identifier", "core_patient_name"})


@dataclass(frozen=True, slots=True)
class _Stated:
    """A row that can be read: who it says it is."""

    traits: PatientIn
    identifier: str


class PatientImporter:
    """Rows of patients.

    Args:
        mapping: Its ``system`` is the authority of the identifiers.
        establishments: Those of the region; an authority ``finess:…`` must be one of them.
    """

    kind = "patients"

    def __init__(
        self,
        mapping: ImportMap,
        *,
        establishments: Collection[Establishment] = (),
        clock: Clock = utc_now,
    ) -> None:
        self._system = mapping.system
        self._establishments = establishments
        self._clock = clock
        self._learnt: set[str] = set()

    def judge(self, session: Session, rows: Sequence[SourceRow], batch_id: UUID) -> list[Judged]:
        """Create who is new, recognise who is known, leave the rest to a person."""
        read = [self._read(row) for row in rows]
        stated = [found for found in read if isinstance(found, _Stated)]
        held = self._held(session, {each.identifier for each in stated})
        likeness = Likeness(session, [each.traits for each in stated])
        now, source = self._clock(), f"import:{batch_id.hex}"
        writer = PatientWriter(session, now, learnt=self._learnt)
        judged = [
            found
            if isinstance(found, Judged)
            else self._decide(found, held, likeness, writer, source)
            for found in read
        ]
        created = writer.write()
        likeness.queue(session, now)
        _record(session, "patient.create", created, source)
        self._announce(session, created, now)
        return judged

    def still_there(self, session: Session, object_ids: Sequence[UUID]) -> int:
        """Return how many of these patients exist."""
        statement = select(func.count()).where(col(Patient.id).in_(object_ids))
        return session.scalar(statement) or 0

    def undo(self, session: Session, object_ids: Sequence[UUID], batch_id: UUID) -> frozenset[UUID]:
        """Remove patients whom nothing refers to and nobody changed since the import."""
        ids = list(object_ids)
        kept = _used(session, ids, f"import:{batch_id.hex}")
        gone = [each for each in ids if each not in kept]
        pairs = col(Duplicate.first_id).in_(gone) | col(Duplicate.second_id).in_(gone)
        session.execute(delete(Duplicate).where(pairs))
        session.execute(delete(SearchName).where(col(SearchName.source_id).in_(gone)))
        session.execute(delete(Identifier).where(col(Identifier.patient_id).in_(gone)))
        session.execute(delete(Patient).where(col(Patient.id).in_(gone)))
        _record(session, "patient.import.revert", gone, f"import:{batch_id.hex}")
        return kept

    def _read(self, row: SourceRow) -> "_Stated | Judged":
        if row.fault:
            return Judged(Verdict.REFUSED, row.fault)
        try:
            identifier = PatientIdentifier(self._system, row.values["identifier"])
            check_identifier(identifier, self._establishments)
            return _Stated(read_patient(traits_of_row(row.values)), identifier.value)
        except InvalidInput as error:
            return Judged(Verdict.REFUSED, error.code, error.field)

    def _held(self, session: Session, values: set[str]) -> dict[str, tuple[UUID, PatientTraits]]:
        """Return who holds these identifiers, in one statement."""
        statement = (
            select(col(Identifier.value), Patient)
            .join(Patient, col(Patient.id) == col(Identifier.patient_id))
            .where(
                col(Identifier.value).in_(values),
                col(Identifier.system) == self._system,
                col(Identifier.is_active),
            )
        )
        return {
            value: (patient.id, traits_of(patient)) for value, patient in session.execute(statement)
        }

    def _decide(
        self,
        stated: _Stated,
        held: dict[str, tuple[UUID, PatientTraits]],
        likeness: Likeness,
        writer: PatientWriter,
        source: str,
    ) -> Judged:
        traits = PatientTraits(**stated.traits.model_dump())
        holder = held.get(stated.identifier)
        if holder is not None:
            if not differences(holder[1], traits):
                return Judged(Verdict.KNOWN, object_id=holder[0])
            return Judged(Verdict.AMBIGUOUS, OTHER_PERSON, candidates=(holder[0],))
        alike, near = likeness.look(stated.traits)
        if alike:
            return Judged(Verdict.AMBIGUOUS, SAME_TRAITS, candidates=alike)
        patient_id = uuid4()
        identifier = PatientIdentifier(self._system, stated.identifier)
        writer.add(patient_id, stated.traits, identifier, source)
        likeness.add(Neighbour.of(patient_id, stated.traits), near)
        held[stated.identifier] = (patient_id, traits)
        return Judged(Verdict.CREATED, object_id=patient_id)

    def _announce(self, session: Session, created: Sequence[UUID], now: datetime) -> None:
        for patient_id in created:
            emit(session, PatientCreated(event_id=uuid4(), at=now, patient_id=patient_id))


def _importer(
    mapping: ImportMap, establishments: Collection[Establishment], clock: Clock
) -> PatientImporter:
    return PatientImporter(mapping, establishments=establishments, clock=clock)


PATIENTS = ImportKind(
    name="patients",
    help="Import the patients of a previous tool from FILE (CSV).",
    targets=TARGETS,
    needed=NEEDED,
    make=_importer,
)


def traits_of_row(values: Mapping[str, str]) -> dict[str, object]:
    """Return the traits of a row; an empty column states nothing."""
    stated: dict[str, object] = {
        name: text for name, text in values.items() if text and name != "identifier"
    }
    for name, target in (("address", "address_lines"), ("telecom", "telecom")):
        if name in stated:
            stated[target] = (stated.pop(name),)
    died = parse_birth_date(values.get("deceased_on", ""))
    if died is not None and died.precision is DatePrecision.DAY:
        stated["deceased_on"] = died.value
    return stated


def _record(session: Session, event: str, ids: Sequence[UUID], source: str) -> None:
    details = {"source": source}
    record_events(
        session, [AuditLine(event, each, "patient", each, details=details) for each in ids]
    )


def _used(session: Session, ids: Sequence[UUID], source: str) -> frozenset[UUID]:
    """Return who was changed, merged, or referred to by anything that the import did not write."""
    changed = col(Patient.version) > 1
    merged = col(Patient.merged_into_id).is_not(None)
    found = set(
        session.scalars(select(col(Patient.id)).where(col(Patient.id).in_(ids), changed | merged))
    )
    found |= set(
        session.scalars(
            select(col(Identifier.patient_id)).where(
                col(Identifier.patient_id).in_(ids), col(Identifier.source) != source
            )
        )
    )
    there = set(inspect(session.connection()).get_table_names()) - _OWN
    for column in patient_columns():
        if column.table.name in there and column.name != "merged_into_id":
            found |= set(session.scalars(select(column).where(column.in_(ids))))
    return frozenset(found)
