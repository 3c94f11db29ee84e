"""The steps of a draft on its way to publication, one button each; and its exports."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from sqlmodel import Session

from dcc_core.api import (
    CurrentPage,
    FormFields,
    Html,
    InvalidInput,
    NotFound,
    ReadOnly,
    Transaction,
)
from dcc_rcp_forms.exports.formats import FORMATS
from dcc_rcp_forms.exports.rendering import NoRendererError
from dcc_rcp_forms.linter.lint import lint_text
from dcc_rcp_forms.permissions import EDIT, PUBLISH, READ
from dcc_rcp_forms.studio.drafts import DraftOut, read_draft
from dcc_rcp_forms.studio.people import Expert
from dcc_rcp_forms.studio.review import (
    approve_draft,
    drop_draft,
    propose_draft,
    publish_draft,
    resume_draft,
    return_draft,
)
from dcc_rcp_forms.web.expert import expert_of
from dcc_rcp_forms.web.studio_pages import DRAFT

_EDIT = {"permission": EDIT}
_PUBLISH = {"permission": PUBLISH}
_READ = {"permission": READ}
_TYPES = {
    "pdf": "application/pdf",
    "cda": "application/xml",
    "fhir": "application/json",
    "json-schema": "application/json",
    "document": "application/json",
    "csv": "text/csv",
    "html": "text/html",
}
_INERT = "default-src 'none'; sandbox; frame-ancestors 'none'"
Step = Callable[[Session, UUID, dict[str, str], Expert], DraftOut]


def _propose(session: Session, draft_id: UUID, data: dict[str, str], expert: Expert) -> DraftOut:
    seen = data.get("revision", "")
    return propose_draft(
        session,
        draft_id=draft_id,
        seen_revision=int(seen) if seen.isdecimal() else 0,
        comment=data.get("commentaire", ""),
        expert=expert,
    )


_AUTHOR_STEPS: dict[str, tuple[Step, str]] = {
    "proposer": (_propose, "La version est proposée : une autre personne la relit."),
    "reprendre": (
        lambda session, draft_id, _, expert: resume_draft(
            session, draft_id=draft_id, expert=expert
        ),
        "Le brouillon est repris. Il faudra le proposer à nouveau.",
    ),
    "abandonner": (
        lambda session, draft_id, _, expert: drop_draft(session, draft_id=draft_id, expert=expert),
        "Le brouillon est abandonné ; son texte reste lisible.",
    ),
}
_REVIEWER_STEPS: dict[str, tuple[Step, str]] = {
    "renvoyer": (
        lambda session, draft_id, data, expert: return_draft(
            session, draft_id=draft_id, comment=data.get("commentaire", ""), expert=expert
        ),
        "Le brouillon est renvoyé à son auteur.",
    ),
    "approuver": (
        lambda session, draft_id, data, expert: approve_draft(
            session, draft_id=draft_id, comment=data.get("commentaire", ""), expert=expert
        ),
        "La version est approuvée. Elle peut être publiée.",
    ),
    "publier": (
        lambda session, draft_id, _, expert: publish_draft(
            session, draft_id=draft_id, expert=expert
        ),
        "La version est publiée. Les nouvelles fiches l'utilisent, les anciennes gardent la leur.",
    ),
}


@post(f"{DRAFT}/etape", name="rcp_forms.studio.step", opt=_EDIT, sync_to_thread=True)
def author_step(
    page: CurrentPage, session: Transaction, draft_id: FromPath[UUID], data: FormFields
) -> Html:
    """Propose, take back or give up a draft."""
    return _step(page, session, draft_id, data, _AUTHOR_STEPS)


@post(f"{DRAFT}/relecture", name="rcp_forms.studio.review", opt=_PUBLISH, sync_to_thread=True)
def reviewer_step(
    page: CurrentPage, session: Transaction, draft_id: FromPath[UUID], data: FormFields
) -> Html:
    """Send back, approve or publish a draft."""
    return _step(page, session, draft_id, data, _REVIEWER_STEPS)


def _step(
    page: CurrentPage,
    session: Session,
    draft_id: UUID,
    data: dict[str, str],
    steps: dict[str, tuple[Step, str]],
) -> Html:
    chosen = steps.get(data.get("action", ""))
    if chosen is None:
        raise InvalidInput("FRM-S22", "Choisissez une action sur cette page.", field="action")
    take, said = chosen
    take(session, draft_id, data, expert_of(page))
    return page.redirect(page.at("rcp_forms.studio.draft", draft_id=draft_id), notice=said)


@get(f"{DRAFT}/export", name="rcp_forms.studio.export", opt=_READ, sync_to_thread=True)
def export(
    page: CurrentPage,
    reading: ReadOnly,
    draft_id: FromPath[UUID],
    vers: FromQuery[str],
    essai: FromQuery[str] = "",
) -> Response[Any]:
    """Show what a saved draft gives, blank or filled with one of its tests."""
    draft = read_draft(reading, draft_id=draft_id, expert=expert_of(page))
    loaded = lint_text(draft.text, f"{draft.form_id}.yaml").loaded
    if loaded is None or vers not in _TYPES:
        raise NotFound("FRM-S23", "Ce format n'existe pas, ou le brouillon ne se lit pas encore.")
    examples = loaded.form.examples
    example = next((item for item in examples if item.name == essai), None)
    if vers in {"pdf", "cda"} and example is None and examples:
        example = examples[0]
    try:
        content = FORMATS[vers](loaded, example)
    except NoRendererError as error:
        raise NotFound(
            "FRM-S24", "Aucun greffon installé ne produit ce format. Installez celui des documents."
        ) from error
    headers = {} if vers == "pdf" else {"content-security-policy": _INERT}
    return Response(content, media_type=_TYPES[vers], headers=headers)


ROUTES = (author_step, reviewer_step, export)
"""Route handlers of this module."""
