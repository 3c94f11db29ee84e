"""What merging and handing out a patient's data ask of this plugin."""

import json
from collections.abc import Iterator
from uuid import UUID

from sqlmodel import Session, col, select

from dcc_core.api import ExportPart, utc_now
from dcc_rcp_meetings.cases.models import MOTIVES, CaseOut, case_out
from dcc_rcp_meetings.cases.states import (
    REASON_LABELS,
    TO_DISCUSS,
    CaseState,
    SideReason,
)
from dcc_rcp_meetings.cases.steps import list_steps, take_step
from dcc_rcp_meetings.people import SYSTEM
from dcc_rcp_meetings.tables import Case, Meeting, Rcp

_OPEN = (CaseState.REQUESTED, *TO_DISCUSS, CaseState.IN_SESSION)


def settle_merge(session: Session, patient_id: UUID) -> None:
    """Withdraw the later registrations of a patient who now stands twice for one meeting.

    The one furthest on is kept. Documents of the other stay with its fiche; undoing the merge puts
    the registration back.
    """
    statement = select(Case).where(Case.patient_id == patient_id, col(Case.state).in_(_OPEN))
    rows = session.exec(statement.order_by(col(Case.created_at), col(Case.id))).all()
    kept: set[tuple[UUID, UUID | None]] = set()
    for row in sorted(rows, key=lambda one: -_OPEN.index(CaseState(one.state))):
        key = (row.rcp_id, row.session_id)
        if key in kept:
            now = utc_now()
            if row.state == CaseState.IN_SESSION:
                take_step(session, row, CaseState.REGISTERED, author=SYSTEM, now=now)
            reason = SideReason.DUPLICATE.value
            take_step(session, row, CaseState.WITHDRAWN, author=SYSTEM, now=now, reason=reason)
        kept.add(key)
    session.flush()


def export_cases(session: Session, patient_id: UUID) -> Iterator[ExportPart]:
    """Yield one readable file per presentation of a patient (GDPR art. 15)."""
    statement = (
        select(Case, Rcp, Meeting)
        .join(Rcp, col(Rcp.id) == col(Case.rcp_id))
        .join(Meeting, col(Meeting.id) == col(Case.session_id), isouter=True)
        .where(Case.patient_id == patient_id)
        .order_by(col(Case.created_at), col(Case.id))
    )
    for row, rcp, meeting in session.exec(statement).all():
        readable = _readable(session, case_out(row), rcp, meeting)
        content = json.dumps(readable, ensure_ascii=False, indent=2)
        path = f"rcp_meetings/presentation-{row.id}.json"
        yield ExportPart(path, "application/json", content.encode())


def _readable(
    session: Session, case: CaseOut, rcp: Rcp, meeting: Meeting | None
) -> dict[str, object]:
    reason = REASON_LABELS[SideReason(case.reason)] if case.reason else None
    return {
        "rcp": rcp.name,
        "séance": meeting.starts_at.isoformat() if meeting else None,
        "motif": MOTIVES.get(case.motive, case.motive),
        "état": case.label,
        "motif du report ou du retrait": reason,
        "demandé par": case.requester.get("name", ""),
        "présenté par": case.presenter.get("name", ""),
        "quorum": dict(case.quorum),
        "document": str(case.document_id) if case.document_id else None,
        "suite donnée": case.outcome or None,
        "étapes": [
            {"le": step.at.isoformat(), "par": step.author, "état": step.after}
            for step in list_steps(session, case.id)
        ],
    }
