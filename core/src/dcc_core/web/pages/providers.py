"""Signing in through an identity provider, and choosing the activity in which one acts."""

from dataclasses import asdict

from litestar import get, post
from litestar.params import FromPath
from sqlmodel import Session

from dcc_core.errors import DccError, InvalidInput, NotFound
from dcc_core.hooks.contracts.auth import ExternalIdentity, IdentityProvider
from dcc_core.users import (
    Account,
    Organisation,
    SignedIn,
    UserSession,
    choose_activity,
    find_organisation,
    grant_proposed_role,
    keep_in_session,
    reconcile_identity,
    start_session,
)
from dcc_core.web.guards import PERMISSION, PUBLIC
from dcc_core.web.i18n import gettext as _
from dcc_core.web.inject import CurrentPage, FormFields, Transaction
from dcc_core.web.page import Html, Page
from dcc_core.web.pages.sign_in import leave, sign_in_form
from dcc_core.web.return_path import safe_path
from dcc_core.web.sessions import (
    SessionCookie,
    client_of,
    current_session,
    open_account_session,
)
from dcc_core.web.site import Site

_OPEN = {PUBLIC: True}
_OWN = {PERMISSION: "core.account.self"}
_RETURN = "return_path"
_ACTIVITIES = "activities"
_ATTEMPTS = "attempts"
MAX_ATTEMPTS = 5
"""Sign-ins that one browser may have under way, one per tab."""


@post("/connexion/p/{key:str}", name="core.sign_in.start", opt=_OPEN, sync_to_thread=True)
def start_with_provider(
    page: CurrentPage, session: Transaction, key: FromPath[str], data: FormFields
) -> Html:
    """Keep what the provider needs back on the server, and send the browser to it."""
    provider = _provider(page.site, key)
    started = provider.start(redirect_uri=_callback(page, key))
    answer = leave(page, provider, started.url)
    current = current_session(session, page)
    if current is None or current.account_id is not None:
        token, current = start_session(
            session, client=client_of(page.request), now=page.site.runtime.clock()
        )
        SessionCookie(page.site).issue(answer, token)
    attempt = {"key": key, "kept": dict(started.keep), "back": safe_path(data.get("back", ""))}
    attempts = [*current.data.get(_ATTEMPTS, []), attempt]
    keep_in_session(session, current=current, values={_ATTEMPTS: attempts[-MAX_ATTEMPTS:]})
    return answer


@get("/connexion/retour/{key:str}", name="core.sign_in.callback", opt=_OPEN, sync_to_thread=True)
def return_from_provider(page: CurrentPage, session: Transaction, key: FromPath[str]) -> Html:
    """Check what the provider says, once, and open the session of the person it names."""
    provider = _provider(page.site, key)
    pairs = list(page.request.query_params.multi_items())
    query = dict(pairs)
    attempt = _consume_attempt(page, key, query.get("state"))
    if attempt is None or len(query) < len(pairs):
        text = _("Cette connexion a expiré ou a déjà servi. Recommencez depuis cette page.")
        return sign_in_form(page, back="/", error=text, code="WEB-102")
    kept, back = attempt
    try:
        identity = provider.complete(query=query, kept=kept, redirect_uri=_callback(page, key))
        account = reconcile_identity(session, identity=identity, now=page.site.runtime.clock())
    except DccError as error:
        return sign_in_form(page, back=back, error=error.text, code=error.code)
    return _welcome(page, session, account, identity, back)


@get("/connexion/activite", name="core.activity", opt=_OWN, sync_to_thread=True)
def activity_page(page: CurrentPage, session: Transaction) -> Html:
    """Ask in which structure the person acts now."""
    current = current_session(session, page)
    activities = current.data.get(_ACTIVITIES, []) if current else []
    return page.render("core/sign_in/activity.html", activities=activities)


@post("/connexion/activite", name="core.activity.choose", opt=_OWN, sync_to_thread=True)
def choose(page: CurrentPage, session: Transaction, data: FormFields) -> Html:
    """Act from now on in the structure chosen; the session token changes with the rights."""
    current = current_session(session, page)
    activities = current.data.get(_ACTIVITIES, []) if current else []
    chosen = next((a for a in activities if a["structure_id"] == data.get("structure")), None)
    if current is None or chosen is None:
        raise InvalidInput("WEB-101", _("Choisissez une structure de la liste."), field="structure")
    organisation = find_organisation(session, chosen["structure_id"])
    _grant_by_rule(page, session, current, organisation, chosen.get("proposed_role", ""))
    token = choose_activity(
        session,
        current=current,
        organisation_id=organisation.id if organisation else None,
        now=page.site.runtime.clock(),
    )
    answer = page.redirect(safe_path(current.data.get(_RETURN, "/")))
    SessionCookie(page.site).issue(answer, token)
    return answer


def _welcome(
    page: Page, session: Session, account: Account, identity: ExternalIdentity, back: str
) -> Html:
    """Open the session; with several activities, ask first which one."""
    only = identity.activities[0] if len(identity.activities) == 1 else None
    organisation = find_organisation(session, only.structure_id) if only else None
    proof = SignedIn(
        provider=identity.provider,
        acr=identity.acr,
        auth_mode=identity.auth_mode,
        provider_session=identity.provider_session,
        provider_subject=identity.subject,
        logout_hint=identity.logout_hint,
        authenticated_at=identity.authenticated_at,
    )
    token, opened = open_account_session(
        session,
        page,
        account=account,
        proof=proof,
        organisation_id=organisation.id if organisation else None,
    )
    if only is not None:
        _grant_by_rule(page, session, opened, organisation, only.proposed_role)
    activities = [asdict(activity) for activity in identity.activities]
    values = {**opened.data, _ACTIVITIES: activities, _RETURN: back}
    keep_in_session(session, current=opened, values=values)
    answer = page.redirect(page.at("core.activity") if len(activities) > 1 else back)
    SessionCookie(page.site).issue(answer, token)
    return answer


def _grant_by_rule(
    page: Page,
    session: Session,
    current: UserSession,
    organisation: Organisation | None,
    role: str,
) -> None:
    """Grant what the region's rules propose, in a structure that the region knows."""
    if role and organisation is not None and current.account_id is not None:
        grant_proposed_role(
            session,
            account_id=current.account_id,
            role=role,
            organisation_id=organisation.id,
            policy=page.site.access.policy,
            now=page.site.runtime.clock(),
            ends_at=current.expires_at,
        )


def _consume_attempt(page: Page, key: str, state: str | None) -> tuple[dict[str, str], str] | None:
    """Take what the start kept, for good and in a transaction of its own, and the way back.

    Of several attempts, the one that kept this ``state``; else the last, for the provider to judge.
    """
    with page.site.runtime.session() as session:
        current = current_session(session, page)
        if current is None or current.account_id is not None:
            return None
        attempts = current.data.get(_ATTEMPTS, [])
        own = [attempt for attempt in attempts if attempt["key"] == key]
        named = [attempt for attempt in own if attempt["kept"].get("state") == state]
        taken = next(reversed(named or own), None)
        if taken is None:
            return None
        rest = [attempt for attempt in attempts if attempt is not taken]
        keep_in_session(session, current=current, values={_ATTEMPTS: rest})
        return taken["kept"], safe_path(taken["back"])


def _provider(site: Site, key: str) -> IdentityProvider:
    found = site.provider(key)
    if found is None:
        raise NotFound("WEB-404", "")
    return found


def _callback(page: Page, key: str) -> str:
    return f"{page.origin}/connexion/retour/{key}"


ROUTES = (start_with_provider, return_from_provider, activity_page, choose)
"""Route handlers of this module."""
