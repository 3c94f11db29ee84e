"""The studio: the forms and their versions, a draft, what is wrong with it, its life form."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from markupsafe import Markup
from sqlmodel import Session

from dcc_core.api import (
    CurrentPage,
    FormFields,
    Html,
    InvalidInput,
    Level,
    Page,
    ReadOnly,
    Transaction,
)
from dcc_rcp_forms.fiches.shelf import find_published, read_form
from dcc_rcp_forms.language.model import Form
from dcc_rcp_forms.permissions import EDIT, READ
from dcc_rcp_forms.studio.advice import words_to_complete
from dcc_rcp_forms.studio.drafts import (
    DraftOut,
    StaleDraftError,
    list_drafts,
    read_draft,
    save_draft,
    start_draft,
)
from dcc_rcp_forms.studio.field_table import TABLE_ATTRIBUTES, field_rows
from dcc_rcp_forms.studio.shelf_view import list_shelf
from dcc_rcp_forms.studio.sources import written_text
from dcc_rcp_forms.studio.study import Study, study
from dcc_rcp_forms.studio.table_edit import apply_table
from dcc_rcp_forms.web import views
from dcc_rcp_forms.web.expert import expert_of
from dcc_rcp_forms.web.text_diff import differing_lines
from dcc_rcp_forms.web.widgets import Drawer

DRAFT = "/studio/brouillons/{draft_id:uuid}"
_READ = {"permission": READ}
_EDIT = {"permission": EDIT}


@get("/studio", name="rcp_forms.studio", opt=_READ, sync_to_thread=True)
def studio_page(page: CurrentPage, reading: ReadOnly) -> Html:
    """List the forms with their versions, and the drafts on their way."""
    return page.render(
        "rcp_forms/studio.html",
        forms=list_shelf(reading),
        drafts=list_drafts(reading),
        may_edit=page.may(EDIT),
    )


@post("/studio", name="rcp_forms.studio.start", opt=_EDIT, sync_to_thread=True)
def start(page: CurrentPage, session: Transaction, data: FormFields) -> Html:
    """Open a draft: of a new form, of the next version of one, or of a region's adaptation."""
    form_id, _, version = data.get("cible", "").partition(" ")
    draft = start_draft(
        session,
        form_id=form_id or data.get("nom", "").strip().lower(),
        version=version or data.get("version", ""),
        adapt=data.get("marque", "").strip().lower(),
        expert=expert_of(page),
    )
    return page.redirect(page.at("rcp_forms.studio.draft", draft_id=draft.id))


@get(
    "/studio/formulaires/{form_id:str}/{version:str}",
    name="rcp_forms.studio.version",
    opt=_READ,
    sync_to_thread=True,
)
def version_page(
    page: CurrentPage, reading: ReadOnly, form_id: FromPath[str], version: FromPath[str]
) -> Html:
    """Show a published version for ever: what was written, what it looks like."""
    loaded = read_form(reading, form_id=form_id, version=version)
    row = find_published(reading, form_id, version)
    assert row is not None  # noqa: S101  `read_form` has refused it otherwise
    return page.render(
        "rcp_forms/version.html",
        row=row,
        written=written_text(row),
        form=loaded.form,
        rows=list(field_rows(loaded.form)),
    )


@get(DRAFT, name="rcp_forms.studio.draft", opt=_READ, sync_to_thread=True)
def draft_page(
    page: CurrentPage,
    reading: ReadOnly,
    draft_id: FromPath[UUID],
    vue: FromQuery[str] = "yaml",
    essai: FromQuery[str] = "",
) -> Html:
    """Show a draft: its text or its table, its faults, its live form, its tests, its changes."""
    draft = read_draft(reading, draft_id=draft_id, expert=expert_of(page))
    return _draft_page(page, reading, draft, view=vue, example=essai)


@post(DRAFT, name="rcp_forms.studio.save", opt=_EDIT, sync_to_thread=True)
def save(
    page: CurrentPage, session: Transaction, draft_id: FromPath[UUID], data: FormFields
) -> Response[Any]:
    """Save the text; somebody else's save in between is answered with both texts."""
    text, seen = data.get("texte", ""), _number(data.get("revision", ""))
    expert = expert_of(page)
    try:
        draft = save_draft(session, draft_id=draft_id, text=text, seen_revision=seen, expert=expert)
    except StaleDraftError as error:
        if _is_for_script(page):
            raise
        return _conflict_page(page, error, text)
    if _is_for_script(page):
        return Response({"revision": draft.revision, "saved": _clock(page, draft)})
    return page.redirect(
        page.at("rcp_forms.studio.draft", draft_id=draft_id), notice="Le brouillon est enregistré."
    )


@post(f"{DRAFT}/tableau", name="rcp_forms.studio.table", opt=_EDIT, sync_to_thread=True)
def save_table(
    page: CurrentPage, session: Transaction, draft_id: FromPath[UUID], data: FormFields
) -> Html:
    """Save the cells that changed; the rest of the text and its comments stay."""
    expert, seen = expert_of(page), _number(data.get("revision", ""))
    draft = read_draft(session, draft_id=draft_id, expert=expert)
    text = apply_table(draft.text, draft.form_id, data)
    back = f"{page.at('rcp_forms.studio.draft', draft_id=draft_id)}?vue=tableau"
    try:
        save_draft(session, draft_id=draft_id, text=text, seen_revision=seen, expert=expert)
    except StaleDraftError as error:
        return _conflict_page(page, error, text)
    return page.redirect(back, notice="Le tableau est enregistré.", level=Level.OK)


@post(f"{DRAFT}/controle", name="rcp_forms.studio.check", opt=_EDIT, sync_to_thread=True)
def check(
    page: CurrentPage, reading: ReadOnly, draft_id: FromPath[UUID], data: FormFields
) -> Response[dict[str, Any]]:
    """Study a text that is not saved: findings with their places, live form, tests, changes."""
    draft = read_draft(reading, draft_id=draft_id, expert=expert_of(page))
    text, example = data.get("texte", "").replace("\r\n", "\n"), data.get("essai", "")
    found = study(reading, text, draft.form_id)
    values = _study_values(page, draft, found, text, example)
    program = found.loaded.program if found.loaded and values["preview"] else None
    answer = {
        "findings": [_place(item) for item in values["checks"] if item.is_here],
        "checks": page.draw("rcp_forms/_controles.html", **values),
        "side": page.draw("rcp_forms/_etude.html", **values),
        "preview": values["preview"],
        "program": program.to_json() if program else None,
        "date": views.session_date_of(found, example),
        "ready": found.may_be_published,
        "names": _names(found.loaded.form) if found.loaded else None,
    }
    return Response(answer, status_code=200)


@get("/studio/vocabulaire", name="rcp_forms.studio.words", opt=_READ, sync_to_thread=False)
def words() -> dict[str, Any]:
    """Return what the editor completes."""
    return words_to_complete()


def _draft_page(
    page: Page, session: Session, draft: DraftOut, *, view: str = "yaml", example: str = ""
) -> Html:
    found = study(session, draft.text, draft.form_id)
    rows = list(field_rows(found.loaded.form)) if found.loaded else []
    return page.render(
        "rcp_forms/brouillon.html",
        view="tableau" if view == "tableau" else "yaml",
        rows=rows,
        attributes=TABLE_ATTRIBUTES,
        **_study_values(page, draft, found, draft.text, example),
    )


def _study_values(
    page: Page, draft: DraftOut, found: Study, text: str, example: str
) -> dict[str, Any]:
    form = found.loaded.form if found.loaded else None
    return {
        "draft": draft,
        "found": found,
        "form": form,
        "example": example,
        "checks": views.checks(found, text, f"{draft.form_id}.yaml"),
        "tests": views.test_lines(found),
        "coverage": views.coverage_of(found),
        "changes": views.change_lines(found),
        "preview": _preview(page, found, example),
        "is_writer": expert_of(page).key in draft.writers,
        "may_edit": page.may(EDIT),
        "may_publish": page.may("rcp_forms.form.publish"),
    }


def _preview(page: Page, found: Study, example: str) -> Markup:
    values = views.preview_values(found, example, widget=Drawer(page))
    drawn = page.draw("rcp_forms/_champs.html", **values) if values else ""
    return Markup(drawn)  # noqa: S704  drawn by our own template, which escapes


def _conflict_page(page: Page, error: StaleDraftError, mine: str) -> Html:
    return page.render(
        "rcp_forms/conflit.html",
        status=409,
        theirs=error.theirs,
        mine=mine,
        lines=differing_lines(error.theirs.text, mine),
    )


def _place(item: views.Check) -> dict[str, Any]:
    place = item.issue.place
    return {
        "line": place.line,
        "column": place.column,
        "length": place.length,
        "look": item.look,
    }


def _names(form: Form) -> dict[str, list[str]]:
    return {
        "fields": [item.id for item in form.fields()],
        "codes": sorted({c.code for item in form.fields() for c in item.choices})[:300],
    }


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise InvalidInput(
            "FRM-S21", "Le numéro d'enregistrement manque. Rechargez la page.", field="revision"
        )
    return int(text)


def _clock(page: Page, draft: DraftOut) -> str:
    return page.draw("rcp_forms/_heure.html", moment=draft.saved_at).strip()


def _is_for_script(page: Page) -> bool:
    return "json" in page.request.headers.get("accept", "")


ROUTES = (studio_page, start, version_page, draft_page, save, save_table, check, words)
"""Route handlers of this module."""
