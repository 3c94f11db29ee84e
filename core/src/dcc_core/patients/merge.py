"""Merge two records of one person, and undo it. Always a person's decision, never automatic.

Source: RNIV 1 v2.0 (treatment of duplicates); the surviving identity must be proved again before
its INS leaves, because two files have just been found to disagree.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import or_, select
from sqlmodel import Session, col

from dcc_core.audit import record_event
from dcc_core.audit.context import current_context
from dcc_core.config import Clock, utc_now
from dcc_core.db.events import emit
from dcc_core.errors import Conflict, InvalidInput, NotFound
from dcc_core.hooks import Dispatcher
from dcc_core.hooks.contracts.life import PatientsMerged, PatientsUnmerged
from dcc_core.patients.duplicates import queue_duplicates
from dcc_core.patients.images import Image, encode
from dcc_core.patients.journal import move_rows, recording, write_entry
from dcc_core.patients.rows import load_patient, resolve_patient
from dcc_core.patients.status import RANK, withdraw_proof
from dcc_core.patients.tables import (
    Duplicate,
    DuplicateState,
    JournalKind,
    Merge,
    MergeJournal,
    Patient,
)
from dcc_core.patients.undo import undo_entries

_TRUST = ("status", "validation_mode", "validated_at")
_PATIENT_TABLE = Patient.__table__  # type: ignore[attr-defined]  # set by SQLModel


@dataclass(frozen=True, slots=True)
class MergeOut:
    """A merge as shown to the identity cell.

    Attributes:
        rows: How many rows of the core and of plugins it touched.
    """

    id: int
    kept_id: UUID
    dropped_id: UUID
    reason: str
    merged_at: datetime
    undone_at: datetime | None
    rows: int


def merge_patients(
    session: Session,
    *,
    kept_id: UUID,
    dropped_id: UUID,
    reason: str,
    dispatcher: Dispatcher,
    clock: Clock = utc_now,
) -> MergeOut:
    """Make two records one. The dropped one remains as an alias; every row of it moves.

    A plugin may refuse from ``dcc_patient_merged``: nothing is then changed.

    Raises:
        NotFound: ``PAT-020``.
        Conflict: ``PAT-070`` … ``PAT-075``, the reason why these two may not be merged so.
        InvalidInput: ``PAT-077`` no reason given.
    """
    if not reason.strip():
        raise InvalidInput(
            "PAT-077",
            "Une fusion se motive. Indiquez en quelques mots ce qui l'établit.",
            field="reason",
        )
    kept, dropped = _lock(session, kept_id, dropped_id)
    _refuse_if_forbidden(session, kept, dropped)
    merge = Merge(
        kept_id=kept_id,
        dropped_id=dropped_id,
        reason=reason.strip(),
        merged_at=clock(),
        merged_by=current_context().actor.account_id,
    )
    session.add(merge)
    session.flush()
    _make_alias(session, merge, kept, dropped, clock)
    move_rows(session, number_of(merge), source_id=dropped_id, target_id=kept_id)
    with recording(session, number_of(merge)):
        dispatcher.tx("dcc_patient_merged", session=session, kept_id=kept_id, dropped_id=dropped_id)
    queue_duplicates(session, kept, clock=clock)
    _note(session, "patient.merge", merge)
    emit(
        session,
        PatientsMerged(event_id=uuid4(), at=clock(), kept_id=kept_id, dropped_id=dropped_id),
    )
    return view_merge(session, merge)


def unmerge_patients(
    session: Session, merge_id: int, *, reason: str, clock: Clock = utc_now
) -> MergeOut:
    """Undo a merge, even when others followed it. What arrived since stays with the kept record.

    Raises:
        NotFound: ``PAT-078`` unknown merge.
        Conflict: ``PAT-076`` already undone, ``PAT-079`` a later merge stands in the way of a row.
        InvalidInput: ``PAT-077`` no reason given.
    """
    if not reason.strip():
        raise InvalidInput(
            "PAT-077",
            "Une séparation se motive. Indiquez en quelques mots ce qui l'établit.",
            field="reason",
        )
    merge = session.scalar(select(Merge).where(col(Merge.id) == merge_id).with_for_update())
    if merge is None:
        raise NotFound("PAT-078", "Cette fusion n'existe pas. Consultez l'historique de la fiche.")
    if merge.undone_at is not None:
        raise Conflict("PAT-076", "Cette fusion a déjà été annulée. Rechargez la page.")
    survivor_id = resolve_patient(session, merge.kept_id)
    _lock(session, survivor_id, merge.dropped_id)
    if undo_entries(session, merge, _family(session, survivor_id)):
        raise Conflict(
            "PAT-079",
            "Une fusion plus récente occupe la place d'une donnée à rendre. Annulez d'abord les"
            " fusions plus récentes de ces fiches, la dernière en premier.",
        )
    merge.undone_at, merge.undo_reason = clock(), reason.strip()
    merge.undone_by = current_context().actor.account_id
    _touch(session, clock, survivor_id, merge.kept_id, merge.dropped_id)
    _move_what_was_held_back(session, survivor_id, merge.dropped_id)
    _note(session, "patient.unmerge", merge)
    emit(
        session,
        PatientsUnmerged(
            event_id=uuid4(), at=clock(), kept_id=merge.kept_id, restored_id=merge.dropped_id
        ),
    )
    return view_merge(session, merge)


def choose_survivor(session: Session, first_id: UUID, second_id: UUID) -> tuple[UUID, UUID]:
    """Return (kept, dropped) as the rule has it: the more trusted record, then the older one."""
    pair = [load_patient(session, first_id), load_patient(session, second_id)]
    pair.sort(key=lambda patient: (-RANK[patient.status], patient.created_at, patient.id))
    return pair[0].id, pair[1].id


def list_merges(session: Session, patient_id: UUID) -> tuple[MergeOut, ...]:
    """Return the merges that a record took part in, the latest first."""
    merges = session.scalars(
        select(Merge)
        .where(or_(col(Merge.kept_id) == patient_id, col(Merge.dropped_id) == patient_id))
        .order_by(col(Merge.id).desc())
    )
    return tuple(view_merge(session, merge) for merge in merges)


def view_merge(session: Session, merge: Merge) -> MergeOut:
    """Return what callers see of a merge."""
    rows = session.scalars(
        select(col(MergeJournal.row_digest))
        .where(col(MergeJournal.merge_id) == merge.id)
        .group_by(col(MergeJournal.table), col(MergeJournal.row_digest))
    )
    return MergeOut(
        id=number_of(merge),
        kept_id=merge.kept_id,
        dropped_id=merge.dropped_id,
        reason=merge.reason,
        merged_at=merge.merged_at,
        undone_at=merge.undone_at,
        rows=len(rows.all()),
    )


def number_of(merge: Merge) -> int:
    """Return the number of a stored merge."""
    if merge.id is None:
        raise LookupError("the merge is not stored yet")
    return merge.id


def _lock(session: Session, first_id: UUID, second_id: UUID) -> tuple[Patient, Patient]:
    """Lock both records, always in the same order so that two merges cannot wait for each other."""
    found = {
        patient.id: patient
        for patient in session.scalars(
            select(Patient)
            .where(col(Patient.id).in_({first_id, second_id}))
            .order_by(col(Patient.id))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    if {first_id, second_id} - found.keys():
        raise NotFound("PAT-020", "Ce patient n'existe pas. Reprenez la recherche.")
    return found[first_id], found[second_id]


def _refuse_if_forbidden(session: Session, kept: Patient, dropped: Patient) -> None:
    if kept.id == dropped.id:
        raise Conflict("PAT-070", "C'est la même fiche. Choisissez deux fiches différentes.")
    if kept.merged_into_id is not None or dropped.merged_into_id is not None:
        raise Conflict(
            "PAT-071",
            "L'une de ces fiches a déjà été fusionnée. Ouvrez la fiche conservée et recommencez.",
        )
    if kept.ins_matricule is not None and dropped.ins_matricule is not None:
        raise Conflict(
            "PAT-072",
            "Ces fiches portent deux matricules INS différents : INSi connaît deux personnes."
            " Vérifiez les deux identités auprès d'INSi avant toute fusion.",
        )
    if RANK[kept.status] < RANK[dropped.status]:
        raise Conflict(
            "PAT-073",
            "La fiche à conserver est moins fiable que l'autre. Conservez celle dont l'identité est"
            " la mieux établie.",
        )
    if kept.is_fictitious != dropped.is_fictitious:
        raise Conflict(
            "PAT-074",
            "Une identité fictive ne se fusionne pas avec une identité réelle. Vérifiez les deux"
            " fiches.",
        )
    if _declared_distinct(session, kept.id, dropped.id):
        raise Conflict(
            "PAT-075",
            "La cellule d'identitovigilance a établi que ce sont deux personnes. Revenez d'abord"
            " sur cette décision.",
        )


def _declared_distinct(session: Session, first_id: UUID, second_id: UUID) -> bool:
    low, high = sorted((first_id, second_id))
    state = session.scalar(
        select(col(Duplicate.state)).where(
            col(Duplicate.first_id) == low, col(Duplicate.second_id) == high
        )
    )
    return state is DuplicateState.DISTINCT


def _make_alias(
    session: Session, merge: Merge, kept: Patient, dropped: Patient, clock: Clock
) -> None:
    before = {name: encode(getattr(kept, name)) for name in _TRUST}
    withdraw_proof(kept)
    after = {name: encode(getattr(kept, name)) for name in _TRUST}
    dropped.merged_into_id = kept.id
    session.flush()
    alias: Image = {"merged_into_id": encode(kept.id)}
    _write(session, merge, dropped.id, JournalKind.MOVED, {"merged_into_id": None}, alias)
    _write(session, merge, kept.id, JournalKind.CHANGED, before, after)
    _touch(session, clock, kept.id, dropped.id)


def _write(
    session: Session, merge: Merge, patient_id: UUID, kind: JournalKind, old: Image, new: Image
) -> None:
    key = {"id": encode(patient_id)}
    write_entry(session, number_of(merge), _PATIENT_TABLE, key, kind, old, new)


def _touch(session: Session, clock: Clock, *patient_ids: UUID) -> None:
    for patient_id in set(patient_ids):
        patient = load_patient(session, patient_id)
        patient.version += 1
        patient.updated_at = clock()
    session.flush()


def _family(session: Session, survivor_id: UUID) -> frozenset[UUID]:
    aliases = session.scalars(
        select(col(Patient.id)).where(col(Patient.merged_into_id) == survivor_id)
    )
    return frozenset((survivor_id, *aliases))


def _move_what_was_held_back(session: Session, *survivor_ids: UUID) -> None:
    """Move the rows that a constraint kept with an alias, now that the constraint may be lifted.

    Only straight to the survivor: a row set down with another alias could stand in the way when
    that one is restored.
    """
    lasting = session.scalars(
        select(Merge)
        .join(Patient, col(Patient.id) == col(Merge.dropped_id))
        .where(
            col(Merge.kept_id).in_(survivor_ids),
            col(Patient.merged_into_id) == col(Merge.kept_id),
            col(Merge.undone_at).is_(None),
        )
        .order_by(col(Merge.id))
    ).all()
    for merge in lasting:
        move_rows(session, number_of(merge), source_id=merge.dropped_id, target_id=merge.kept_id)


def _note(session: Session, event: str, merge: Merge) -> None:
    for patient_id, other_id in (
        (merge.kept_id, merge.dropped_id),
        (merge.dropped_id, merge.kept_id),
    ):
        record_event(
            session,
            event,
            patient_id=patient_id,
            object_kind="merge",
            reason=merge.undo_reason or merge.reason,
            details={"other": str(other_id), "merge": merge.id},
        )
