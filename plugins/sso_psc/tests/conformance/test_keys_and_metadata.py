"""Rotation of keys, moves of endpoints, and outages: what is refetched, when, and how often."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from dcc_sandbox.psc.tampering import HONEST, Tampering
from dcc_sso_psc.oidc.relying_party import RelyingParty
from dcc_sso_psc.refusals import Refusal, SignInRefused

from .conftest import KINDS, Clock, config_for, relying_party_for, started
from .providers import REDIRECT_URI, ProviderUnderTest
from .visitor import ONCOLOGIST, Visitor


@pytest.fixture(params=KINDS, scope="module")
def own_provider(request: pytest.FixtureRequest) -> Iterator[ProviderUnderTest]:
    with started(request.param) as provider:
        yield provider


@pytest.fixture
def rotating(own_provider: ProviderUnderTest, clock: Clock) -> Iterator[Visitor]:
    """A visitor who has signed in once, so that keys and metadata are in memory."""
    with Visitor(own_provider, relying_party_for(config_for(own_provider), clock)) as visitor:
        visitor.sign_in()
        yield visitor
    own_provider.tamper(HONEST)


@pytest.mark.parametrize("keep_old", [True, False])
def test_new_key_is_fetched_at_once(
    rotating: Visitor, own_provider: ProviderUnderTest, keep_old: bool
) -> None:
    own_provider.rotate(keep_old=keep_old)
    assert rotating.sign_in().id_token.subject == ONCOLOGIST.subject


def test_replaced_key_under_the_same_name_is_fetched_after_five_minutes(
    rotating: Visitor, own_provider: ProviderUnderTest, clock: Clock
) -> None:
    own_provider.rotate(keep_old=False, same_kid=True)
    assert rotating.refusal() is Refusal.SIGNATURE
    clock.ahead = timedelta(minutes=6)
    own_provider.tamper(Tampering(shift_s=360))
    assert rotating.sign_in().id_token.subject == ONCOLOGIST.subject


def test_unknown_keys_cause_one_fetch_per_ten_seconds(
    rotating: Visitor, own_provider: ProviderUnderTest, clock: Clock
) -> None:
    own_provider.tamper(Tampering(key="unknown"))
    assert rotating.refusal() is Refusal.KEY_UNKNOWN
    own_provider.rotate(keep_old=True)
    own_provider.tamper(HONEST)
    assert rotating.refusal() is Refusal.KEY_UNKNOWN
    clock.ahead = timedelta(seconds=11)
    assert rotating.sign_in().id_token.subject == ONCOLOGIST.subject


def test_outage_of_description_and_keys_spares_who_has_them(
    rotating: Visitor, own_provider: ProviderUnderTest, clock: Clock
) -> None:
    own_provider.tamper(Tampering(http={"discovery": "500", "jwks": "html"}))
    assert rotating.sign_in().id_token.subject == ONCOLOGIST.subject
    clock.ahead = timedelta(hours=2)
    own_provider.tamper(Tampering(shift_s=7200, http={"discovery": "500", "jwks": "html"}))
    assert rotating.sign_in().id_token.subject == ONCOLOGIST.subject


def test_moved_endpoint_is_found_within_the_hour(
    rotating: Visitor, own_provider: ProviderUnderTest, clock: Clock
) -> None:
    moved = f"{own_provider.issuer}/protocol/openid-connect/nouveau"
    own_provider.tamper(Tampering(discovery={"authorization_endpoint": moved}))
    before = rotating.relying_party.begin(redirect_uri=REDIRECT_URI)
    clock.ahead = timedelta(minutes=61)
    after = rotating.relying_party.begin(redirect_uri=REDIRECT_URI)
    assert not before.url.startswith(moved)
    assert after.url.startswith(moved)


def test_first_contact_is_retried_after_ten_seconds(
    own_provider: ProviderUnderTest, clock: Clock
) -> None:
    own_provider.tamper(Tampering(http={"discovery": "500"}))
    with Visitor(own_provider, relying_party_for(config_for(own_provider), clock)) as visitor:
        assert visitor.refusal() is Refusal.UNREACHABLE
        own_provider.tamper(HONEST)
        assert visitor.refusal() is Refusal.UNREACHABLE
        clock.ahead = timedelta(seconds=11)
        assert visitor.sign_in().id_token.subject == ONCOLOGIST.subject


def test_probe_tells_an_outage(relying_party: RelyingParty, provider: ProviderUnderTest) -> None:
    relying_party.probe()
    provider.tamper(Tampering(http={"discovery": "503-html"}))
    with pytest.raises(SignInRefused):
        relying_party.probe()
