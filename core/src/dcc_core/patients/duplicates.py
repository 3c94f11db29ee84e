"""Pairs of records that may be one person, scored and queued for the identity cell.

A score orders the queue; it never decides. What the cell decided is never overwritten.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from dcc_core.audit import record_event
from dcc_core.audit.context import current_context
from dcc_core.config import Clock, utc_now
from dcc_core.errors import Conflict, NotFound
from dcc_core.hooks.contracts.identity import Sex
from dcc_core.patients.hits import is_inverted
from dcc_core.patients.names import NEIGHBOURHOOD, distance, search_key
from dcc_core.patients.tables import Duplicate, DuplicateState, Patient, SearchName

QUEUED_FROM = 76
"""Scores out of 100 below this are not worth a person's look: twins reach 75, homonyms 70."""

_NEAR = 200  # more homonyms than this are told apart by the identity cell's own searches
_FAMILY, _GIVEN, _BIRTH, _SEX, _PLACE = 35, 25, 30, 5, 5


@dataclass(frozen=True, slots=True)
class Score:
    """How alike two identities are, out of 100, with codes of what speaks for and against."""

    value: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DuplicateOut:
    """A pair of the queue."""

    id: UUID
    first_id: UUID
    second_id: UUID
    score: int
    reasons: tuple[str, ...]
    state: DuplicateState
    found_at: datetime
    note: str


def score_pair(first: Patient, second: Patient) -> Score:
    """Return how alike two identities are.

    Different current INS mean different persons for INSi, twins have everything but the given name
    in common: both stay under the threshold of the queue.
    """
    if first.ins_matricule and second.ins_matricule:
        return Score(0, ("ins_differs",))
    parts = [
        _of_names(_FAMILY, "family", _families(first), _families(second)),
        _of_names(_GIVEN, "given", _givens(first), _givens(second)),
        _of_birth(first, second),
        _of_equal(_SEX, "sex", first.sex, second.sex, unknown=Sex.UNKNOWN),
        _of_equal(_PLACE, "place", first.birth_place_insee, second.birth_place_insee, unknown=""),
    ]
    return Score(sum(points for points, _ in parts), tuple(reason for _, reason in parts))


def queue_duplicates(session: Session, patient: Patient, *, clock: Clock = utc_now) -> int:
    """Put the pairs that this patient forms with others into the queue; return how many are new."""
    added = sum(_queue(session, patient, other, clock) for other in _alike(session, patient))
    session.flush()
    return added


def scan_duplicates(
    session: Session, *, after: UUID | None = None, batch: int = 500, clock: Clock = utc_now
) -> tuple[UUID | None, int]:
    """Queue the pairs of the next patients by id; return where to go on (None: done) and how many
    pairs are new.
    """
    statement = select(Patient).where(col(Patient.merged_into_id).is_(None))
    if after is not None:
        statement = statement.where(col(Patient.id) > after)
    patients = session.scalars(statement.order_by(col(Patient.id)).limit(batch)).all()
    added = sum(queue_duplicates(session, patient, clock=clock) for patient in patients)
    return (patients[-1].id if len(patients) == batch else None), added


def list_duplicates(
    session: Session, *, limit: int = 50, offset: int = 0
) -> tuple[DuplicateOut, ...]:
    """Return open pairs of living records, the most alike first."""
    first, second = aliased(Patient), aliased(Patient)
    rows = session.scalars(
        select(Duplicate)
        .join(first, col(first.id) == col(Duplicate.first_id))
        .join(second, col(second.id) == col(Duplicate.second_id))
        .where(
            col(Duplicate.state) == DuplicateState.OPEN,
            col(first.merged_into_id).is_(None),
            col(second.merged_into_id).is_(None),
        )
        .order_by(col(Duplicate.score).desc(), col(Duplicate.found_at), col(Duplicate.id))
        .limit(limit)
        .offset(offset)
    ).all()
    record_event(
        session,
        "patient.duplicates.list",
        object_kind="duplicate",
        details={"patients": [str(id_) for row in rows for id_ in (row.first_id, row.second_id)]},
    )
    return tuple(_view(row) for row in rows)


def count_duplicates(session: Session) -> int:
    """Return how many pairs wait for a decision, those of merged records included."""
    statement = select(func.count()).where(col(Duplicate.state) == DuplicateState.OPEN)
    return session.scalar(statement) or 0


def decide_distinct(
    session: Session, duplicate_id: UUID, *, note: str, clock: Clock = utc_now
) -> DuplicateOut:
    """Record that the two are different persons: they leave the queue and cannot be merged.

    Raises:
        NotFound: ``PAT-080``.
        Conflict: ``PAT-081`` already decided.
    """
    row = _load(session, duplicate_id, DuplicateState.OPEN)
    row.state, row.note = DuplicateState.DISTINCT, note
    row.decided_at, row.decided_by = clock(), current_context().actor.account_id
    return _decided(session, row)


def reopen_duplicate(session: Session, duplicate_id: UUID, *, note: str) -> DuplicateOut:
    """Take a decision back: the pair returns to the queue.

    Raises:
        NotFound: ``PAT-080``.
        Conflict: ``PAT-081`` still open.
    """
    row = _load(session, duplicate_id, DuplicateState.DISTINCT)
    row.state, row.note = DuplicateState.OPEN, note
    row.decided_at = row.decided_by = None
    return _decided(session, row)


def _alike(session: Session, patient: Patient) -> Sequence[Patient]:
    """Return the records worth a comparison: born the same day, or of exactly the same names."""
    same_names = [
        (col(SearchName.family) == family) & (col(SearchName.given) == given)
        for family in _families(patient)
        for given in _givens(patient)
    ]
    ids: set[UUID] = set()
    for condition in (col(SearchName.birth_date) == patient.birth_date, or_(*same_names)):
        found = select(col(SearchName.patient_id)).where(condition).distinct().limit(_NEAR)
        ids.update(session.scalars(found))
    return session.scalars(
        select(Patient).where(
            col(Patient.id).in_(ids - {patient.id}), col(Patient.merged_into_id).is_(None)
        )
    ).all()


def _queue(session: Session, one: Patient, other: Patient, clock: Clock) -> bool:
    score = score_pair(one, other)
    if score.value < QUEUED_FROM:
        return False
    low, high = sorted((one.id, other.id))
    pair = select(Duplicate).where(col(Duplicate.first_id) == low, col(Duplicate.second_id) == high)
    known = session.scalar(pair)
    if known is None:
        session.add(
            Duplicate(
                first_id=low,
                second_id=high,
                score=score.value,
                reasons=list(score.reasons),
                found_at=clock(),
            )
        )
    elif known.state is DuplicateState.OPEN:
        known.score, known.reasons = score.value, list(score.reasons)
    return known is None


def _load(session: Session, duplicate_id: UUID, state: DuplicateState) -> Duplicate:
    row = session.get(Duplicate, duplicate_id, with_for_update=True)
    if row is None:
        raise NotFound("PAT-080", "Cette paire n'existe pas. Rechargez la file des doublons.")
    if row.state is not state:
        raise Conflict(
            "PAT-081", "Cette paire a été traitée entre-temps. Rechargez la file des doublons."
        )
    return row


def _decided(session: Session, row: Duplicate) -> DuplicateOut:
    session.flush()
    for patient_id in (row.first_id, row.second_id):
        record_event(
            session,
            "patient.duplicate.decide",
            patient_id=patient_id,
            object_kind="duplicate",
            object_id=row.id,
            details={"state": row.state.value},
        )
    return _view(row)


def _view(row: Duplicate) -> DuplicateOut:
    return DuplicateOut(
        id=row.id,
        first_id=row.first_id,
        second_id=row.second_id,
        score=row.score,
        reasons=tuple(row.reasons),
        state=row.state,
        found_at=row.found_at,
        note=row.note,
    )


def _families(patient: Patient) -> set[str]:
    return {search_key(patient.birth_family_name), search_key(patient.used_family_name)} - {""}


def _givens(patient: Patient) -> set[str]:
    return {search_key(patient.first_given_name), search_key(patient.used_given_name)} - {""}


def _of_names(points: int, name: str, one: set[str], other: set[str]) -> tuple[int, str]:
    errors = min(distance(a, b) for a in one for b in other)
    if errors == 0:
        return points, f"{name}_equal"
    if errors <= NEIGHBOURHOOD and min(map(len, one | other)) > NEIGHBOURHOOD + errors:
        return round(points * (1 - errors / 4)), f"{name}_near"
    return 0, f"{name}_differs"


def _of_birth(first: Patient, second: Patient) -> tuple[int, str]:
    one, other = first.birth_date, second.birth_date
    if one == other:
        return _BIRTH, "birth_equal"
    if is_inverted(one, other):
        return round(_BIRTH * 0.8), "birth_inverted"
    differing = sum(a != b for a, b in zip(one.isoformat(), other.isoformat(), strict=True))
    if differing == 1:
        return round(_BIRTH * 0.6), "birth_near"
    return 0, "birth_differs"


def _of_equal(points: int, name: str, one: str, other: str, *, unknown: str) -> tuple[int, str]:
    if unknown in {one, other}:
        return points // 2, f"{name}_unknown"
    return (points, f"{name}_equal") if one == other else (0, f"{name}_differs")
