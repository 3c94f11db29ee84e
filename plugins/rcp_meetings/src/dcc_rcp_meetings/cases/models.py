"""What cases look like outside the services."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from dcc_rcp_meetings.cases.states import STATE_LABELS, CaseState, Lane
from dcc_rcp_meetings.quorum.engine import QuorumState
from dcc_rcp_meetings.tables import Case


@dataclass(frozen=True, slots=True)
class CaseOut:
    """A case as it leaves the services; names of patients are read apart, with their own audit.

    Attributes:
        rank: Place on the agenda, 1 first; 0 while it waits.
        motive: Why it is presented, a code of ``MOTIVES``.
        quorum: Proof frozen at the discussion, empty before.
        reason: Why it was postponed or withdrawn.
        revision: To hand back with the next step, so that two persons never overwrite each other.
    """

    id: UUID
    rcp_id: UUID
    session_id: UUID | None
    patient_id: UUID
    fiche_id: UUID | None
    state: CaseState
    lane: Lane
    motive: str
    minutes: int
    rank: int
    is_late: bool
    is_regularisation: bool
    requester: Mapping[str, str]
    requester_id: UUID | None
    presenter: Mapping[str, str]
    needs: tuple[str, ...]
    attachments: tuple[Mapping[str, str], ...]
    previous_id: UUID | None
    origin_id: UUID | None
    reason: str
    reason_text: str
    quorum: Mapping[str, Any] = field(repr=False)
    started_at: datetime | None
    discussed_at: datetime | None
    decision_revision: int
    revision: int
    document_id: UUID | None
    document_version: int
    outcome: str
    outcome_reason: str
    created_at: datetime

    @property
    def label(self) -> str:
        """Return the state as people read it."""
        return STATE_LABELS[self.state]

    @property
    def quorum_state(self) -> QuorumState | None:
        """Return the frozen quorum, None before the discussion."""
        return QuorumState(self.quorum["état"]) if self.quorum else None


MOTIVES = {
    "initial": "Traitement initial",
    "apres_chirurgie": "Après chirurgie",
    "recidive": "Récidive ou progression",
    "complement": "Complément d'examen",
    "diagnostic": "Avis diagnostique",
    "surveillance": "Surveillance",
    "arret": "Arrêt du traitement spécifique",
    "regularisation": "Régularisation",
}

MOTIVE_MINUTES = {"initial": 7, "recidive": 10, "complement": 5, "surveillance": 4}
"""Planned minutes by motive; 7 for the others."""


def case_out(row: Case) -> CaseOut:
    """Return a case from its row."""
    return CaseOut(
        id=row.id,
        rcp_id=row.rcp_id,
        session_id=row.session_id,
        patient_id=row.patient_id,
        fiche_id=row.fiche_id,
        state=CaseState(row.state),
        lane=Lane(row.lane),
        motive=row.motive,
        minutes=row.minutes,
        rank=row.rank,
        is_late=row.is_late,
        is_regularisation=row.is_regularisation,
        requester=row.requester,
        requester_id=row.requester_id,
        presenter=row.presenter,
        needs=tuple(row.needs),
        attachments=tuple(row.attachments),
        previous_id=row.previous_id,
        origin_id=row.origin_id,
        reason=row.reason,
        reason_text=row.reason_text,
        quorum=row.quorum,
        started_at=row.started_at,
        discussed_at=row.discussed_at,
        decision_revision=row.decision_revision,
        revision=row.revision,
        document_id=row.document_id,
        document_version=row.document_version,
        outcome=row.outcome,
        outcome_reason=row.outcome_reason,
        created_at=row.created_at,
    )
