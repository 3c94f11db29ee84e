"""The plugin in a region: contract of its hooks, and sign-in of the ten people through it."""

from collections.abc import Iterator

import httpx2
import pytest

from dcc_core.api import Environment, ExternalIdentity, HealthState, Settings
from dcc_core.testing import contract_tests
from dcc_sandbox.psc.people import PEOPLE, Person
from dcc_sandbox.psc.tampering import HONEST, Tampering
from dcc_sso_psc.plugin import SsoPscPlugin
from dcc_sso_psc.provider import OidcProvider
from dcc_sso_psc.refusals import SignInRefused
from dcc_sso_psc.settings import SsoPscSettings

from .conformance.providers import (
    AFTER_LOGOUT_URI,
    CLIENT_ID,
    CLIENT_SECRET,
    REDIRECT_URI,
    SandboxUnderTest,
    parameters_of,
    sandbox,
)

_CREDENTIALS = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}

test_contract = contract_tests(
    SsoPscPlugin, environment="sandbox", sandbox_url="http://127.0.0.1:9", **_CREDENTIALS
)
test_contract_without_settings = contract_tests(SsoPscPlugin)


@pytest.fixture(scope="module")
def running() -> Iterator[SandboxUnderTest]:
    with sandbox() as provider:
        yield provider


@pytest.fixture
def plugin(running: SandboxUnderTest) -> Iterator[SsoPscPlugin]:
    settings = {"environment": "sandbox", "sandbox_url": _origin(running), **_CREDENTIALS}
    yield SsoPscPlugin(SsoPscSettings.model_validate(settings))
    running.tamper(HONEST)


def _origin(running: SandboxUnderTest) -> str:
    return running.issuer.partition("/auth/")[0]


def _button(plugin: SsoPscPlugin) -> OidcProvider:
    (provider,) = plugin.dcc_identity_providers(Settings(env=Environment.TEST))
    assert isinstance(provider, OidcProvider)
    return provider


def _sign_in(button: OidcProvider, running: SandboxUnderTest, person: Person) -> ExternalIdentity:
    start = button.start(redirect_uri=REDIRECT_URI)
    with httpx2.Client(trust_env=False) as browser:
        query = parameters_of(running.sign_in(browser, start.url, person))
    return button.complete(query=query, kept=start.keep, redirect_uri=REDIRECT_URI)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.key)
def test_ten_people_sign_in(
    person: Person, plugin: SsoPscPlugin, running: SandboxUnderTest
) -> None:
    identity = _sign_in(_button(plugin), running, person)
    assert (identity.provider, identity.national_id) == ("sso_psc", person.national_id)
    assert identity.subject == person.subject
    assert identity.provider_session


def test_sandbox_is_a_development_provider(plugin: SsoPscPlugin) -> None:
    assert _button(plugin).development
    bas = SsoPscPlugin(SsoPscSettings.model_validate({"environment": "bas", **_CREDENTIALS}))
    assert not _button(bas).development


def test_leaving_is_possible_during_an_outage(
    plugin: SsoPscPlugin, running: SandboxUnderTest
) -> None:
    running.tamper(Tampering(http={"discovery": "500"}))
    assert _button(plugin).logout_url(logout_hint="x", return_to=AFTER_LOGOUT_URI) is None


def test_health_follows_the_provider(plugin: SsoPscPlugin, running: SandboxUnderTest) -> None:
    (check,) = plugin.dcc_health_checks()
    assert check.check().state is HealthState.OK
    running.tamper(Tampering(http={"discovery": "html"}))
    fresh = SsoPscPlugin(plugin.settings)
    (check,) = fresh.dcc_health_checks()
    assert check.check().state is HealthState.DOWN
    with pytest.raises(SignInRefused):
        _button(fresh).start(redirect_uri=REDIRECT_URI)
