"""From a draft to a published version: propose, review by somebody else, publish."""

from uuid import UUID

from sqlmodel import Session

from dcc_core.api import Conflict, InvalidInput, record_event
from dcc_rcp_forms.fiches.shelf import publish_form
from dcc_rcp_forms.fiches.tables import FormDraft
from dcc_rcp_forms.language.issues import Issue, Severity
from dcc_rcp_forms.loading import LoadedForm
from dcc_rcp_forms.permissions import EDIT, PUBLISH
from dcc_rcp_forms.published import form_model
from dcc_rcp_forms.studio.drafts import (
    DraftOut,
    StaleDraftError,
    add_step,
    draft_out,
    locked_draft,
)
from dcc_rcp_forms.studio.people import Expert
from dcc_rcp_forms.studio.states import DraftState, StepKind
from dcc_rcp_forms.studio.study import study

MAX_COMMENT = 1000


class NotReadyError(Conflict):
    """Something in the text stands against the step; the first fault is told with its place."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(
            "FRM-S16",
            f"Il reste une erreur, ligne {issue.place.line} : {issue.fact} {issue.remedy}".strip(),
        )
        self.issue = issue


def propose_draft(
    session: Session, *, draft_id: UUID, seen_revision: int, comment: str, expert: Expert
) -> DraftOut:
    """Ask for a review: the text is right, its tests pass, it stays as it is.

    Raises:
        NotReadyError: there is an error or a failing test.
        StaleDraftError: it was saved since `seen_revision`.
    """
    expert.must(session, EDIT)
    draft = _in_state(session, draft_id, DraftState.WRITING)
    if draft.revision != seen_revision:
        raise StaleDraftError(draft_out(session, draft))
    _require_ready(session, draft)
    draft.writers = sorted({*draft.writers, expert.key})
    return _move(session, draft, DraftState.PROPOSED, StepKind.PROPOSED, expert, comment)


def resume_draft(session: Session, *, draft_id: UUID, expert: Expert) -> DraftOut:
    """Take a proposed or approved draft back to be changed; its review starts again."""
    expert.must(session, EDIT)
    draft = _in_state(session, draft_id, DraftState.PROPOSED, DraftState.APPROVED)
    return _move(session, draft, DraftState.WRITING, StepKind.RESUMED, expert, "")


def return_draft(session: Session, *, draft_id: UUID, comment: str, expert: Expert) -> DraftOut:
    """Send a proposed draft back to its authors, saying why.

    Raises:
        InvalidInput: `FRM-S17` without a reason.
    """
    expert.must(session, PUBLISH)
    draft = _in_state(session, draft_id, DraftState.PROPOSED)
    if not comment.strip():
        raise InvalidInput("FRM-S17", "Dites à l'auteur ce qui est à revoir.", field="commentaire")
    return _move(session, draft, DraftState.WRITING, StepKind.RETURNED, expert, comment)


def approve_draft(session: Session, *, draft_id: UUID, comment: str, expert: Expert) -> DraftOut:
    """Approve a proposed draft.

    Raises:
        Conflict: `FRM-S18` the reviewer wrote in it.
        NotReadyError: what is published changed since, and the text no longer fits.
    """
    expert.must(session, PUBLISH)
    draft = _in_state(session, draft_id, DraftState.PROPOSED)
    if expert.key in draft.writers:
        raise Conflict(
            "FRM-S18",
            "Vous avez écrit dans ce brouillon : une autre personne doit le relire.",
        )
    _require_ready(session, draft)
    return _move(session, draft, DraftState.APPROVED, StepKind.APPROVED, expert, comment)


def publish_draft(session: Session, *, draft_id: UUID, expert: Expert) -> DraftOut:
    """Publish an approved draft: judged once more against what is published at this moment.

    Raises:
        Conflict: `FRM-S01`, `FRM-S02` this number was published meanwhile.
        NotReadyError: another version was published meanwhile, and this one no longer follows it.
    """
    expert.must(session, PUBLISH)
    draft = _in_state(session, draft_id, DraftState.APPROVED)
    form = form_model(_require_ready(session, draft))
    approval = [s for s in draft_out(session, draft).steps if s.kind is StepKind.APPROVED][-1]
    publish_form(
        session,
        form=form,
        author=draft.saved_by,
        reviewer=approval.name,
        at=expert.at,
        written=draft.text,
    )
    record_event(
        session,
        "form.publish",
        object_kind="form",
        object_id=draft.id,
        details={"form": form.code, "version": form.version, "digest": form.digest},
    )
    return _move(session, draft, DraftState.PUBLISHED, StepKind.PUBLISHED, expert, "")


def drop_draft(session: Session, *, draft_id: UUID, expert: Expert) -> DraftOut:
    """Give a draft up; its text stays readable."""
    expert.must(session, EDIT)
    draft = _in_state(session, draft_id, DraftState.WRITING)
    return _move(session, draft, DraftState.DROPPED, StepKind.DROPPED, expert, "")


def _in_state(session: Session, draft_id: UUID, *wanted: DraftState) -> FormDraft:
    draft = locked_draft(session, draft_id)
    if draft.state not in wanted:
        raise Conflict(
            "FRM-S19",
            f"Ce brouillon est déjà {draft.state}. Rechargez la page pour voir où il en est.",
        )
    return draft


def _require_ready(session: Session, draft: FormDraft) -> LoadedForm:
    """Return the form of a draft whose text may be published."""
    found = study(session, draft.text, draft.form_id)
    for issue in found.judgement.issues:
        if issue.severity is Severity.ERROR:
            raise NotReadyError(issue)
    if found.loaded is None or found.loaded.form.id != draft.form_id:
        raise Conflict(
            "FRM-S20",
            f"Ce brouillon porte sur « {draft.form_id} » : le nom écrit à « fiche: » ne change "
            "pas. Pour un autre formulaire, ouvrez un autre brouillon.",
        )
    return found.loaded


def _move(
    session: Session,
    draft: FormDraft,
    state: DraftState,
    kind: StepKind,
    expert: Expert,
    comment: str,
) -> DraftOut:
    draft.state = state
    session.add(draft)
    add_step(session, draft, kind, expert, comment.strip()[:MAX_COMMENT])
    return draft_out(session, draft)
