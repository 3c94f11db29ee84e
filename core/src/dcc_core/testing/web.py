"""Test clients of the web: fictitious accounts, clients signed in as them, forms with token."""

import re
from typing import Any
from uuid import UUID

from httpx import Cookies, Response
from litestar import Litestar
from litestar.testing import TestClient
from sqlmodel import Session

from dcc_core.audit.context import SYSTEM
from dcc_core.testing.clock import START
from dcc_core.users import AccountIn, build_policy, create_account, grant_role

Client = TestClient[Litestar]


class Browser:
    """One person's browser on a shared test client: its own cookies, the same application."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.cookies = Cookies()

    def get(self, path: str, **options: Any) -> Response:
        """Follow a link."""
        return self._send("GET", path, **options)

    def post(self, path: str, **options: Any) -> Response:
        """Submit a form."""
        return self._send("POST", path, **options)

    def put(self, path: str, **options: Any) -> Response:
        """Replace something."""
        return self._send("PUT", path, **options)

    def _send(self, method: str, path: str, **options: Any) -> Response:
        self._client.cookies = self.cookies
        try:
            return self._client.request(method, path, **options)
        finally:
            self.cookies = Cookies(self._client.cookies)


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


def sign_in(client: Client | Browser, account_id: UUID) -> None:
    """Sign in through the page of the demonstration."""
    token = token_of(client.get("/connexion").text)
    answer = client.post(
        "/connexion/demonstration",
        data={"_csrf": token, "account": str(account_id)},
        follow_redirects=False,
    )
    assert answer.status_code == 303, answer.text


def submit(client: Client | Browser, page: str, action: str, **fields: str) -> Response:
    """Post a form of a page with its token."""
    token = token_of(client.get(page).text)
    return client.post(action, data={"_csrf": token, **fields}, follow_redirects=False)
