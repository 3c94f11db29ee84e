"""A logout told by Pro Santé Connect ends the sessions of the region, and only those it names."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlmodel import select

from dcc_core.api import Database, Region, Settings
from dcc_core.audit import AuditEntry
from dcc_core.plugins import load_plugins
from dcc_core.users import AccountIn, Client, SignedIn, create_account, load_session, sign_in
from dcc_core.web.app import create_app
from dcc_core.web.runtime import Runtime
from dcc_sandbox.psc.people import PEOPLE_BY_KEY
from dcc_sandbox.psc.provider import PscProvider
from dcc_sandbox.psc.provider import Session as PscSession
from dcc_sandbox.psc.registrations import Client as PscClient
from dcc_sandbox.psc.server import running_psc
from dcc_sandbox.psc.tampering import HONEST, Tampering
from dcc_sso_psc.plugin import SsoPscPlugin
from dcc_sso_psc.refusals import Refusal

_CLIENT = PscClient(client_id="dcc", secret="secret-de-test")
_PATH = "/x/sso_psc/deconnexion/sso_psc"
_DOCTOR = PEOPLE_BY_KEY["oncologue"]


@pytest.fixture(scope="module")
def psc() -> Iterator[PscProvider]:
    with running_psc((_CLIENT,)) as provider:
        yield provider


@dataclass
class Installation:
    """A region that trusts the sandbox, and people signed in to it."""

    psc: PscProvider
    database: Database
    client: TestClient[Litestar]

    def sign_in(
        self, person: str = "oncologue", provider: str = "sso_psc"
    ) -> tuple[str, PscSession]:
        """Return the token of a session of the region and the provider session behind it."""
        known = PEOPLE_BY_KEY[person]
        session = self.psc.open_session(known)
        now = datetime.now(UTC)
        with self.database.session() as opened:
            account = create_account(
                opened,
                entry=AccountIn(
                    family_name=known.family_name,
                    given_name=known.given_name,
                    login=f"{person}.{session.sid[:8].strip('-_')}x",
                ),
                now=now,
            )
            proof = SignedIn(
                provider=provider, provider_session=session.sid, provider_subject=known.subject
            )
            token, _ = sign_in(opened, account=account, proof=proof, client=Client(), now=now)
        return token, session

    def is_signed_in(self, token: str) -> bool:
        with self.database.session() as session:
            return load_session(session, token=token, now=datetime.now(UTC)) is not None

    def logout_token(self, session: PscSession, tampering: Tampering = HONEST) -> str:
        self.psc.tampering = tampering
        try:
            return self.psc.logout_token(_CLIENT, session)
        finally:
            self.psc.tampering = HONEST

    def tell(self, token: str, path: str = _PATH) -> int:
        answer = self.client.post(path, data={"logout_token": token})
        assert answer.headers["cache-control"] == "no-store"
        return answer.status_code


@pytest.fixture
def installation(psc: PscProvider, database: Database) -> Iterator[Installation]:
    region = Region(slug="demo", name="Exemple")
    chosen = {
        "environment": "sandbox",
        "sandbox_url": psc.origin,
        "client_id": "dcc",
        "client_secret": "secret-de-test",
    }
    settings = Settings(env="test", secret_key="s" * 32, plugins={"sso_psc": chosen})
    loaded = load_plugins(region, settings, installed={}, extra=(SsoPscPlugin,))
    runtime = Runtime(settings, region, database, loaded.dispatcher, loaded.plugins)
    with TestClient(create_app(runtime), raise_server_exceptions=False) as client:
        yield Installation(psc, database, client)


def test_session_named_by_sid_ends_and_others_stay(installation: Installation) -> None:
    first, named = installation.sign_in()
    second, _ = installation.sign_in()
    other, _ = installation.sign_in("chirurgien")
    assert installation.tell(installation.logout_token(named)) == 200
    alive = [installation.is_signed_in(token) for token in (first, second, other)]
    assert alive == [False, True, True]


def test_subject_alone_ends_every_session_of_the_person(installation: Installation) -> None:
    first, named = installation.sign_in()
    second, _ = installation.sign_in()
    other, _ = installation.sign_in("chirurgien")
    token = installation.logout_token(named, Tampering(logout={"sid": None}))
    assert installation.tell(token) == 200
    alive = [installation.is_signed_in(session) for session in (first, second, other)]
    assert alive == [False, False, True]


def test_replay_is_refused_and_ends_nothing(installation: Installation) -> None:
    _, named = installation.sign_in()
    token = installation.logout_token(named, Tampering(logout={"sid": None}))
    assert installation.tell(token) == 200
    again, _ = installation.sign_in()
    assert installation.tell(token) == 400
    assert installation.is_signed_in(again)


_UNPROVEN = {
    "forged": Tampering(key="forged"),
    "unknown key": Tampering(key="unknown"),
    "unsigned": Tampering(algorithm="none"),
    "other audience": Tampering(logout={"aud": "autre"}),
    "nonce": Tampering(logout={"nonce": "n"}),
    "no event": Tampering(logout={"events": {}}),
    "old": Tampering(shift_s=-600),
    "oversized": Tampering(logout={"padding": "x" * 20_000}),
}


@pytest.mark.parametrize("name", _UNPROVEN)
def test_unproven_logout_ends_nothing(installation: Installation, name: str) -> None:
    tampering = _UNPROVEN[name]
    token, named = installation.sign_in()
    assert installation.tell(installation.logout_token(named, tampering)) == 400
    assert installation.is_signed_in(token)


def test_session_of_another_provider_stays(installation: Installation) -> None:
    token, named = installation.sign_in(provider="local")
    assert installation.tell(installation.logout_token(named)) == 200
    assert installation.is_signed_in(token)


def test_unknown_provider_and_empty_call_are_refused(installation: Installation) -> None:
    _, named = installation.sign_in()
    token = installation.logout_token(named)
    assert installation.tell(token, "/x/sso_psc/deconnexion/autre") == 400
    assert installation.tell("") == 400


def test_call_of_a_megabyte_is_refused(installation: Installation) -> None:
    answer = installation.client.post(_PATH, data={"logout_token": "x" * 1_000_000})
    assert answer.status_code in {400, 413}


def test_address_answers_no_get(installation: Installation) -> None:
    assert installation.client.get(_PATH).status_code in {404, 405}


def test_end_is_audited(installation: Installation) -> None:
    _, named = installation.sign_in()
    installation.tell(installation.logout_token(named))
    with installation.database.session() as session:
        events = [entry.event for entry in session.exec(select(AuditEntry)).all()]
    assert "session.end" in events


def test_help_page_is_public_and_explains_every_code(installation: Installation) -> None:
    answer = installation.client.get("/x/sso_psc/aide")
    assert answer.status_code == 200
    assert all(refusal.code in answer.text for refusal in Refusal)
