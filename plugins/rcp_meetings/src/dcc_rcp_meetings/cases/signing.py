"""Sign opinions, one or many; correct them by a new version."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dcc_core.api import (
    AccessDenied,
    Conflict,
    InvalidInput,
    Issue,
    NotFound,
    file_document,
    get_patient,
    list_versions,
    new_oid,
)
from dcc_rcp_forms.api import FicheOut, read_fiche, sign_fiche
from dcc_rcp_meetings.cases.decision import fiche_of
from dcc_rcp_meetings.cases.document import Edition, case_document
from dcc_rcp_meetings.cases.fiches import carry_fiche
from dcc_rcp_meetings.cases.models import CaseOut, case_out
from dcc_rcp_meetings.cases.professionals import Professionals, organisation_of
from dcc_rcp_meetings.cases.registration import refuse_opposed
from dcc_rcp_meetings.cases.states import SIGNED, CaseState
from dcc_rcp_meetings.cases.steps import case_row, locked_case, take_step
from dcc_rcp_meetings.news import OPINION_SIGNED, tell_about_case
from dcc_rcp_meetings.people import Author, Person
from dcc_rcp_meetings.sessions.service import session_rows
from dcc_rcp_meetings.tables import Case, Meeting, Rcp

Permit = Callable[[UUID], str]
"""Decide whether the signer may sign for a patient now; return the basis, or raise the refusal."""
Judge = Callable[[FicheOut], Iterable[Issue]]
"""Say what the region's plugins think of a fiche about to be signed."""


def unjudged(_fiche: FicheOut) -> tuple[Issue, ...]:
    """Say nothing: for what signs outside a region, where no plugin is asked."""
    return ()


@dataclass(frozen=True, slots=True)
class Signature:
    """What became of one case of a bulk signature: signed, or why not."""

    case_id: UUID
    case: CaseOut | None
    code: str = ""
    text: str = ""

    @property
    def is_signed(self) -> bool:
        """Tell whether the opinion is signed."""
        return self.case is not None


def sign_cases(
    session: Session,
    case_ids: Iterable[UUID],
    *,
    signer: Person,
    permit: Permit,
    now: datetime,
    judge: Judge = unjudged,
) -> tuple[Signature, ...]:
    """Sign several opinions; one that cannot be signed leaves the others signed.

    Each is decided on its own, at this moment: somebody who lost the right in between signs nothing
    more.

    Args:
        judge: What plugins say of a fiche about to be signed; a blocking remark refuses it.
    """
    done = []
    for case_id in dict.fromkeys(case_ids):
        try:
            with session.begin_nested():
                patient_id = case_row(session, case_id).patient_id
                basis = permit(patient_id)
                case = sign_case(session, case_id, signer=signer, now=now, basis=basis, judge=judge)
            done.append(Signature(case_id, case))
        except (AccessDenied, Conflict, InvalidInput, NotFound) as error:
            session.expire_all()
            done.append(Signature(case_id, None, error.code, error.text))
    return tuple(done)


def sign_case(
    session: Session,
    case_id: UUID,
    *,
    signer: Person,
    now: datetime,
    basis: str = "",
    judge: Judge = unjudged,
) -> CaseOut:
    """Sign an opinion: its fiche is locked, its document filed and sent where it is wanted.

    A case that was signed before gets its next version, which replaces the former (RPLC).

    Raises:
        NotFound: ``RCP-400``.
        Conflict: ``RCP-401`` it is not ready, ``RCP-402`` the patient opposes the record,
            ``RCP-423`` it is signed already, ``FRM-S09`` its fiche is not complete,
            ``FRM-S27`` a plugin refuses it.
        InvalidInput: ``RCP-420`` to ``RCP-422`` header or signer lack something.
    """
    row = locked_case(session, case_id)
    if row.state in SIGNED:
        raise Conflict("RCP-423", "Cet avis est déjà signé. Ouvrez le document.")
    refuse_opposed(session, row.patient_id)
    if row.state != CaseState.DRAFTED or row.session_id is None:
        raise Conflict(
            "RCP-401",
            "Cet avis n'est pas prêt à être signé : la discussion n'est pas conclue ou une "
            "réponse manque. Ouvrez la fiche.",
            state=str(row.state),
        )
    meeting, rcp = session_rows(session, row.session_id)
    fiche_id = fiche_of(row)
    remarks = judge(read_fiche(session, fiche_id=fiche_id))
    fiche = sign_fiche(session, fiche_id=fiche_id, at=now, remarks=remarks)
    edition = _edition(session, row, now)
    filed = _file(session, row, rcp, meeting, fiche, signer, edition)
    is_first = row.document_id is None
    row.document_id, row.document_version = filed, edition.version
    row.signed_by = signer.account_id
    after = CaseState.VALIDATED if is_first else CaseState.RECTIFIED
    author = Author(signer.account_id, signer.national_id, signer.name)
    out = take_step(session, row, after, author=author, now=now, basis=basis)
    tell_about_case(session, row, OPINION_SIGNED, now=now, except_id=signer.account_id)
    return out


def correct_case(
    session: Session, case_id: UUID, *, reason: str, author: Author, now: datetime
) -> CaseOut:
    """Open the next version of a signed opinion; the signed one stays in force until it is signed.

    Raises:
        NotFound: ``RCP-400``.
        Conflict: ``RCP-401`` it is not signed.
        InvalidInput: ``RCP-424`` no reason is given.
    """
    if not reason.strip():
        raise InvalidInput("RCP-424", "Indiquez ce qui est corrigé.", field="reason")
    row = locked_case(session, case_id)
    take_step(session, row, CaseState.DRAFTED, author=author, now=now, text=reason)
    row.fiche_id = carry_fiche(session, fiche_of(row), author=author, now=now)
    session.add(row)
    session.flush()
    return case_out(row)


def _edition(session: Session, row: Case, now: datetime) -> Edition:
    oid = new_oid()
    if row.document_id is None:
        return Edition(oid, new_oid(), 1, None, now)
    last = list_versions(session, row.document_id)[0]
    return Edition(oid, last.set_id, last.version + 1, last.version_oid, now)


def _file(
    session: Session,
    row: Case,
    rcp: Rcp,
    meeting: Meeting,
    fiche: FicheOut,
    signer: Person,
    edition: Edition,
) -> UUID:
    patient = get_patient(session, row.patient_id, basis="rcp")
    document = case_document(
        row,
        rcp,
        meeting,
        fiche,
        patient=patient.traits,
        signer=signer,
        people=Professionals(session, organisation_of(rcp)),
        edition=edition,
    )
    filed = file_document(session, document, patient_id=patient.id, clock=lambda: edition.signed_at)
    return filed.id
