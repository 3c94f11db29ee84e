"""Pages that anybody may read: asking for an account, accessibility."""

from litestar import get, post
from pydantic import ValidationError

from dcc_core.users import AccountRequestIn, submit_request
from dcc_core.web.guards import PUBLIC
from dcc_core.web.i18n import gettext as _
from dcc_core.web.inject import CurrentPage, FormFields, Transaction
from dcc_core.web.page import Html, Page
from dcc_core.web.pages.sign_in import begin_attempt
from dcc_core.web.validation import FieldErrors, field_errors

_OPEN = {PUBLIC: True}


@get("/demande-de-compte", name="core.account_request", opt=_OPEN, sync_to_thread=True)
def account_request_page(page: CurrentPage) -> Html:
    """Show the form that asks for an account."""
    return _form(page, {}, {})


@post("/demande-de-compte", name="core.account_request.submit", opt=_OPEN, sync_to_thread=True)
def submit_account_request(page: CurrentPage, session: Transaction, data: FormFields) -> Html:
    """Record a request; the answer is the same whoever asks."""
    fields = {name: value for name, value in data.items() if name in AccountRequestIn.model_fields}
    try:
        entry = AccountRequestIn.model_validate({k: v for k, v in fields.items() if v.strip()})
    except ValidationError as error:
        return _form(page, data, field_errors(error), status=422)
    submit_request(session, entry=entry, now=page.site.runtime.clock())
    return page.redirect(
        page.at("core.sign_in"),
        notice=_("Votre demande est transmise. Votre 3C vous répondra par courriel."),
    )


@get("/accessibilite", name="core.accessibility", opt=_OPEN, sync_to_thread=True)
def accessibility_page(page: CurrentPage) -> Html:
    """Show the accessibility statement (loi 2005-102, art. 47)."""
    return page.render("core/accessibility.html")


def _form(page: Page, values: dict[str, str], errors: FieldErrors, *, status: int = 200) -> Html:
    roles = page.site.access.policy.roles.values()
    return page.render(
        "core/account_request.html",
        status=status,
        cookies=[begin_attempt(page)],
        values=values,
        errors=errors,
        role_choices=[(role.code, role.label) for role in roles if role.granted_by],
    )


ROUTES = (account_request_page, submit_account_request, accessibility_page)
"""Route handlers of this module."""
