"""Care relations: who takes care of a patient, on what ground, until when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from dcc_core.audit import record_event
from dcc_core.db.rows import read_rows
from dcc_core.db.tables import METADATA
from dcc_core.errors import InvalidInput, NotFound
from dcc_core.users.access_tables import CareRelation, CareSource

DEFAULT_DURATION = timedelta(days=365)
"""A relation ends twelve months after the last activity that renewed it."""

RCP_MARGIN = timedelta(days=30)
"""A meeting opens the patients of its session this long before and after."""

_relation = METADATA.tables["core_care_relation"].c
_account = METADATA.tables["core_account"].c
_organisation = METADATA.tables["core_organisation"].c
_TEAM = (
    select_columns(
        _relation.id,
        _relation.account_id,
        _relation.scope,
        _relation.source,
        _relation.starts_at,
        _relation.ends_at,
        _account.given_name,
        _account.family_name,
        _organisation.name.label("organisation"),
    )
    .outerjoin_from(_relation.id.table, _account.id.table, _account.id == _relation.account_id)
    .outerjoin(_organisation.id.table, _organisation.id == _relation.organisation_id)
    .where(_relation.patient_id == bindparam("patient"), _relation.ends_at > bindparam("now"))
    .order_by(_relation.starts_at, _relation.id)
)

_SAME = select(CareRelation).where(
    col(CareRelation.patient_id) == bindparam("patient"),
    col(CareRelation.account_id).is_not_distinct_from(bindparam("account")),
    col(CareRelation.organisation_id).is_not_distinct_from(bindparam("organisation")),
    col(CareRelation.scope) == bindparam("scope"),
    col(CareRelation.source) == bindparam("source"),
    col(CareRelation.reference) == bindparam("reference"),
    col(CareRelation.ends_at) > bindparam("now"),
)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a care relation: exactly one of an account, an organisation's team or a scope."""

    account_id: UUID | None = None
    organisation_id: UUID | None = None
    scope: str = ""

    def __post_init__(self) -> None:
        given = [self.account_id is not None, self.organisation_id is not None, bool(self.scope)]
        if sum(given) != 1:
            raise ValueError("a care relation has exactly one holder")


@dataclass(frozen=True, slots=True)
class CareTeamMember:
    """One line of the care team as the dossier shows it.

    Attributes:
        label: Name of the person or of the organisation; empty for a scope.
        scope: The scope (``rcp:…``), empty for the others.
    """

    relation_id: UUID
    label: str
    source: CareSource
    starts_at: datetime
    ends_at: datetime
    scope: str = ""


def grant_care_relation(
    session: Session,
    *,
    patient_id: UUID,
    holder: Holder,
    source: CareSource,
    now: datetime,
    author_id: UUID | None = None,
    reference: str = "",
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> CareRelation:
    """Open a care relation, or prolong the one in force with the same holder, source and reference.

    Args:
        author_id: Account that opened it; None for an interface.
        reference: What it comes from (identifier of a fiche, of a session, of a stay).
        starts_at: From when; now by default.
        ends_at: Until when; twelve months by default.

    Raises:
        InvalidInput: ``ACC-201`` the end does not follow the start.
    """
    begins = starts_at or now
    ends = ends_at or now + DEFAULT_DURATION
    if ends <= begins:
        raise InvalidInput(
            "ACC-201", "La fin de la relation de soin précède son début.", field="ends_at"
        )
    relation = _in_force(session, patient_id, holder, source, reference, now)
    if relation is None:
        relation = CareRelation(
            patient_id=patient_id,
            account_id=holder.account_id,
            organisation_id=holder.organisation_id,
            scope=holder.scope,
            source=source,
            reference=reference,
            starts_at=begins,
            ends_at=ends,
            author_id=author_id,
        )
        event = "care_relation.open"
    elif relation.ends_at >= ends:
        return relation
    else:
        relation.ends_at = ends
        event = "care_relation.prolong"
    session.add(relation)
    session.flush()
    _record(session, event, relation)
    return relation


def end_care_relation(session: Session, *, relation_id: UUID, now: datetime) -> None:
    """Close a care relation now; access through it stops at once.

    Raises:
        NotFound: ``ACC-202``.
    """
    relation = session.get(CareRelation, relation_id)
    if relation is None or relation.ends_at <= now:
        raise NotFound("ACC-202", "Cette relation de soin n'existe pas ou est déjà close.")
    relation.ends_at = max(now, relation.starts_at + timedelta(microseconds=1))
    session.add(relation)
    session.flush()
    _record(session, "care_relation.end", relation)


def list_care_team(
    session: Session, *, patient_id: UUID, now: datetime
) -> tuple[CareTeamMember, ...]:
    """Return who is in a care relation with the patient now, in order of arrival."""
    return tuple(
        CareTeamMember(
            relation_id=row.id,
            label=_label(row),
            source=CareSource(row.source),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            scope=row.scope,
        )
        for row in read_rows(session, _TEAM, patient=patient_id, now=now)
    )


def _label(row: Row[Any]) -> str:
    if row.account_id is not None:
        return f"{row.given_name} {row.family_name}"
    return str(row.organisation or "")


def _in_force(
    session: Session,
    patient_id: UUID,
    holder: Holder,
    source: CareSource,
    reference: str,
    now: datetime,
) -> CareRelation | None:
    given = {
        "patient": patient_id,
        "account": holder.account_id,
        "organisation": holder.organisation_id,
        "scope": holder.scope,
        "source": source,
        "reference": reference,
        "now": now,
    }
    return session.exec(_SAME, params=given).first()


def _record(session: Session, event: str, relation: CareRelation) -> None:
    record_event(
        session,
        event,
        patient_id=relation.patient_id,
        object_kind="care_relation",
        object_id=relation.id,
        basis=relation.source,
        details={"reference": relation.reference, "ends_at": relation.ends_at.isoformat()},
    )
