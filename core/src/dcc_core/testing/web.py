"""Test clients of the web: fictitious accounts, clients signed in as them, forms with token."""

import re
from uuid import UUID

from litestar import Litestar
from litestar.testing import TestClient
from sqlmodel import Session

from dcc_core.audit.context import SYSTEM
from dcc_core.testing.clock import START
from dcc_core.users import AccountIn, build_policy, create_account, grant_role

Client = TestClient[Litestar]
_TOKEN = re.compile(r'name="_csrf" value="([^"]+)"')


def add_account(
    session: Session,
    *roles: str,
    family: str = "DÉMO-VALMONT",
    given: str = "Inès",
    number: int = 1,
    scope: str = "",
) -> UUID:
    """Create an account that holds these roles since ``START``."""
    now = START
    entry = AccountIn(
        family_name=family, given_name=given, title="Dr", national_id=f"8999900{number:05d}"
    )
    account = create_account(session, entry=entry, now=now)
    for role in roles:
        grant_role(
            session,
            account_id=account.id,
            role=role,
            author=SYSTEM,
            policy=build_policy(),
            now=now,
            scope=scope,
        )
    return account.id


def token_of(text: str) -> str:
    """Return the anti-forgery token of a page."""
    found = _TOKEN.search(text)
    assert found, "no form on this page"
    return found[1]


def sign_in(client: Client, account_id: UUID) -> None:
    """Sign in through the page of the demonstration."""
    token = token_of(client.get("/connexion").text)
    answer = client.post(
        "/connexion/demonstration",
        data={"_csrf": token, "account": str(account_id)},
        follow_redirects=False,
    )
    assert answer.status_code == 303, answer.text


def submit(client: Client, page: str, action: str, **fields: str) -> object:
    """Post a form of a page with its token."""
    token = token_of(client.get(page).text)
    return client.post(action, data={"_csrf": token, **fields}, follow_redirects=False)
