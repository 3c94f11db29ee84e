"""Care team and sharing: who has access, invitations, what the patient opposes."""

from datetime import date, timedelta
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from sqlmodel import Session

from dcc_core.errors import InvalidInput, NotFound
from dcc_core.patients import SharingPurpose, list_oppositions, parse_birth_date, record_opposition
from dcc_core.patients.tables import Opposition
from dcc_core.users import (
    CareSource,
    Holder,
    end_care_relation,
    find_account,
    grant_care_relation,
    list_care_team,
)
from dcc_core.web.guards import PERMISSION
from dcc_core.web.i18n import gettext as _
from dcc_core.web.i18n import later
from dcc_core.web.inject import CurrentPage, FormFields, Transaction
from dcc_core.web.opened import OpenedPatient, open_patient
from dcc_core.web.page import Html, Page
from dcc_core.web.validation import FieldErrors, field_errors

_READ = {PERMISSION: "core.identity.read"}
_MANAGE = {PERMISSION: "core.care_team.manage"}
_OPPOSE = {PERMISSION: "core.opposition.manage"}
_OF_PATIENT = "/patients/{patient_id:uuid}"
_NAMES = {
    SharingPurpose.DCC: later("Dossier régional"),
    SharingPurpose.DMP: later("DMP"),
    SharingPurpose.MSSANTE: later("MSSanté"),
    SharingPurpose.RESEARCH: later("Recherche"),
    SharingPurpose.EMERGENCY: later("Accès en urgence"),
}
_DURATIONS = {"30": 30, "90": 90, "365": 365}


@get(f"{_OF_PATIENT}/equipe", name="core.patient.team", opt=_READ, sync_to_thread=True)
def team_page(page: CurrentPage, session: Transaction, patient_id: FromPath[UUID]) -> Html:
    """Show who has access to the dossier, and what the patient opposes."""
    opened = open_patient(page, session, patient_id, action="core.identity.read")
    return _page(page, session, opened)


@post(f"{_OF_PATIENT}/equipe", name="core.patient.team.invite", opt=_MANAGE, sync_to_thread=True)
def invite(
    page: CurrentPage, session: Transaction, patient_id: FromPath[UUID], data: FormFields
) -> Html:
    """Open the dossier to a colleague for a time."""
    opened = open_patient(page, session, patient_id, action="core.care_team.manage")
    account = find_account(session, data.get("identifier", "").strip())
    if account is None:
        text = _("Aucun compte n’a cet identifiant. Vérifiez le numéro RPPS ou local.")
        return _page(page, session, opened, values=data, errors={"identifier": text}, status=422)
    now = page.site.runtime.clock()
    grant_care_relation(
        session,
        patient_id=opened.id,
        holder=Holder(account_id=account.id),
        source=CareSource.INVITATION,
        now=now,
        author_id=page.visitor.actor.account_id,
        ends_at=now + timedelta(days=_DURATIONS.get(data.get("days", ""), 90)),
    )
    return page.redirect(
        page.at("core.patient.team", patient_id=opened.id), notice=_("Le dossier lui est ouvert.")
    )


@post(
    f"{_OF_PATIENT}/equipe/{{relation_id:uuid}}/fin",
    name="core.patient.team.end",
    opt=_MANAGE,
    sync_to_thread=True,
)
def end_relation(
    page: CurrentPage, session: Transaction, patient_id: FromPath[UUID], relation_id: FromPath[UUID]
) -> Html:
    """Close somebody's access now."""
    opened = open_patient(page, session, patient_id, action="core.care_team.manage")
    now = page.site.runtime.clock()
    members = {m.relation_id for m in list_care_team(session, patient_id=opened.id, now=now)}
    if relation_id not in members:
        raise NotFound("ACC-202", _("Cette relation de soin n'existe pas ou est déjà close."))
    end_care_relation(session, relation_id=relation_id, now=now)
    return page.redirect(
        page.at("core.patient.team", patient_id=opened.id), notice=_("L’accès est fermé.")
    )


@post(f"{_OF_PATIENT}/oppositions", name="core.patient.oppose", opt=_OPPOSE, sync_to_thread=True)
def oppose(
    page: CurrentPage, session: Transaction, patient_id: FromPath[UUID], data: FormFields
) -> Html:
    """Note what the patient said about one kind of sharing, on the day they said it."""
    opened = open_patient(page, session, patient_id, action="core.opposition.manage")
    try:
        record_opposition(
            session,
            opened.id,
            _purpose(data.get("purpose", "")),
            is_opposed=data.get("opposed") == "yes",
            stated_on=_day(data.get("stated_on", ""), page),
            source="oral",
            clock=page.site.runtime.clock,
        )
    except InvalidInput as error:
        return _page(page, session, opened, values=data, errors=field_errors(error), status=422)
    return page.redirect(
        page.at("core.patient.team", patient_id=opened.id), notice=_("C’est noté au dossier.")
    )


def _page(
    page: Page,
    session: Session,
    opened: OpenedPatient,
    *,
    values: dict[str, str] | None = None,
    errors: FieldErrors | None = None,
    status: int = 200,
) -> Html:
    latest: dict[str, Opposition] = {}
    for fact in list_oppositions(session, opened.id):
        latest.setdefault(fact.purpose.value, fact)
    return page.render(
        "core/patient/team.html",
        status=status,
        opened=opened,
        team=list_care_team(session, patient_id=opened.id, now=page.site.runtime.clock()),
        purposes=[purpose.value for purpose in SharingPurpose],
        purpose_choices=[(purpose.value, _(_NAMES[purpose])) for purpose in SharingPurpose],
        stated=latest,
        values=values or {},
        errors=errors or {},
    )


def _purpose(given: str) -> SharingPurpose:
    try:
        return SharingPurpose(given)
    except ValueError:
        raise InvalidInput(
            "WEB-120", _("Choisissez un partage de la liste."), field="purpose"
        ) from None


def _day(given: str, page: Page) -> date:
    if not given.strip():
        return page.site.runtime.clock().date()
    known = parse_birth_date(given)
    if known is None:
        raise InvalidInput(
            "WEB-121", _("Cette date n’existe pas : écrivez jj/mm/aaaa."), field="stated_on"
        )
    return known.value


ROUTES = (team_page, invite, end_relation, oppose)
"""Route handlers of this module."""
