"""Signing in with a local account, and signing out.

A refusal never says whether an account exists.
"""

import secrets

from litestar import get, post
from litestar.datastructures import Cookie
from litestar.params import FromQuery

from dcc_core.hooks.contracts.access import Actor, Deny, Subject
from dcc_core.hooks.contracts.auth import IdentityProvider
from dcc_core.users import (
    Account,
    SignedIn,
    end_session,
    is_usable,
    list_accounts,
    sign_in_locally,
)
from dcc_core.web.csrf import PRE_SIGN_IN_COOKIE
from dcc_core.web.guards import PERMISSION, PUBLIC
from dcc_core.web.i18n import gettext as _
from dcc_core.web.inject import CurrentPage, FormFields, Transaction
from dcc_core.web.journal import role_labels
from dcc_core.web.page import Html, Page
from dcc_core.web.return_path import safe_path
from dcc_core.web.sessions import (
    SessionCookie,
    client_of,
    current_session,
    open_account_session,
)

_OWN = {PERMISSION: "core.account.self"}
LOGOUT_HINT = "logout_hint"
_DEVICE_COOKIE = "dcc_device"
_DEVICE_AGE_S = 180 * 24 * 3600
_ATTEMPT_AGE_S = 3600
_DEMO_ACCOUNTS = 20


@get("/connexion", name="core.sign_in", opt={PUBLIC: True}, sync_to_thread=True)
def sign_in_page(page: CurrentPage, retour: FromQuery[str] = "/") -> Html:
    """Show the ways to sign in."""
    if page.visitor.is_signed_in:
        return page.redirect(safe_path(retour))
    return sign_in_form(page, back=safe_path(retour))


@post("/connexion/compte", name="core.sign_in.local", opt={PUBLIC: True}, sync_to_thread=True)
def sign_in_with_account(page: CurrentPage, session: Transaction, data: FormFields) -> Html:
    """Sign in with a local account: identifier, password and one-time code together."""
    outcome = sign_in_locally(
        session,
        login=data.get("login", ""),
        password=data.get("password", ""),
        code=data.get("code", ""),
        client=client_of(page.request),
        local=page.site.local,
        now=page.site.runtime.clock(),
        device_cookie=page.request.cookies.get(_DEVICE_COOKIE, ""),
    )
    back = safe_path(data.get("back", ""))
    if outcome.account is None:
        return sign_in_form(page, back=back, error=outcome.text, code=outcome.code)
    is_fallback = _replaces_provider(page, outcome.account)
    refusal = _fallback_refusal(page, outcome.account) if is_fallback else None
    if refusal is not None:
        return sign_in_form(page, back=back, error=refusal.text, code=refusal.reason)
    token, _opened = open_account_session(
        session,
        page,
        account=outcome.account,
        proof=SignedIn(provider="local", auth_mode="totp", fallback=is_fallback),
    )
    answer = page.redirect(back)
    SessionCookie(page.site).issue(answer, token)
    answer.set_cookie(_cookie(page, _DEVICE_COOKIE, outcome.device_cookie, _DEVICE_AGE_S))
    return answer


@post("/deconnexion", name="core.sign_out", opt=_OWN, sync_to_thread=True)
def sign_out(page: CurrentPage, session: Transaction) -> Html:
    """End the session here and, when it has one, the provider's."""
    current = current_session(session, page)
    answer = page.redirect(page.at("core.sign_in"), notice=_("Vous êtes déconnecté."))
    if current is not None:
        provider = page.site.provider(current.provider)
        hint = current.data.get(LOGOUT_HINT, "")
        end_session(session, session_id=current.id, account_id=current.account_id)
        home = f"{page.origin}{page.at('core.sign_in')}"
        url = provider.logout_url(logout_hint=hint, return_to=home) if provider and hint else None
        if provider is not None and url is not None:
            answer = leave(page, provider, url)
    SessionCookie(page.site).withdraw(answer)
    return answer


def sign_in_form(page: Page, *, back: str, error: str = "", code: str = "") -> Html:
    """Show the ways to sign in, with what went wrong the last time."""
    return page.render(
        "core/sign_in/page.html",
        status=422 if error else 200,
        cookies=[begin_attempt(page)],
        providers=[provider for _, provider in page.site.providers],
        demo_accounts=_demo_accounts(page),
        back=back,
        error=error,
        code=code,
    )


def begin_attempt(page: Page) -> Cookie:
    """Return the cookie to which the token of a form is bound while nobody is signed in."""
    value = page.request.cookies.setdefault(PRE_SIGN_IN_COOKIE, secrets.token_urlsafe(24))
    return _cookie(page, PRE_SIGN_IN_COOKIE, value, _ATTEMPT_AGE_S)


def leave(page: Page, provider: IdentityProvider, url: str) -> Html:
    """Send the browser to a provider.

    A page in between, because ``form-action 'self'`` also binds the redirections of a form.
    """
    return page.render(
        "core/sign_in/leave.html", headers={"refresh": f"0; url={url}"}, provider=provider, url=url
    )


def _replaces_provider(page: Page, account: Account) -> bool:
    """Tell whether this person normally signs in with an identity provider of the region."""
    return bool(account.national_id and page.site.providers)


def _fallback_refusal(page: Page, account: Account) -> Deny | None:
    """Ask the plugins whether a local sign-in may replace the provider now."""
    actor = Actor(account_id=account.id, national_id=account.national_id or "", fallback=True)
    return page.site.runtime.dispatcher.veto(
        "dcc_access_veto", actor=actor, action="core.account.self", subject=Subject()
    )


def _demo_accounts(page: Page) -> list[tuple[str, str]]:
    """Return the accounts that a demonstration offers to sign in as, never in production."""
    runtime = page.site.runtime
    if runtime.settings.is_production:
        return []
    with runtime.database.reading() as session:
        now = runtime.clock()
        known = list_accounts(session, limit=_DEMO_ACCOUNTS)
        accounts = [account for account in known if is_usable(account, now)]
        held = role_labels(session, page.site.access.policy, {account.id for account in accounts})
        return [(str(each.id), _shown(each, held.get(each.id, ""))) for each in accounts]


def _shown(account: Account, roles: str) -> str:
    """Return a fictitious person with what they do, so that a visitor can choose."""
    name = f"{account.title} {account.given_name} {account.family_name}".strip()
    return f"{name}, {roles}" if roles else name


def _cookie(page: Page, name: str, value: str, max_age: int) -> Cookie:
    return Cookie(
        name,
        value=value,
        max_age=max_age,
        httponly=True,
        secure=page.site.is_secure,
        samesite="lax",
    )


ROUTES = (sign_in_page, sign_in_with_account, sign_out)
"""Route handlers of this module."""
