"""Follow signed opinions to their destinations: a case is disseminated when all have arrived."""

from datetime import datetime

from sqlmodel import Session, col, select

from dcc_core.api import OutboxState, list_deliveries
from dcc_rcp_meetings.cases.states import CaseState
from dcc_rcp_meetings.cases.steps import take_step
from dcc_rcp_meetings.people import SYSTEM
from dcc_rcp_meetings.tables import Case

_PAGE = 200


def follow_deliveries(session: Session, *, now: datetime) -> int:
    """Mark the signed cases whose document has reached every destination; return how many."""
    statement = (
        select(Case)
        .where(col(Case.state).in_([CaseState.VALIDATED, CaseState.RECTIFIED]))
        .order_by(col(Case.updated_at), col(Case.id))
        .limit(_PAGE)
    )
    arrived = [row for row in session.exec(statement).all() if _has_arrived(session, row)]
    for row in arrived:
        take_step(session, row, CaseState.DISSEMINATED, author=SYSTEM, now=now)
    return len(arrived)


def _has_arrived(session: Session, row: Case) -> bool:
    deliveries = [
        one
        for one in list_deliveries(session, document_id=row.document_id)
        if one.document_version == row.document_version
    ]
    return bool(deliveries) and all(one.state is OutboxState.DELIVERED for one in deliveries)
