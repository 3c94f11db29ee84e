"""The fiche of a case: prepare it, read it, and what follows from it."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from litestar import get, post, put
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Response
from sqlmodel import Session

from dcc_core.api import CurrentPage, Html, Level, OpenedPatient, Page, Transaction, record_event
from dcc_rcp_forms.api import (
    FicheOut,
    FieldConflict,
    FieldConflictError,
    Phase,
    answer_text,
    form_values,
    list_changes,
    read_fiche,
    read_posted,
)
from dcc_rcp_meetings.cases.decision import save_answer
from dcc_rcp_meetings.cases.following import OUTCOME_LABELS, changes_since
from dcc_rcp_meetings.cases.models import MOTIVES, CaseOut
from dcc_rcp_meetings.cases.readiness import readiness_of
from dcc_rcp_meetings.cases.states import SIGNED, STATE_LABELS, WRITABLE, CaseState
from dcc_rcp_meetings.cases.steps import list_steps
from dcc_rcp_meetings.directory.models import RcpKind
from dcc_rcp_meetings.directory.service import list_names, rcp_name
from dcc_rcp_meetings.permissions import READ_FICHES, WRITE_FICHES
from dcc_rcp_meetings.sessions.service import list_sessions
from dcc_rcp_meetings.web.access import author_of_page, open_case_page

_ONE = "/fiches/{case_id:uuid}"
_SEEN = "rev:"
_AHEAD_DAYS = 120
Posted = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get(_ONE, name="rcp_meetings.fiche", opt={"permission": READ_FICHES}, sync_to_thread=True)
def fiche_page(page: CurrentPage, session: Transaction, case_id: FromPath[UUID]) -> Html:
    """Show the fiche of a case, to fill while it may be written."""
    case, opened = open_case_page(page, session, case_id, action=READ_FICHES)
    return _page(page, session, case, opened)


@post(_ONE, name="rcp_meetings.fiche.save", opt={"permission": WRITE_FICHES},
      sync_to_thread=True)  # fmt: skip
def save(page: CurrentPage, session: Transaction, case_id: FromPath[UUID], data: Posted) -> Html:
    """Save what changed on the page, field by field; a conflict shows both texts."""
    case, opened = open_case_page(page, session, case_id, action=WRITE_FICHES)
    conflicts = _save_changed(page, session, case, data)
    if conflicts:
        return _page(page, session, case, opened, conflicts=conflicts, status=409)
    return page.redirect(
        page.at("rcp_meetings.fiche", case_id=case_id), notice="La fiche est enregistrée."
    )


@put(f"{_ONE}/champs/{{field:str}}", name="rcp_meetings.fiche.field",
     opt={"permission": WRITE_FICHES}, sync_to_thread=True)  # fmt: skip
def save_one(
    page: CurrentPage,
    session: Transaction,
    case_id: FromPath[UUID],
    field: FromPath[str],
    data: Posted,
) -> Response[dict[str, Any]]:
    """Save one field; ``If-Match`` says which revision was seen, the answer which one it is now.

    412 gives what the other person wrote; 428 asks for ``If-Match``.
    """
    case, _opened = open_case_page(page, session, case_id, action=WRITE_FICHES)
    seen = page.request.headers.get("if-match", "").strip('" ')
    if not seen.isdecimal():
        return Response({"code": "RCP-440"}, status_code=428)
    fiche = read_fiche(session, fiche_id=case.fiche_id or case.id)
    stored = read_posted(fiche.loaded.program, data, [field]).get(field)
    try:
        saved = save_answer(
            session,
            case_id,
            field=field,
            stored=stored,
            seen_revision=int(seen),
            author=author_of_page(page),
            now=page.site.runtime.clock(),
        )
    except FieldConflictError as error:
        return Response(_as_json(fiche, error.conflict), status_code=412)
    revision = saved.revisions.get(field, 0)
    return Response(
        {"revision": revision, "missing": len(saved.state.missing_at(Phase.PREPARATION))},
        headers={"etag": f'"{revision}"'},
    )


@get(f"{_ONE}/historique", name="rcp_meetings.fiche.history", opt={"permission": READ_FICHES},
     sync_to_thread=True)  # fmt: skip
def history(page: CurrentPage, session: Transaction, case_id: FromPath[UUID]) -> Html:
    """Show the steps of a case, and who wrote what in its fiche."""
    case, opened = open_case_page(page, session, case_id, action=READ_FICHES)
    changes = list_changes(session, fiche_id=case.fiche_id) if case.fiche_id else []
    fiche = read_fiche(session, fiche_id=case.fiche_id) if case.fiche_id else None
    fields = {field.id: field for field in fiche.loaded.form.fields()} if fiche else {}
    return page.render(
        "rcp_meetings/history.html",
        opened=opened,
        case=case,
        rcp=rcp_name(session, case.rcp_id),
        steps=list_steps(session, case.id),
        state_labels={state.value: label for state, label in STATE_LABELS.items()},
        changes=[(change, fields[change.field]) for change in reversed(changes)],
        text=answer_text,
    )


def _save_changed(
    page: Page, session: Session, case: CaseOut, data: dict[str, Any]
) -> list[tuple[FieldConflict, Any]]:
    seen = {
        name.removeprefix(_SEEN): int(value)
        for name, value in data.items()
        if name.startswith(_SEEN) and str(value).isdecimal()
    }
    fiche = read_fiche(session, fiche_id=case.fiche_id or case.id)
    conflicts = []
    for field, stored in read_posted(fiche.loaded.program, data, seen).items():
        if _same(stored, fiche.answers.get(field)):
            continue
        try:
            save_answer(
                session,
                case.id,
                field=field,
                stored=stored,
                seen_revision=seen[field],
                author=author_of_page(page),
                now=page.site.runtime.clock(),
            )
        except FieldConflictError as error:
            conflicts.append((error.conflict, stored))
    return conflicts


def _page(
    page: Page,
    session: Session,
    case: CaseOut,
    opened: OpenedPatient,
    *,
    conflicts: list[tuple[FieldConflict, Any]] | None = None,
    status: int = 200,
) -> Html:
    if case.fiche_id is None:
        target = page.at("rcp_meetings.patient", patient_id=opened.id)
        notice = "Ce dossier a été reporté : sa fiche suit la nouvelle inscription."
        return page.redirect(target, notice=notice, level=Level.INFO)
    fiche = read_fiche(session, fiche_id=case.fiche_id)
    record_event(
        session,
        "rcp.fiche.read",
        patient_id=opened.id,
        object_kind="rcp_case",
        object_id=case.id,
        basis=opened.basis,
    )
    writable = case.state in WRITABLE and opened.may(WRITE_FICHES)
    phases = _phases(case)
    values = form_values(fiche.loaded, fiche.answers, fiche.state)
    return page.render(
        "rcp_meetings/fiche.html",
        status=status,
        opened=opened,
        case=case,
        fiche=fiche,
        rcp=rcp_name(session, case.rcp_id),
        is_writable=writable,
        phases=phases,
        readiness=readiness_of(case, fiche, opened.patient),
        missing=[p.split("[")[0] for p in fiche.state.missing_at(phases[-1])],
        conflicts=[_told(fiche, one, mine) for one, mine in conflicts or []],
        sources=_sources(session, case.fiche_id),
        text=answer_text,
        changes=changes_since(session, case),
        is_signed=case.state in SIGNED,
        outcomes=[(one.value, label) for one, label in OUTCOME_LABELS.items()],
        motives=MOTIVES,
        sessions=_sessions(page, session, case),
        next_rcps=_next_rcps(session, case),
        **values,
    )


def _phases(case: CaseOut) -> tuple[Phase, ...]:
    """Return the phases shown: the decision appears once the case is discussed."""
    before = {CaseState.REQUESTED, CaseState.REGISTERED, CaseState.PREPARED}
    if case.state in before:
        return (Phase.PREPARATION,)
    return (Phase.PREPARATION, Phase.SESSION)


def _sources(session: Session, fiche_id: UUID) -> dict[str, Any]:
    """Return the last change of each field that somebody did not simply type."""
    latest = {change.field: change for change in list_changes(session, fiche_id=fiche_id)}
    return {name: change for name, change in latest.items() if change.source != "saisie"}


def _sessions(page: Page, session: Session, case: CaseOut) -> list[Any]:
    if case.state is not CaseState.REQUESTED:
        return []
    now = page.site.runtime.clock()
    found = list_sessions(
        session, after=now, before=now + timedelta(days=_AHEAD_DAYS), rcp_ids=[case.rcp_id]
    )
    return [one for one in found if not one.is_over]


def _next_rcps(session: Session, case: CaseOut) -> list[Any]:
    if case.discussed_at is None:
        return []
    wanted = {RcpKind.RECOURSE, RcpKind.MOLECULAR, RcpKind.TRANSVERSAL, RcpKind.RARE}
    return [(one, name) for one, name in list_names(session, wanted) if one != case.rcp_id]


def _same(first: Any, second: Any) -> bool:
    empty: tuple[Any, ...] = (None, "", [], {})
    return first == second or (first in empty and second in empty)


def _told(fiche: FicheOut, conflict: FieldConflict, mine: Any) -> dict[str, Any]:
    field = fiche.loaded.form.field(conflict.field)
    return {
        "field": conflict.field,
        "label": field.label,
        "theirs": answer_text(field, conflict.theirs),
        "mine": answer_text(field, mine),
        "author": conflict.author,
        "at": conflict.at,
    }


def _as_json(fiche: FicheOut, conflict: FieldConflict) -> dict[str, Any]:
    told = _told(fiche, conflict, None)
    return {
        "code": "FRM-S05",
        "revision": conflict.revision,
        "theirs": told["theirs"],
        "author": conflict.author,
        "at": conflict.at.isoformat(),
    }


ROUTES = (fiche_page, save, save_one, history)
"""Route handlers of this module."""
