"""Oversight: the journal of accesses and the review of emergency accesses."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from sqlmodel import Session

from dcc_core.audit import record_event
from dcc_core.users import BreakGlass, ReviewVerdict, list_break_glass, review_break_glass
from dcc_core.web.guards import PERMISSION
from dcc_core.web.i18n import gettext as _
from dcc_core.web.inject import CurrentPage, FormFields, Transaction
from dcc_core.web.journal import FAMILIES, account_names, read_journal
from dcc_core.web.page import Html, Page
from dcc_core.web.validation import FieldErrors

_AUDIT = {PERMISSION: "core.audit.read"}
_REVIEW = {PERMISSION: "core.break_glass.review"}


@get("/tracabilite", name="core.audit", opt=_AUDIT, sync_to_thread=True)
def audit_page(
    page: CurrentPage,
    session: Transaction,
    genre: FromQuery[str] = "",
    avant: FromQuery[int | None] = None,
    personne: FromQuery[UUID | None] = None,
) -> Html:
    """Show the journal across dossiers: who did what, without saying to whom."""
    record_event(session, "audit.read", details={"filter": genre})
    return page.render(
        "core/admin/audit.html",
        journal=read_journal(
            session, actor_id=personne, events=FAMILIES.get(genre, ()), before=avant
        ),
        kind=genre,
        kinds=list(FAMILIES),
        roles=page.site.access.policy.roles,
    )


@get("/urgences", name="core.emergencies", opt=_REVIEW, sync_to_thread=True)
def emergencies_page(page: CurrentPage, session: Transaction) -> Html:
    """Show the emergency accesses that nobody has reviewed yet."""
    return _emergencies(page, session, {})


@post(
    "/urgences/{emergency_id:uuid}",
    name="core.emergencies.review",
    opt=_REVIEW,
    sync_to_thread=True,
)
def review(
    page: CurrentPage, session: Transaction, emergency_id: FromPath[UUID], data: FormFields
) -> Html:
    """Say whether an emergency access was justified."""
    try:
        verdict = ReviewVerdict(data.get("verdict", ""))
    except ValueError:
        return _emergencies(page, session, {"verdict": _("Choisissez une conclusion.")}, status=422)
    review_break_glass(
        session,
        break_glass_id=emergency_id,
        verdict=verdict,
        comment=data.get("comment", "").strip()[:500],
        reviewer=page.visitor.actor,
        now=page.site.runtime.clock(),
    )
    return page.redirect(page.at("core.emergencies"), notice=_("La relecture est enregistrée."))


def _emergencies(page: Page, session: Session, errors: FieldErrors, *, status: int = 200) -> Html:
    accesses: list[BreakGlass] = list(list_break_glass(session))
    return page.render(
        "core/admin/emergencies.html",
        status=status,
        accesses=accesses,
        names=account_names(session, {access.account_id for access in accesses}),
        reasons=page.site.access.policy.emergency.reasons,
        errors=errors,
    )


ROUTES = (audit_page, emergencies_page, review)
"""Route handlers of this module."""
