"""The decision of a case: the answers of its fiche that belong to the session.

They are stored once, in the fiche: what is typed here is what is signed, printed and counted. Each
field has its own revision, so that two persons who write at once either touch different fields or
see both texts; nothing is overwritten.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dcc_core.api import Conflict, record_event
from dcc_rcp_forms.api import FicheOut, Field, Phase, Stored, read_fiche, save_field
from dcc_rcp_meetings.cases.states import (
    DECIDED,
    STATE_LABELS,
    WRITABLE,
    CaseState,
    Lane,
)
from dcc_rcp_meetings.cases.steps import case_row, locked_case, note_step
from dcc_rcp_meetings.live.topics import tell_answer
from dcc_rcp_meetings.people import SYSTEM, Author
from dcc_rcp_meetings.quorum.engine import QuorumState
from dcc_rcp_meetings.tables import Case


@dataclass(frozen=True, slots=True)
class DecisionField:
    """One answer of the decision: ``revision`` is what the next writer must have seen."""

    field: Field
    stored: Stored
    revision: int


@dataclass(frozen=True, slots=True)
class DecisionOut:
    """The decision as it stands.

    Attributes:
        revision: Grows with every answer, whichever the field.
        fields: The visible fields of the session, in form order.
        missing: Labels of what the opinion still needs.
        blockers: Why it cannot be signed, as the form says it.
    """

    case_id: UUID
    revision: int
    fields: tuple[DecisionField, ...]
    missing: tuple[str, ...]
    blockers: tuple[str, ...]
    is_complete: bool

    def stored(self, name: str) -> Stored:
        """Return the answer to a field, None when there is none."""
        found = (item.stored for item in self.fields if item.field.id == name)
        return next(found, None)

    def revision_of(self, name: str) -> int:
        """Return the revision of a field; 0 when it was never written."""
        found = (item.revision for item in self.fields if item.field.id == name)
        return next(found, 0)


def read_decision(session: Session, case_id: UUID) -> DecisionOut:
    """Return the decision of a case.

    Raises:
        NotFound: ``RCP-400``.
        Conflict: ``RCP-412`` the case has no fiche any more: it was postponed.
    """
    row = case_row(session, case_id)
    return decision_of(row, read_fiche(session, fiche_id=fiche_of(row)))


def save_answer(
    session: Session,
    case_id: UUID,
    *,
    field: str,
    stored: Stored,
    seen_revision: int,
    author: Author,
    now: datetime,
    source: str = "saisie",
    reference: str = "",
) -> FicheOut:
    """Save one answer of a case's fiche, of the preparation or of the decision.

    An answer that makes a prepared or drafted case incomplete brings it back one step.

    Raises:
        NotFound: ``RCP-400``.
        Conflict: ``RCP-413`` the case is signed, postponed or withdrawn.
        FieldConflictError: Somebody changed this field since ``seen_revision``; carries both texts.
        InvalidInput: ``FRM-S07`` nobody fills this field.
    """
    row = locked_case(session, case_id)
    if row.state not in WRITABLE:
        raise Conflict(
            "RCP-413",
            f"Ce dossier est à l'état « {STATE_LABELS[CaseState(row.state)]} » : sa fiche ne "
            "s'écrit plus. Créez une version corrective s'il est signé.",
        )
    fiche = save_field(
        session,
        fiche_id=fiche_of(row),
        field=field,
        stored=stored,
        seen_revision=seen_revision,
        author=author.name,
        at=now,
        source=source,
        reference=reference,
    )
    row.decision_revision += 1
    _step_back(session, row, fiche, now)
    session.add(row)
    session.flush()
    tell_answer(session, row, field, fiche.revisions[field], by=author.account_id)
    record_event(
        session,
        "rcp.fiche.write",
        patient_id=row.patient_id,
        object_kind="rcp_case",
        object_id=row.id,
        object_version=row.decision_revision,
        details={"field": field},
    )
    return fiche


def write_facts(
    session: Session, row: Case, facts: dict[str, Stored], *, author: Author, now: datetime
) -> FicheOut:
    """Write what the session itself states (quorum, treatment of the case) where the form asks."""
    fiche = read_fiche(session, fiche_id=fiche_of(row))
    known = {item.id for item in fiche.loaded.form.fields() if item.is_answerable}
    for field, stored in facts.items():
        if field in known and fiche.answers.get(field) != stored:
            fiche = save_field(
                session,
                fiche_id=fiche.id,
                field=field,
                stored=stored,
                seen_revision=fiche.revisions.get(field, 0),
                author=author.name,
                at=now,
                source="séance",
            )
    return fiche


def session_facts(quorum: QuorumState, lane: Lane) -> dict[str, Stored]:
    """Return what the session states of a case, as answers of the common base."""
    return {
        "quorum": quorum.value,
        "statut_cas": "enregistré" if lane is Lane.RECORDING else "discuté",
    }


def fiche_of(row: Case) -> UUID:
    """Return the fiche of a case.

    Raises:
        Conflict: ``RCP-412``.
    """
    if row.fiche_id is None:
        raise Conflict(
            "RCP-412", "Ce dossier a été reporté : sa fiche suit la nouvelle inscription."
        )
    return row.fiche_id


def decision_of(row: Case, fiche: FicheOut) -> DecisionOut:
    """Return the decision that a fiche holds."""
    visible = set(fiche.state.visible)
    fields = tuple(
        DecisionField(item, fiche.answers.get(item.id), fiche.revisions.get(item.id, 0))
        for item in fiche.loaded.form.fields()
        if item.phase is Phase.SESSION and item.is_answerable and item.id in visible
    )
    labels = {item.id: item.label for item in fiche.loaded.form.fields()}
    missing = (path.split("[")[0] for path in fiche.state.missing_at(Phase.SESSION))
    return DecisionOut(
        row.id,
        row.decision_revision,
        fields,
        tuple(dict.fromkeys(labels.get(name, name) for name in missing)),
        tuple(alert.message for alert in fiche.state.blockers("validation")),
        fiche.state.can_end(Phase.SESSION),
    )


def _step_back(session: Session, row: Case, fiche: FicheOut, now: datetime) -> None:
    """A case whose fiche is no longer complete is no longer prepared, or no longer to be signed."""
    before = CaseState(row.state)
    if before is CaseState.PREPARED and not fiche.state.can_end(Phase.PREPARATION):
        row.state = CaseState.REGISTERED
    elif before is CaseState.DRAFTED and not fiche.state.can_end(Phase.SESSION):
        is_recorded = row.lane == Lane.RECORDING
        row.state = CaseState.RECORDED if is_recorded else CaseState.DISCUSSED
    elif before in DECIDED and fiche.state.can_end(Phase.SESSION):
        row.state = CaseState.DRAFTED
    if row.state != before:
        note_step(session, row, before, author=SYSTEM, now=now)
