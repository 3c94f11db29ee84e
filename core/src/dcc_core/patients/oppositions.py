"""What patients oppose: one dated fact per purpose and day, never erased, the latest holds."""

from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from dcc_core.audit import record_event
from dcc_core.audit.context import current_context
from dcc_core.config import Clock, utc_now
from dcc_core.db.events import emit
from dcc_core.db.rows import read_rows
from dcc_core.db.tables import METADATA
from dcc_core.errors import InvalidInput
from dcc_core.hooks.contracts.life import OppositionChanged
from dcc_core.patients.rows import load_for_change
from dcc_core.patients.tables import Opposition, SharingPurpose

_stated = METADATA.tables[str(Opposition.__tablename__)].c
_STATED = (
    select(_stated.purpose, _stated.is_opposed)
    .where(_stated.patient_id == bindparam("patient"))
    .order_by(_stated.stated_on.desc(), _stated.id.desc())
)


def record_opposition(
    session: Session,
    patient_id: UUID,
    purpose: SharingPurpose,
    *,
    is_opposed: bool,
    stated_on: date,
    source: str = "",
    clock: Clock = utc_now,
) -> None:
    """Note that the patient opposed, or did not oppose, one kind of sharing.

    Args:
        stated_on: Day on which the patient said so.
        source: How it is known: ``oral``, ``document``, or the key of an interface.

    Raises:
        InvalidInput: ``PAT-015`` the day is in the future.
    """
    now = clock()
    if stated_on > now.date():
        raise InvalidInput(
            "PAT-015", "Cette date est dans le futur. Vérifiez-la.", field="stated_on"
        )
    patient = load_for_change(session, patient_id)
    before = is_opposed_to(session, patient.id, purpose)
    session.add(
        Opposition(
            patient_id=patient.id,
            purpose=purpose,
            is_opposed=is_opposed,
            stated_on=stated_on,
            recorded_at=now,
            recorded_by=current_context().actor.account_id,
            source=source,
        )
    )
    session.flush()
    record_event(
        session,
        "patient.opposition",
        patient_id=patient.id,
        object_kind="patient",
        object_id=patient.id,
        details={"purpose": purpose.value, "opposed": is_opposed},
    )
    after = is_opposed_to(session, patient.id, purpose)
    if after != before:
        emit(
            session,
            OppositionChanged(
                event_id=uuid4(),
                at=now,
                patient_id=patient.id,
                purpose=purpose.value,
                opposed=bool(after),
            ),
        )


def is_opposed_to(session: Session, patient_id: UUID, purpose: SharingPurpose) -> bool | None:
    """Tell whether the patient opposes this sharing now; None when nobody has asked yet."""
    return session.scalar(
        select(col(Opposition.is_opposed))
        .where(col(Opposition.patient_id) == patient_id, col(Opposition.purpose) == purpose)
        .order_by(col(Opposition.stated_on).desc(), col(Opposition.id).desc())
        .limit(1)
    )


def list_oppositions(session: Session, patient_id: UUID) -> tuple[Opposition, ...]:
    """Return every fact stated, the latest first. For the core's pages and exports."""
    return tuple(
        session.scalars(
            select(Opposition)
            .where(col(Opposition.patient_id) == patient_id)
            .order_by(col(Opposition.stated_on).desc(), col(Opposition.id).desc())
        )
    )


def opposed_purposes(session: Session, patient_id: UUID) -> frozenset[str]:
    """Return every kind of sharing the patient opposes now, for decisions of access."""
    latest: dict[str, bool] = {}
    for fact in read_rows(session, _STATED, patient=patient_id):
        latest.setdefault(fact.purpose.value, fact.is_opposed)
    return frozenset(purpose for purpose, is_opposed in latest.items() if is_opposed)
