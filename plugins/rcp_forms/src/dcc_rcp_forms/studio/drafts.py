"""Open, read and save drafts. Services never commit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dcc_core.api import Conflict, InvalidInput, NotFound, record_event
from dcc_rcp_forms.fiches.shelf import find_published
from dcc_rcp_forms.fiches.tables import DraftStep, FormDraft
from dcc_rcp_forms.permissions import EDIT, READ
from dcc_rcp_forms.studio.people import Expert
from dcc_rcp_forms.studio.sources import adapted_text, blank_text, written_text
from dcc_rcp_forms.studio.states import OPEN, DraftState, StepKind
from dcc_rcp_forms.versions.numbers import line_of

MAX_TEXT = 1_000_000
"""Characters a draft may hold; the linter refuses far smaller forms, with advice."""


@dataclass(frozen=True, slots=True)
class StepOut:
    """One step in the life of a draft."""

    kind: StepKind
    at: datetime
    name: str
    revision: int
    comment: str


@dataclass(frozen=True, slots=True)
class DraftOut:
    """A draft as it leaves the service."""

    id: UUID
    form_id: str
    based_on: str
    text: str
    revision: int
    state: DraftState
    writers: frozenset[str]
    saved_by: str
    saved_at: datetime
    steps: tuple[StepOut, ...] = ()

    @property
    def is_open(self) -> bool:
        """Tell whether it still leads somewhere."""
        return self.state in OPEN


class StaleDraftError(Conflict):
    """Somebody saved the draft since it was read; nothing was written. Carries their version."""

    def __init__(self, theirs: DraftOut) -> None:
        super().__init__(
            "FRM-S10",
            "Ce brouillon a été enregistré par quelqu'un d'autre entre-temps. Comparez les deux "
            "textes, puis choisissez.",
            revision=theirs.revision,
        )
        self.theirs = theirs


def start_draft(
    session: Session, *, form_id: str, version: str = "", adapt: str = "", expert: Expert
) -> DraftOut:
    """Open a draft of the next version of a form; the one already open for it, if there is one.

    Args:
        version: published version to start from, empty for a new form.
        adapt: mark of the region that adapts this version instead of continuing it.

    Raises:
        AccessRefused: not an expert.
        NotFound: `FRM-S03` this version was never published here.
        InvalidInput: `FRM-S11` the name cannot be one.
    """
    expert.must(session, EDIT)
    row = find_published(session, form_id, version) if version else None
    if version and row is None:
        raise NotFound("FRM-S03", f"La version {version} de {form_id} n'est pas publiée ici.")
    if row is None:
        text = blank_text(form_id)
    else:
        text = adapted_text(row, adapt) if adapt else written_text(row)
    mark = adapt or line_of(version)
    found = _open_draft(session, form_id, mark)
    if found is not None:
        return _out(session, found)
    draft = FormDraft(
        form_id=form_id,
        based_on=version,
        text=text,
        state=DraftState.WRITING,
        writers=[],
        saved_by=expert.name,
        created_at=expert.at,
        saved_at=expert.at,
    )
    session.add(draft)
    session.flush()
    add_step(session, draft, StepKind.OPENED, expert)
    return _out(session, draft)


def save_draft(
    session: Session, *, draft_id: UUID, text: str, seen_revision: int, expert: Expert
) -> DraftOut:
    """Save the text of a draft; a text that is wrong is saved too.

    Raises:
        StaleDraftError: somebody saved it since `seen_revision`.
        Conflict: `FRM-S12` it is being reviewed, or finished.
        InvalidInput: `FRM-S13` the text is far too long.
    """
    expert.must(session, EDIT)
    text = text.replace("\r\n", "\n")
    if len(text) > MAX_TEXT:
        raise InvalidInput(
            "FRM-S13",
            "Ce texte dépasse un million de caractères : un formulaire n'en compte pas cent "
            "mille. Vérifiez ce qui a été collé.",
            field="texte",
        )
    draft = locked_draft(session, draft_id)
    if draft.revision != seen_revision:
        raise StaleDraftError(_out(session, draft))
    if draft.state != DraftState.WRITING:
        raise Conflict(
            "FRM-S12",
            f"Ce brouillon est {draft.state} : il ne se modifie plus. Reprenez-le d'abord.",
        )
    if text != draft.text:
        draft.text = text
        draft.revision += 1
        draft.writers = sorted({*draft.writers, expert.key})
    draft.saved_by, draft.saved_at = expert.name, expert.at
    session.add(draft)
    session.flush()
    _note(session, "form.draft.save", draft)
    return _out(session, draft)


def read_draft(session: Session, *, draft_id: UUID, expert: Expert) -> DraftOut:
    """Return a draft with its steps.

    Raises:
        NotFound: `FRM-S14` no such draft.
    """
    expert.must(session, READ)
    return _out(session, _find(session, draft_id))


def list_drafts(session: Session) -> list[DraftOut]:
    """List the open drafts, the last saved first, without their steps."""
    statement = select(FormDraft).where(col(FormDraft.state).in_(OPEN))
    rows = session.exec(statement.order_by(col(FormDraft.saved_at).desc()))
    return [_draft_out(row, ()) for row in rows]


def locked_draft(session: Session, draft_id: UUID) -> FormDraft:
    """Return a draft, locked until the end of the transaction."""
    statement = select(FormDraft).where(FormDraft.id == draft_id).with_for_update()
    found = session.exec(statement.execution_options(populate_existing=True)).first()
    return found or _find(session, draft_id)


def add_step(
    session: Session, draft: FormDraft, kind: StepKind, expert: Expert, comment: str = ""
) -> None:
    """Write a step down, in the history of the draft and in the audit."""
    step = DraftStep(
        draft_id=draft.id,
        kind=kind,
        at=expert.at,
        name=expert.name,
        account_id=expert.actor.account_id,
        revision=draft.revision,
        comment=comment,
    )
    session.add(step)
    session.flush()
    _note(session, f"form.draft.{kind.name.lower()}", draft)


def draft_out(session: Session, draft: FormDraft) -> DraftOut:
    """Return a row as it leaves the services."""
    return _out(session, draft)


def _note(session: Session, event: str, draft: FormDraft) -> None:
    record_event(
        session,
        event,
        object_kind="form_draft",
        object_id=draft.id,
        object_version=draft.revision,
        details={"form": draft.form_id, "based_on": draft.based_on},
    )


def _find(session: Session, draft_id: UUID) -> FormDraft:
    draft = session.get(FormDraft, draft_id)
    if draft is None:
        raise NotFound("FRM-S14", "Ce brouillon n'existe pas. Revenez à la liste.")
    return draft


def _open_draft(session: Session, form_id: str, mark: str) -> FormDraft | None:
    """Return the open draft of the same line, so that two experts meet in one text."""
    statement = select(FormDraft).where(
        FormDraft.form_id == form_id, col(FormDraft.state).in_(OPEN)
    )
    for draft in session.exec(statement):
        if _mark_of(draft) == mark:
            return draft
    return None


def _mark_of(draft: FormDraft) -> str:
    for line in draft.text.splitlines():
        if line.startswith("version:"):
            return line_of(line.partition(":")[2].strip().strip("\"'"))
    return line_of(draft.based_on)


def _out(session: Session, draft: FormDraft) -> DraftOut:
    statement = select(DraftStep).where(DraftStep.draft_id == draft.id)
    return _draft_out(draft, session.exec(statement.order_by(col(DraftStep.at))))


def _draft_out(draft: FormDraft, steps: Iterable[DraftStep]) -> DraftOut:
    return DraftOut(
        id=draft.id,
        form_id=draft.form_id,
        based_on=draft.based_on,
        text=draft.text,
        revision=draft.revision,
        state=DraftState(draft.state),
        writers=frozenset(draft.writers),
        saved_by=draft.saved_by,
        saved_at=draft.saved_at,
        steps=tuple(
            StepOut(StepKind(step.kind), step.at, step.name, step.revision, step.comment)
            for step in steps
        ),
    )
