"""What comes after an opinion: present again, follow on to another RCP, say what became of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session

from dcc_core.api import Conflict, InvalidInput, record_event
from dcc_rcp_forms.api import Stored, read_fiche
from dcc_rcp_meetings.cases.decision import fiche_of
from dcc_rcp_meetings.cases.fiches import carry_fiche, pass_on_answers
from dcc_rcp_meetings.cases.models import CaseOut, case_out
from dcc_rcp_meetings.cases.registration import Request, request_case
from dcc_rcp_meetings.cases.states import SIGNED
from dcc_rcp_meetings.cases.steps import case_row, locked_case
from dcc_rcp_meetings.people import Author


class Outcome(StrEnum):
    """What became of a proposal."""

    APPLIED = "appliquee"
    MODIFIED = "modifiee"
    REFUSED = "refusee"


OUTCOME_LABELS = {
    Outcome.APPLIED: "Appliquée",
    Outcome.MODIFIED: "Modifiée",
    Outcome.REFUSED: "Refusée par le patient",
}


def present_again(
    session: Session, case_id: UUID, *, motive: str, author: Author, now: datetime
) -> CaseOut:
    """Ask for another discussion in the same RCP; the signed fiche is carried forward.

    Raises:
        NotFound: ``RCP-400``.
        Conflict: ``RCP-430`` the case is not signed, ``RCP-402``, ``RCP-403``.
        InvalidInput: ``RCP-406``.
    """
    row = locked_case(session, case_id)
    _require_signed(row.state)
    draft = carry_fiche(session, fiche_of(row), author=author, now=now)
    request = Request(
        rcp_id=row.rcp_id,
        patient_id=row.patient_id,
        motive=motive,
        attachments=_with_document(row.attachments, row.document_id),
        previous_id=row.id,
        fiche_id=draft,
    )
    return request_case(session, request, author=author, now=now)


def follow_on(
    session: Session, case_id: UUID, rcp_id: UUID, *, author: Author, now: datetime
) -> CaseOut:
    """Send a concluded case to another RCP (recours, moléculaire, oncogériatrie …) with its papers.

    The answers that both forms share are carried over, the documents and the opinion too.

    Raises:
        NotFound: ``RCP-400``, ``RCP-200``.
        Conflict: ``RCP-431`` the case is not concluded, ``RCP-432`` it is the same RCP,
            ``RCP-402``, ``RCP-403``.
    """
    row = locked_case(session, case_id)
    if row.discussed_at is None:
        raise Conflict("RCP-431", "Concluez d'abord la discussion de ce dossier.")
    if row.rcp_id == rcp_id:
        raise Conflict("RCP-432", "C'est la même RCP : inscrivez le dossier à une autre séance.")
    request = Request(
        rcp_id=rcp_id,
        patient_id=row.patient_id,
        motive=row.motive,
        attachments=_with_document(row.attachments, row.document_id),
        origin_id=row.id,
    )
    following = request_case(session, request, author=author, now=now)
    source = read_fiche(session, fiche_id=fiche_of(row))
    target_id = following.fiche_id or fiche_of(case_row(session, following.id))
    pass_on_answers(session, source, target_id, author=author, now=now)
    return following


def changes_since(session: Session, case: CaseOut) -> tuple[tuple[str, Stored, Stored], ...]:
    """Return label, former and present answer of each field that changed since the last time."""
    if case.previous_id is None or case.fiche_id is None:
        return ()
    former_id = case_row(session, case.previous_id).fiche_id
    if former_id is None or former_id == case.fiche_id:
        return ()
    former, present = (read_fiche(session, fiche_id=one) for one in (former_id, case.fiche_id))
    return tuple(
        (field.label, former.answers.get(field.id), present.answers.get(field.id))
        for field in present.loaded.form.fields()
        if former.answers.get(field.id) != present.answers.get(field.id)
    )


def record_outcome(
    session: Session, case_id: UUID, outcome: str, *, reason: str = "", now: datetime
) -> CaseOut:
    """Note what became of the proposal; the last answer holds.

    Raises:
        NotFound: ``RCP-400``.
        Conflict: ``RCP-430`` the opinion is not signed.
        InvalidInput: ``RCP-433`` not in the list, or no reason where one is needed.
    """
    row = locked_case(session, case_id)
    _require_signed(row.state)
    needs_reason = outcome != Outcome.APPLIED
    if outcome not in set(Outcome) or (needs_reason and not reason.strip()):
        raise InvalidInput(
            "RCP-433", "Choisissez une suite ; si elle diffère de l'avis, dites pourquoi."
        )
    row.outcome, row.outcome_reason, row.outcome_at = outcome, reason.strip()[:300], now
    row.revision += 1
    session.add(row)
    session.flush()
    record_event(
        session,
        "rcp.case.outcome",
        patient_id=row.patient_id,
        object_kind="rcp_case",
        object_id=row.id,
        details={"outcome": outcome},
    )
    return case_out(row)


def _require_signed(state: str) -> None:
    if state not in SIGNED:
        raise Conflict("RCP-430", "L'avis de ce dossier n'est pas encore signé.")


def _with_document(
    attachments: list[dict[str, str]], document_id: UUID | None
) -> list[dict[str, str]]:
    known = {one["document_id"] for one in attachments}
    if document_id is None or str(document_id) in known:
        return list(attachments)
    return [*attachments, {"document_id": str(document_id), "title": "Avis de la RCP précédente"}]
