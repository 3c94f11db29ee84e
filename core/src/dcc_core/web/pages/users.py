"""Administration of people: accounts, requests, roles, structures."""

from urllib.parse import urlencode
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from pydantic import ValidationError
from sqlmodel import Session

from dcc_core.errors import AccessDenied, Conflict, InvalidInput
from dcc_core.users import (
    AccountOut,
    OrganisationIn,
    approve_request,
    disable_account,
    enable_account,
    get_account,
    grant_role,
    invite,
    list_accounts,
    list_grants,
    list_organisations,
    list_pending_requests,
    refuse_request,
    register_organisation,
    revoke_role,
)
from dcc_core.web.guards import PERMISSION
from dcc_core.web.i18n import gettext as _
from dcc_core.web.inject import CurrentPage, FormFields, ReadOnly, Transaction
from dcc_core.web.page import Html, Page
from dcc_core.web.validation import FieldErrors, field_errors

_USERS = {PERMISSION: "core.admin.users"}
_ROLES = {PERMISSION: "core.admin.roles"}
_PLACES = {PERMISSION: "core.admin.organisations"}
PAGE_SIZE = 50
_ACCOUNT = "/admin/comptes/{account_id:uuid}"


@get("/admin/comptes", name="core.admin.users", opt=_USERS, sync_to_thread=True)
def accounts_page(
    page: CurrentPage,
    reading: ReadOnly,
    nom: FromQuery[str] = "",
    apres: FromQuery[UUID | None] = None,
) -> Html:
    """Show the accounts by name, and the requests that wait."""
    rows = list_accounts(reading, text=nom, after=apres, limit=PAGE_SIZE + 1)
    shown = [AccountOut.model_validate(row) for row in rows[:PAGE_SIZE]]
    return page.render(
        "core/admin/accounts.html",
        accounts=shown,
        older=shown[-1].id if len(rows) > PAGE_SIZE else None,
        text=nom,
        requests=list_pending_requests(reading),
        policy=page.site.access.policy,
    )


@get(_ACCOUNT, name="core.admin.account", opt=_USERS, sync_to_thread=True)
def account_page(page: CurrentPage, reading: ReadOnly, account_id: FromPath[UUID]) -> Html:
    """Show one account, its roles and its state."""
    return _account(page, reading, account_id)


@post(f"{_ACCOUNT}/etat", name="core.admin.account.state", opt=_USERS, sync_to_thread=True)
def change_state(
    page: CurrentPage, session: Transaction, account_id: FromPath[UUID], data: FormFields
) -> Html:
    """Disable an account, whose sessions end at once, or enable it again."""
    now = page.site.runtime.clock()
    if data.get("state") == "active":
        enable_account(session, account_id=account_id, now=now)
        return _back(page, account_id, _("Le compte est réactivé."))
    reason = data.get("reason", "").strip()
    if not reason:
        errors = {"reason": _("Indiquez pourquoi : ce motif est conservé.")}
        return _account(page, session, account_id, errors=errors, status=422)
    disable_account(session, account_id=account_id, reason=reason[:200], now=now)
    return _back(page, account_id, _("Le compte est désactivé et ses sessions sont fermées."))


@post(
    f"{_ACCOUNT}/invitation",
    name="core.admin.account.invite",
    opt=_USERS,
    status_code=200,
    sync_to_thread=True,
)
def invite_holder(page: CurrentPage, session: Transaction, account_id: FromPath[UUID]) -> Html:
    """Show, once, the address with which the holder of a local account sets password and code."""
    runtime = page.site.runtime
    try:
        token = invite(session, account_id=account_id, local=page.site.local, now=runtime.clock())
    except InvalidInput as error:
        return _account(page, session, account_id, errors={"": error.text}, status=422)
    address = f"{page.origin}{page.at('core.enrolment')}?{urlencode({'jeton': token})}"
    return _account(page, session, account_id, invitation=address)


@post(f"{_ACCOUNT}/roles", name="core.admin.account.grant", opt=_ROLES, sync_to_thread=True)
def grant(
    page: CurrentPage, session: Transaction, account_id: FromPath[UUID], data: FormFields
) -> Html:
    """Grant a role that one may grant."""
    try:
        grant_role(
            session,
            account_id=account_id,
            role=data.get("role", ""),
            author=page.visitor.actor,
            policy=page.site.access.policy,
            now=page.site.runtime.clock(),
            scope=data.get("scope", "").strip(),
        )
    except InvalidInput as error:
        return _account(page, session, account_id, errors=field_errors(error), status=422)
    except AccessDenied as error:
        errors = {"role": f"{error.text} ({error.code})"}
        return _account(page, session, account_id, errors=errors, status=403)
    return _back(page, account_id, _("Le rôle est attribué."))


@post(
    f"{_ACCOUNT}/roles/{{grant_id:uuid}}/fin",
    name="core.admin.account.revoke",
    opt=_ROLES,
    sync_to_thread=True,
)
def revoke(
    page: CurrentPage, session: Transaction, account_id: FromPath[UUID], grant_id: FromPath[UUID]
) -> Html:
    """Take a role back now."""
    revoke_role(
        session,
        grant_id=grant_id,
        author=page.visitor.actor,
        now=page.site.runtime.clock(),
    )
    return _back(page, account_id, _("Le rôle est retiré."))


@post(
    "/admin/demandes/{request_id:uuid}",
    name="core.admin.request",
    opt=_USERS,
    sync_to_thread=True,
)
def decide_request(
    page: CurrentPage, session: Transaction, request_id: FromPath[UUID], data: FormFields
) -> Html:
    """Approve or refuse an account request."""
    runtime = page.site.runtime
    if data.get("decision") == "approve":
        account = approve_request(
            session,
            request_id=request_id,
            reviewer=page.visitor.actor,
            policy=page.site.access.policy,
            now=runtime.clock(),
            login=data.get("login", "").strip() or None,
        )
        return _back(page, account.id, _("Le compte est ouvert."))
    refuse_request(
        session,
        request_id=request_id,
        reviewer=page.visitor.actor,
        reason=data.get("reason", ""),
        now=runtime.clock(),
    )
    return page.redirect(page.at("core.admin.users"), notice=_("La demande est refusée."))


@get("/admin/structures", name="core.admin.organisations", opt=_PLACES, sync_to_thread=True)
def organisations_page(page: CurrentPage, reading: ReadOnly) -> Html:
    """Show the structures of the region."""
    return _organisations(page, reading, {}, {})


@post("/admin/structures", name="core.admin.organisations.add", opt=_PLACES, sync_to_thread=True)
def add_organisation(page: CurrentPage, session: Transaction, data: FormFields) -> Html:
    """Register a structure."""
    given = {name: data[name] for name in ("name", "finess", "siret", "kind") if data.get(name)}
    try:
        register_organisation(session, entry=OrganisationIn.model_validate(given))
    except ValidationError as error:
        return _organisations(page, session, data, field_errors(error), status=422)
    except Conflict as error:
        return _organisations(page, session, data, {"finess": error.text}, status=409)
    return page.redirect(
        page.at("core.admin.organisations"), notice=_("La structure est enregistrée.")
    )


def _account(
    page: Page,
    session: Session,
    account_id: UUID,
    *,
    errors: FieldErrors | None = None,
    status: int = 200,
    invitation: str = "",
) -> Html:
    policy = page.site.access.policy
    held = page.visitor.actor.roles
    return page.render(
        "core/admin/account.html",
        status=status,
        account=AccountOut.model_validate(get_account(session, account_id)),
        grants=list_grants(session, account_id=account_id, now=page.site.runtime.clock()),
        policy=policy,
        grantable=[
            (role.code, role.label) for role in policy.roles.values() if role.granted_by & held
        ],
        errors=errors or {},
        invitation=invitation,
    )


def _organisations(
    page: Page,
    session: Session,
    values: dict[str, str],
    errors: FieldErrors,
    *,
    status: int = 200,
) -> Html:
    return page.render(
        "core/admin/organisations.html",
        status=status,
        organisations=list_organisations(session),
        values=values,
        errors=errors,
    )


def _back(page: Page, account_id: UUID, notice: str) -> Html:
    return page.redirect(page.at("core.admin.account", account_id=account_id), notice=notice)


ROUTES = (
    accounts_page,
    account_page,
    change_state,
    invite_holder,
    grant,
    revoke,
    decide_request,
    organisations_page,
    add_organisation,
)
"""Route handlers of this module."""
