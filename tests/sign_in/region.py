"""A region that trusts the sandbox provider, and people who come to it with their browser."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urljoin

import httpx
from litestar import Litestar

from dcc_core.api import Database, Region, Settings
from dcc_core.audit.context import SYSTEM
from dcc_core.plugins import load_plugins
from dcc_core.users import (
    AccountIn,
    OrganisationIn,
    build_policy,
    create_account,
    disable_account,
    grant_role,
    register_organisation,
)
from dcc_core.web.app import create_app
from dcc_core.web.runtime import Runtime
from dcc_sandbox.partners import DEMO_CLIENT
from dcc_sandbox.psc.people import PEOPLE, Person
from dcc_sandbox.psc.provider import PscProvider
from dcc_sso_psc.plugin import SsoPscPlugin

CLIENT = DEMO_CLIENT
_CSRF = re.compile(r'name="_csrf" value="([^"]+)"')
_DEMAND = re.compile(r'name="demande" value="([^"]+)"')
_ROLES = {
    "secretaire_cpe": "rcp_secretary",
    "secretaire_rpps": "rcp_secretary",
    "pharmacien": "regional_admin",
}
SECRET_KEY = "s" * 32


def region_app(psc: PscProvider, database: Database, **more: object) -> Litestar:
    """Return the application of a region; nine of the ten people have an account there."""
    chosen = {
        "environment": "sandbox",
        "sandbox_url": psc.origin,
        "client_id": CLIENT.client_id,
        "client_secret": CLIENT.secret,
        "timeout_s": 2,
        **more,
    }
    region = Region(slug="demo", name="Exemple")
    settings = Settings(env="test", secret_key=SECRET_KEY, plugins={"sso_psc": chosen})
    loaded = load_plugins(region, settings, installed={}, extra=(SsoPscPlugin,))
    _add_people(database)
    runtime = Runtime(settings, region, database, loaded.dispatcher, loaded.plugins)
    runtime.dispatcher.tx("dcc_startup", core=runtime)
    return create_app(runtime)


def _add_people(database: Database) -> None:
    now = datetime.now(UTC)
    with database.session() as session:
        for finess, name in (("990000010", "CHU DÉMO"), ("990000028", "CENTRE DÉMO")):
            register_organisation(session, entry=OrganisationIn(name=name, finess=finess))
        for person in PEOPLE:
            if person.key == "inconnu":
                continue
            entry = AccountIn(
                family_name=person.family_name,
                given_name=person.given_name,
                national_id=person.national_id,
                login=f"{person.key}.demo",
            )
            account = create_account(session, entry=entry, now=now)
            grant_role(
                session,
                account_id=account.id,
                role=_ROLES.get(person.key, "physician"),
                author=SYSTEM,
                policy=build_policy(),
                now=now,
                scope="rcp:demo",
            )
            if person.key == "suspendu":
                disable_account(session, account_id=account.id, reason="suspended", now=now)


@dataclass
class Browser:
    """The browser of one person: cookies of the region and of the provider."""

    url: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=30))

    def begin(self) -> str:
        """Press the button of Pro Santé Connect; return the address to which it leads."""
        return self.press(self.http.get(f"{self.url}/connexion"))

    def press(self, page: httpx.Response) -> str:
        """Press the button on a page drawn earlier."""
        form = {"_csrf": _csrf(page), "back": "/"}
        answer = self.http.post(f"{self.url}/connexion/p/sso_psc", data=form)
        return answer.headers["refresh"].partition("url=")[2]

    def identify(self, url: str, person: Person) -> str:
        """Choose a person at the provider; return the address that leads back to the region."""
        answer = self.http.get(url)
        if not answer.is_redirect:
            key = _found(_DEMAND, answer.text)
            form = {"demande": key, "personne": person.key}
            answer = self.http.post(urljoin(url, "/auth/identite"), data=form)
        return answer.headers["location"]

    def sign_in(self, person: Person) -> httpx.Response:
        """Go the whole way; return the last answer of the region."""
        return self.http.get(self.identify(self.begin(), person))

    def submit(self, page: str, action: str, /, **fields: str) -> httpx.Response:
        """Post a form of a page."""
        token = _csrf(self.http.get(f"{self.url}{page}"))
        return self.http.post(f"{self.url}{action}", data={"_csrf": token, **fields})

    def choose(self, structure: str) -> httpx.Response:
        """Choose the activity."""
        path = "/connexion/activite"
        return self.submit(path, path, structure=structure)

    def sign_out(self) -> httpx.Response:
        """Leave the region and follow it to the provider."""
        answer = self.submit("/compte", "/deconnexion")
        away = answer.headers.get("refresh", "").partition("url=")[2]
        return self.http.get(away) if away else answer

    @property
    def is_signed_in(self) -> bool:
        return self.http.get(f"{self.url}/compte").status_code == 200

    @property
    def session_cookie(self) -> str:
        return self.http.cookies.get("dcc", default="", domain="127.0.0.1") or ""


def _csrf(answer: httpx.Response) -> str:
    return _found(_CSRF, answer.text)


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    assert found, text[:2000]
    return found[1]
