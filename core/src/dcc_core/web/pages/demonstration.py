"""Signing in as one of the fictitious persons of a demonstration. The route does not exist in
production.
"""

from uuid import UUID

from litestar import post

from dcc_core.errors import InvalidInput
from dcc_core.users import SignedIn, get_account
from dcc_core.web.guards import PUBLIC
from dcc_core.web.i18n import gettext as _
from dcc_core.web.inject import CurrentPage, FormFields, Transaction
from dcc_core.web.page import Html
from dcc_core.web.return_path import safe_path
from dcc_core.web.sessions import SessionCookie, open_account_session


@post("/connexion/demonstration", name="core.sign_in.demo", opt={PUBLIC: True}, sync_to_thread=True)
def sign_in_for_demonstration(page: CurrentPage, session: Transaction, data: FormFields) -> Html:
    """Sign in as a fictitious person, without any proof."""
    try:
        account = get_account(session, UUID(data.get("account", "")))
    except ValueError as error:
        raise InvalidInput(
            "WEB-103", _("Choisissez une personne de la liste."), field="account"
        ) from error
    token, _opened = open_account_session(
        session, page, account=account, proof=SignedIn(provider="demonstration")
    )
    answer = page.redirect(safe_path(data.get("back", "")))
    SessionCookie(page.site).issue(answer, token)
    return answer
