"""Open, fill, read and sign fiches. Services never commit: the framework does.

Two people may fill the same fiche: each field has its own revision, and a change says which
revision it saw. Different fields never disturb each other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dcc_core.api import Conflict, InvalidInput, Issue, IssueLevel, NotFound, record_event
from dcc_rcp_forms.engine.state import FormState
from dcc_rcp_forms.engine.stored import Stored
from dcc_rcp_forms.fiches.shelf import engine_of, load_published, read_form
from dcc_rcp_forms.fiches.statistics import write_statistics
from dcc_rcp_forms.fiches.tables import Fiche, FieldChange, PublishedForm
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.language.model import FieldKind, Phase
from dcc_rcp_forms.loading import LoadedForm
from dcc_rcp_forms.versions.migrations import migrate, read_migrations


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """What the other person wrote, for the two to be shown side by side."""

    field: str
    revision: int
    theirs: Stored
    author: str
    at: datetime


class FieldConflictError(Conflict):
    """A field changed since it was read; nothing was written."""

    def __init__(self, conflict: FieldConflict) -> None:
        super().__init__(
            "FRM-S05",
            f"Le champ {conflict.field} a été modifié entre-temps. Comparez, puis choisissez.",
            field=conflict.field,
        )
        self.conflict = conflict


@dataclass(frozen=True, slots=True)
class FicheOut:
    """A fiche as it leaves the service."""

    id: UUID
    patient_id: UUID
    loaded: LoadedForm
    answers: Mapping[str, Stored]
    revisions: Mapping[str, int]
    session_date: str
    signed_at: datetime | None
    state: FormState


def open_fiche(
    session: Session,
    *,
    patient_id: UUID,
    form_id: str,
    version: str,
    author: str,
    at: datetime,
    session_date: str = "",
    known: Mapping[str, tuple[str, Stored]] | None = None,
) -> FicheOut:
    """Open a draft on a published version.

    Args:
        known: field → source and stored answer of what is known before anyone types.
    """
    loaded = read_form(session, form_id=form_id, version=version)
    fiche = Fiche(
        patient_id=patient_id,
        form_id=form_id,
        form_version=version,
        form_digest=loaded.content_hash,
        session_date=session_date,
        answers={},
        revisions={},
        created_at=at,
        updated_at=at,
    )
    session.add(fiche)
    session.flush()
    for field, (source, stored) in (known or {}).items():
        _write(session, fiche, field, stored, author=author, source=source, reference="", at=at)
    _note(session, "fiche.create", fiche)
    return _out(session, fiche)


def save_field(
    session: Session,
    *,
    fiche_id: UUID,
    field: str,
    stored: Stored,
    seen_revision: int,
    author: str,
    at: datetime,
    source: str = "saisie",
    reference: str = "",
) -> FicheOut:
    """Save one answer; an answer that is wrong is saved too, with its fault in the state.

    Raises:
        NotFound: `FRM-S06` no such fiche.
        InvalidInput: `FRM-S07` no such field, or one nobody fills.
        Conflict: `FRM-S08` the fiche is signed.
        FieldConflictError: somebody changed this field since `seen_revision`.
    """
    fiche = _locked(session, fiche_id)
    loaded = read_form(session, form_id=fiche.form_id, version=fiche.form_version)
    _require_field(loaded, field)
    if fiche.revisions.get(field, 0) != seen_revision:
        raise FieldConflictError(_conflict(session, fiche, field))
    _write(session, fiche, field, stored, author=author, source=source, reference=reference, at=at)
    _note(session, "fiche.update", fiche, field=field)
    return _out(session, fiche)


def read_fiche(session: Session, *, fiche_id: UUID) -> FicheOut:
    """Return a fiche with its state, on its own version of the form."""
    form = (col(PublishedForm.form_id) == Fiche.form_id) & (
        col(PublishedForm.version) == Fiche.form_version
    )
    statement = select(Fiche, PublishedForm).join(PublishedForm, form, isouter=True)
    found = session.exec(statement.where(Fiche.id == fiche_id)).first()
    if found is None:
        raise _unknown()
    fiche, row = found
    return _described(fiche, load_published(row, fiche.form_id, fiche.form_version))


def read_fiches(session: Session, fiche_ids: Iterable[UUID]) -> Mapping[UUID, FicheOut]:
    """Return several fiches with few statements: one for them all, one per version of a form."""
    wanted = list(dict.fromkeys(fiche_ids))
    rows = session.exec(select(Fiche).where(col(Fiche.id).in_(wanted))).all() if wanted else ()
    forms: dict[tuple[str, str], LoadedForm] = {}
    for row in rows:
        key = (row.form_id, row.form_version)
        if key not in forms:
            forms[key] = read_form(session, form_id=row.form_id, version=row.form_version)
    return {row.id: _described(row, forms[row.form_id, row.form_version]) for row in rows}


def date_fiche(session: Session, *, fiche_id: UUID, session_date: str) -> FicheOut:
    """Give a draft the day of its session, which rules about delays look at.

    Raises:
        NotFound: `FRM-S06` no such fiche.
        Conflict: `FRM-S08` the fiche is signed.
    """
    fiche = _locked(session, fiche_id)
    fiche.session_date = session_date
    session.add(fiche)
    session.flush()
    return _out(session, fiche)


def list_changes(session: Session, *, fiche_id: UUID) -> list[FieldChange]:
    """Return the history of a fiche, oldest first."""
    statement = select(FieldChange).where(FieldChange.fiche_id == fiche_id)
    return list(session.exec(statement.order_by(col(FieldChange.at), col(FieldChange.revision))))


def sign_fiche(
    session: Session, *, fiche_id: UUID, at: datetime, remarks: Iterable[Issue] = ()
) -> FicheOut:
    """Sign a fiche: hidden answers leave it, statistics are written, nothing changes afterwards.

    Args:
        remarks: what `form_remarks` says of it at stage `sign`.

    Raises:
        Conflict: `FRM-S08` already signed, `FRM-S09` something is missing, wrong or blocking,
            `FRM-S27` a plugin's check blocks it.
    """
    fiche = _locked(session, fiche_id)
    out = _out(session, fiche)
    for remark in remarks:
        if remark.level is IssueLevel.BLOCKING:
            raise Conflict(
                "FRM-S27", f"La fiche ne peut pas être signée ({remark.code}). {remark.text}"
            )
    if not out.state.can_end(Phase.SESSION):
        raise Conflict(
            "FRM-S09",
            "La fiche ne peut pas être signée : une réponse manque, est erronée, ou une alerte "
            "l'empêche. Voyez « Reste à remplir ».",
        )
    visible = set(out.state.visible)
    fiche.answers = {name: stored for name, stored in fiche.answers.items() if name in visible}
    fiche.signed_at = fiche.updated_at = at
    session.add(fiche)
    session.flush()
    signed = _out(session, fiche)
    write_statistics(session, fiche, signed.loaded, signed.state)
    _note(session, "fiche.sign", fiche)
    return signed


def represent_fiche(
    session: Session, *, fiche_id: UUID, version: str, author: str, at: datetime
) -> tuple[FicheOut, frozenset[str]]:
    """Open a new draft from a fiche, its answers copied forward to another version.

    Returns:
        The draft, and the fields whose answer could not follow.
    """
    old = _find(session, fiche_id)
    loaded = read_form(session, form_id=old.form_id, version=version)
    outcome = migrate(old.answers, old.form_version, read_migrations(loaded.form, Findings()))
    fields = {field.id for field in loaded.form.fields() if field.is_answerable}
    known = {
        name: ("reprise", stored) for name, stored in outcome.answers.items() if name in fields
    }
    draft = open_fiche(
        session,
        patient_id=old.patient_id,
        form_id=old.form_id,
        version=version,
        author=author,
        at=at,
        known=known,
    )
    fiche = _find(session, draft.id)
    fiche.previous_id = old.id
    session.add(fiche)
    session.flush()
    return draft, frozenset(outcome.lost | (outcome.answers.keys() - fields))


def _note(session: Session, event: str, fiche: Fiche, **details: str) -> None:
    record_event(
        session,
        event,
        patient_id=fiche.patient_id,
        object_kind="fiche",
        object_id=fiche.id,
        details={"form": fiche.form_id, "version": fiche.form_version, **details},
    )


def _find(session: Session, fiche_id: UUID) -> Fiche:
    fiche = session.get(Fiche, fiche_id)
    if fiche is None:
        raise _unknown()
    return fiche


def _unknown() -> NotFound:
    return NotFound("FRM-S06", "Cette fiche n'existe pas ou vous n'y avez pas accès.")


def _locked(session: Session, fiche_id: UUID) -> Fiche:
    """Return a draft, locked until the end of the transaction."""
    statement = select(Fiche).where(Fiche.id == fiche_id).with_for_update()
    fiche = session.exec(statement.execution_options(populate_existing=True)).first()
    if fiche is None:
        return _find(session, fiche_id)
    if fiche.signed_at is not None:
        raise Conflict(
            "FRM-S08", "Cette fiche est signée. Créez une version corrective pour la modifier."
        )
    return fiche


def _require_field(loaded: LoadedForm, field: str) -> None:
    steps = {step.id: step for step in loaded.program.steps}
    step = steps.get(field)
    if step is None or step.kind in {FieldKind.COMPUTED, FieldKind.FIXED_TEXT}:
        raise InvalidInput(
            "FRM-S07",
            "Ce champ n'est pas à remplir dans ce formulaire. Rechargez la page.",
            field=field if step else "",
        )


def _write(
    session: Session,
    fiche: Fiche,
    field: str,
    stored: Stored,
    *,
    author: str,
    source: str,
    reference: str,
    at: datetime,
) -> None:
    revision = fiche.revisions.get(field, 0) + 1
    before = fiche.answers.get(field)
    answers = {name: value for name, value in fiche.answers.items() if name != field}
    if stored not in (None, "", []):
        answers[field] = stored
    fiche.answers, fiche.revisions = answers, {**fiche.revisions, field: revision}
    fiche.updated_at = at
    change = FieldChange(
        fiche_id=fiche.id,
        field=field,
        revision=revision,
        at=at,
        author=author,
        source=source,
        source_reference=reference,
        before=before,
        after=answers.get(field),
    )
    session.add(fiche)
    session.add(change)
    session.flush()


def _conflict(session: Session, fiche: Fiche, field: str) -> FieldConflict:
    statement = select(FieldChange).where(
        FieldChange.fiche_id == fiche.id, FieldChange.field == field
    )
    last = session.exec(statement.order_by(col(FieldChange.revision).desc())).first()
    return FieldConflict(
        field,
        fiche.revisions.get(field, 0),
        fiche.answers.get(field),
        last.author if last else "",
        last.at if last else fiche.updated_at,
    )


def _out(session: Session, fiche: Fiche) -> FicheOut:
    return _described(fiche, read_form(session, form_id=fiche.form_id, version=fiche.form_version))


def _described(fiche: Fiche, loaded: LoadedForm) -> FicheOut:
    return FicheOut(
        id=fiche.id,
        patient_id=fiche.patient_id,
        loaded=loaded,
        answers=fiche.answers,
        revisions=fiche.revisions,
        session_date=fiche.session_date,
        signed_at=fiche.signed_at,
        state=engine_of(loaded).evaluate(fiche.answers, fiche.session_date),
    )
