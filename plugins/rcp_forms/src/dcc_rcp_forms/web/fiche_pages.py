"""The fiches of a patient: the list, the live form, one field saved at a time."""

import json
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post, put
from litestar.params import FromPath, HeaderParameter
from sqlmodel import Session

from dcc_core.api import (
    AccessRefused,
    CurrentPage,
    Decision,
    FormFields,
    Html,
    InvalidInput,
    Level,
    OpenedPatient,
    Page,
    ReadOnly,
    Stage,
    Subject,
    Transaction,
    open_patient,
    record_event,
)
from dcc_rcp_forms.engine.prefill import KnownFacts, prefill
from dcc_rcp_forms.exports.controls import Controls, typed_text
from dcc_rcp_forms.fiches.listing import list_fiches
from dcc_rcp_forms.fiches.remarks import form_remarks
from dcc_rcp_forms.fiches.service import (
    FicheOut,
    FieldConflict,
    FieldConflictError,
    list_changes,
    open_fiche,
    read_fiche,
    save_field,
)
from dcc_rcp_forms.fiches.shelf import read_form
from dcc_rcp_forms.permissions import FICHE_READ, FICHE_WRITE, READ
from dcc_rcp_forms.studio.shelf_view import list_shelf
from dcc_rcp_forms.web.answers import PostedFields, posted_answer, posted_lists
from dcc_rcp_forms.web.widgets import Drawer

FICHE = "/fiches/{fiche_id:uuid}"
_READ = {"permission": FICHE_READ}
_WRITE = {"permission": FICHE_WRITE}
_PREFIX = "f-"
_SOURCES = {
    "patient": "Repris de l'identité du patient",
    "séance": "Repris de la séance",
    "reprise": "Repris de la fiche précédente",
    "laboratoire": "Repris du laboratoire",
    "défaut": "Proposé par le formulaire",
}
IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]


@get("/patients/{patient_id:uuid}", name="rcp_forms.patient", opt=_READ, sync_to_thread=True)
def patient_page(page: CurrentPage, session: Transaction, patient_id: FromPath[UUID]) -> Html:
    """List the fiches of a patient, each on its own version of its form."""
    opened = open_patient(page, session, patient_id, action=FICHE_READ)
    may_write = opened.may(FICHE_WRITE)
    return page.render(
        "rcp_forms/fiches.html",
        opened=opened,
        fiches=list_fiches(session, patient_id=opened.id),
        forms=list_shelf(session) if may_write else [],
    )


@post("/patients/{patient_id:uuid}", name="rcp_forms.open", opt=_WRITE, sync_to_thread=True)
def open_new(
    page: CurrentPage, session: Transaction, patient_id: FromPath[UUID], data: FormFields
) -> Html:
    """Open a fiche on the version in service."""
    opened = open_patient(page, session, patient_id, action=FICHE_WRITE)
    form_id, _, version = data.get("formulaire", "").partition(" ")
    loaded = read_form(session, form_id=form_id, version=version)
    now = page.site.runtime.clock()
    facts = KnownFacts(patient=_known_of(opened, now.date()))
    fiche = open_fiche(
        session,
        patient_id=opened.id,
        form_id=form_id,
        version=version,
        author=page.visitor.name,
        at=now,
        known=prefill(loaded.form, loaded.program, facts),
    )
    return page.redirect(page.at("rcp_forms.fiche", fiche_id=fiche.id))


@get(FICHE, name="rcp_forms.fiche", opt=_READ, sync_to_thread=True)
def fiche_page(page: CurrentPage, session: Transaction, fiche_id: FromPath[UUID]) -> Html:
    """Show a fiche on the version it was opened with."""
    fiche = read_fiche(session, fiche_id=fiche_id)
    opened = open_patient(page, session, fiche.patient_id, action=FICHE_READ)
    record_event(
        session,
        "fiche.read",
        patient_id=opened.id,
        object_kind="fiche",
        object_id=fiche.id,
        basis=opened.basis,
    )
    return _fiche_page(page, session, opened, fiche)


@post(FICHE, name="rcp_forms.save", opt=_WRITE, sync_to_thread=True)
def save_whole(
    page: CurrentPage, session: Transaction, fiche_id: FromPath[UUID], data: PostedFields
) -> Html:
    """Save the fields that changed, without script; conflicts are shown field by field."""
    fiche = read_fiche(session, fiche_id=fiche_id)
    opened = open_patient(page, session, fiche.patient_id, action=FICHE_WRITE)
    _require_write(opened, fiche)
    posted, seen = posted_lists(data), _seen_revisions(data)
    conflicts: dict[str, str] = {}
    for step in fiche.loaded.program.steps:
        if step.id not in seen:
            continue
        stored = posted_answer(step, posted)
        if stored == fiche.answers.get(step.id):
            continue
        try:
            _save(page, session, fiche_id, step.id, stored, seen[step.id])
        except FieldConflictError as error:
            conflicts[step.id] = _conflict(page, fiche, error.conflict, stored)
    if conflicts:
        now = read_fiche(session, fiche_id=fiche_id)
        return _fiche_page(page, session, opened, now, conflicts=conflicts, status=409)
    return page.redirect(
        page.at("rcp_forms.fiche", fiche_id=fiche_id),
        notice="La fiche est enregistrée.",
        level=Level.OK,
    )


@put(f"{FICHE}/champs/{{name:str}}", name="rcp_forms.field", opt=_WRITE, sync_to_thread=True)
def save_one(
    page: CurrentPage,
    session: Transaction,
    fiche_id: FromPath[UUID],
    name: FromPath[str],
    data: PostedFields,
    if_match: IfMatch = None,
) -> Response[Any]:
    """Save one field: 412 with both values when somebody else wrote it, 428 without `If-Match`."""
    fiche = read_fiche(session, fiche_id=fiche_id)
    _require_write(open_patient(page, session, fiche.patient_id, action=FICHE_WRITE), fiche)
    seen = (if_match or "").strip('" ')
    if not seen.isdecimal():
        return Response(
            {"detail": "Rechargez la page : le numéro du champ manque."}, status_code=428
        )
    step = next((step for step in fiche.loaded.program.steps if step.id == name), None)
    stored = posted_answer(step, posted_lists(data)) if step else None
    try:
        saved = _save(page, session, fiche_id, name, stored, int(seen))
    except FieldConflictError as error:
        text = _conflict(page, fiche, error.conflict, stored)
        return Response(text, status_code=412, media_type="text/html")
    remarks = form_remarks(page, saved, Stage.DRAFT)
    revision = saved.revisions.get(name, 0)
    body = {
        "revision": revision,
        "saved": page.draw("rcp_forms/_heure.html", moment=page.site.runtime.clock()).strip(),
        "remarks": [{"field": item.field, "text": item.text} for item in remarks],
    }
    return Response(body, headers={"etag": f'"{revision}"'})


@get(
    "/programmes/{form_id:str}/{version:str}",
    name="rcp_forms.program",
    opt={"permission": READ},
    sync_to_thread=True,
)
def program(reading: ReadOnly, form_id: FromPath[str], version: FromPath[str]) -> Response[Any]:
    """Return what a browser evaluates; a version never changes, so it is kept."""
    loaded = read_form(reading, form_id=form_id, version=version)
    headers = {"cache-control": "private, max-age=31536000, immutable"}
    return Response(loaded.program.to_json(), headers=headers)


def _write_decision(opened: OpenedPatient, fiche: FicheOut) -> Decision:
    """Decide about this very fiche: a plugin that leads it may keep its writing to itself."""
    return opened.access.decide(FICHE_WRITE, _subject(opened, fiche))


def _require_write(opened: OpenedPatient, fiche: FicheOut) -> None:
    decision = _write_decision(opened, fiche)
    if not decision:
        raise AccessRefused(decision, FICHE_WRITE, _subject(opened, fiche))


def _subject(opened: OpenedPatient, fiche: FicheOut) -> Subject:
    return Subject(patient_id=opened.id, kind="fiche", object_id=fiche.id)


def _save(
    page: Page, session: Session, fiche_id: UUID, name: str, stored: Any, seen: int
) -> FicheOut:
    return save_field(
        session,
        fiche_id=fiche_id,
        field=name,
        stored=stored,
        seen_revision=seen,
        author=page.visitor.name,
        at=page.site.runtime.clock(),
    )


def _fiche_page(
    page: Page,
    session: Session,
    opened: OpenedPatient,
    fiche: FicheOut,
    *,
    conflicts: dict[str, str] | None = None,
    status: int = 200,
) -> Html:
    last = {change.field: change for change in list_changes(session, fiche_id=fiche.id)}
    controls = Controls(
        fiche.loaded,
        fiche.answers,
        fiche.state,
        is_live=True,
        id_prefix=_PREFIX,
        revisions=fiche.revisions,
        sources={name: _SOURCES.get(change.source, "") for name, change in last.items()},
        widget=Drawer(page),
        conflicts=conflicts or {},
    )
    answerable = [item for item in fiche.loaded.form.fields() if item.is_answerable]
    return page.render(
        "rcp_forms/remplir.html",
        status=status,
        opened=opened,
        fiche=fiche,
        remarks=form_remarks(page, fiche, Stage.DRAFT),
        missing=fiche.state.missing,
        may_write=bool(_write_decision(opened, fiche)) and fiche.signed_at is None,
        seen=json.dumps({item.id: fiche.revisions.get(item.id, 0) for item in answerable}),
        **controls.values(),
    )


def _conflict(page: Page, fiche: FicheOut, conflict: FieldConflict, mine: Any) -> str:
    field = fiche.loaded.form.field(conflict.field)
    return page.draw(
        "rcp_forms/_conflit_champ.html",
        field=field,
        conflict=conflict,
        mine=_said(field, mine),
        theirs=_said(field, conflict.theirs),
        controls=json.dumps(_control_values(field.id, conflict.theirs), ensure_ascii=False),
    )


def _said(field: Any, stored: Any) -> str:
    if isinstance(stored, list) and stored and isinstance(stored[0], dict):
        return f"{len(stored)} ligne(s)"
    if isinstance(stored, dict):
        return str(stored.get("absent", f"{len(stored)} ligne(s)"))
    return ("Oui" if stored else "Non") if isinstance(stored, bool) else typed_text(field, stored)


def _control_values(name: str, stored: Any) -> list[list[str]]:
    """Return name and value of each control that shows an answer."""
    if isinstance(stored, dict) and set(stored) == {"absent"}:
        return [[f"{name}:absent", str(stored["absent"])]]
    if isinstance(stored, dict):
        cells = [(f"{name}.{key}", value) for key, value in stored.items()]
        return [pair for key, value in cells for pair in _control_values(key, value)]
    if isinstance(stored, list) and stored and isinstance(stored[0], dict):
        rows = [(f"{name}[{rank}]", row) for rank, row in enumerate(stored)]
        return [pair for key, row in rows for pair in _control_values(key, row)]
    if isinstance(stored, list):
        return [[name, str(item)] for item in stored]
    if isinstance(stored, bool):
        return [[name, "oui" if stored else "non"]]
    return [] if stored is None else [[name, f"{stored}"]]


def _seen_revisions(data: dict[str, Any]) -> dict[str, int]:
    try:
        found = json.loads(str(data.get("revisions", "")))
        return {str(name): int(number) for name, number in found.items()}
    except (ValueError, AttributeError, TypeError) as error:
        raise InvalidInput(
            "FRM-S21", "Le numéro d'enregistrement manque. Rechargez la page.", field="revisions"
        ) from error


def _known_of(opened: OpenedPatient, today: date) -> dict[str, Any]:
    born = opened.patient.birth.value
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return {
        "sexe": str(opened.patient.traits.sex),
        "date_naissance": born.isoformat(),
        "âge": age,
    }


ROUTES = (patient_page, open_new, fiche_page, save_whole, save_one, program)
"""Route handlers of this module."""
