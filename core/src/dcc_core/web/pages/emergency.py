"""When a dossier is not open to somebody: why, and emergency access with its reason."""

from datetime import datetime
from uuid import UUID

from litestar import post
from litestar.params import FromPath
from sqlmodel import Session

from dcc_core.errors import InvalidInput
from dcc_core.patients import get_patient
from dcc_core.users import (
    AccessRefused,
    break_glass_reasons,
    end_break_glass,
    open_break_glass,
    record_refusal,
)
from dcc_core.web.guards import PERMISSION
from dcc_core.web.i18n import gettext as _
from dcc_core.web.inject import CurrentPage, FormFields, Transaction
from dcc_core.web.notices import Level
from dcc_core.web.page import Html, Page
from dcc_core.web.pages.search import was_shown
from dcc_core.web.validation import FieldErrors, field_errors

_READ = {PERMISSION: "core.patient.read"}


@post(
    "/patients/{patient_id:uuid}/urgence",
    name="core.patient.emergency",
    opt=_READ,
    sync_to_thread=True,
)
def open_emergency(
    page: CurrentPage, session: Transaction, patient_id: FromPath[UUID], data: FormFields
) -> Html:
    """Open emergency access: thirty minutes, read only, noted and reviewed."""
    try:
        opened = open_break_glass(
            session,
            actor=page.visitor.actor,
            patient_id=patient_id,
            reason=data.get("reason", ""),
            justification=data.get("justification", ""),
            rules=page.site.access,
        )
    except InvalidInput as error:
        return _page(page, session, patient_id, values=data, errors=field_errors(error), status=422)
    return page.redirect(
        page.at("core.patient", patient_id=patient_id),
        notice=_(
            "Accès en urgence ouvert jusqu’à %(hour)s. Il sera relu et figure au relevé du patient."
        )
        % {"hour": _hour(page, opened.ends_at)},
        level=Level.WARN,
    )


@post(
    "/patients/{patient_id:uuid}/urgence/fin",
    name="core.patient.emergency.end",
    opt=_READ,
    sync_to_thread=True,
)
def end_emergency(page: CurrentPage, session: Transaction, patient_id: FromPath[UUID]) -> Html:
    """Close one's own emergency access before its term."""
    end_break_glass(
        session,
        actor=page.visitor.actor,
        patient_id=patient_id,
        now=page.site.runtime.clock(),
    )
    return page.redirect(page.at("core.patients"), notice=_("L’accès en urgence est clos."))


def refusal_page(page: Page, refused: AccessRefused) -> Html:
    """Answer a refused dossier and note the refusal.

    The answer is the same whether or not the record exists, unless this session's own search has
    just shown who it is.
    """
    patient_id = refused.subject.patient_id
    with page.site.runtime.session() as session:
        record_refusal(session, refused)
        return _page(page, session, patient_id, refused=refused, status=404)


def _page(
    page: Page,
    session: Session,
    patient_id: UUID | None,
    *,
    status: int,
    refused: AccessRefused | None = None,
    values: dict[str, str] | None = None,
    errors: FieldErrors | None = None,
) -> Html:
    known = patient_id is not None and was_shown(page, patient_id)
    is_offered = refused is None or refused.decision.break_glass_possible
    reasons = (
        break_glass_reasons(actor=page.visitor.actor, patient_id=patient_id, rules=page.site.access)
        if patient_id is not None and is_offered
        else ()
    )
    return page.render(
        "core/patient/refused.html",
        status=status,
        patient=get_patient(session, patient_id) if known and patient_id else None,
        patient_id=patient_id,
        decision=refused.decision if refused else None,
        reasons=[rule for rule in reasons if not rule.forbidden],
        reason_choices=[(rule.key, rule.text) for rule in reasons if not rule.forbidden],
        forbidden=[rule for rule in reasons if rule.forbidden],
        values=values or {},
        errors=errors or {},
    )


def _hour(page: Page, moment: datetime) -> str:
    shown: str = page.site.templates.filters["clock_time"](moment)
    return shown


ROUTES = (open_emergency, end_emergency)
"""Route handlers of this module."""
