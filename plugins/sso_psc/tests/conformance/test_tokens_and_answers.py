"""Every fault of the catalogue is refused with its own code; what is harmless is accepted."""

import time

import pytest

from dcc_sandbox.psc.faults import FAULTS, HARMLESS

from .conftest import Clock, config_for, relying_party_for
from .providers import ProviderUnderTest
from .visitor import ONCOLOGIST, Visitor


@pytest.mark.parametrize("name", HARMLESS)
def test_unusual_but_right_answers_open_a_session(
    name: str, provider: ProviderUnderTest, visitor: Visitor
) -> None:
    provider.tamper(HARMLESS[name].tampering)
    authentication = visitor.sign_in()
    assert authentication.id_token.subject == ONCOLOGIST.subject
    assert authentication.userinfo["family_name"] == ONCOLOGIST.family_name


_SLOW = [name for name, fault in FAULTS.items() if "slow" in fault.tampering.http.values()]


@pytest.mark.parametrize("name", sorted(FAULTS.keys() - _SLOW))
def test_faults_are_refused_with_their_code(
    name: str, provider: ProviderUnderTest, visitor: Visitor
) -> None:
    provider.tamper(FAULTS[name].tampering)
    assert visitor.refusal().code == FAULTS[name].refusal


@pytest.mark.parametrize("name", _SLOW)
def test_slow_answers_are_not_waited_for(
    name: str, provider: ProviderUnderTest, clock: Clock
) -> None:
    """The provider takes twenty seconds to answer; one is granted."""
    provider.tamper(FAULTS[name].tampering)
    party = relying_party_for(config_for(provider, timeout_s=1), clock)
    with Visitor(provider, party) as visitor:
        started = time.monotonic()
        assert visitor.refusal().code == FAULTS[name].refusal
    assert time.monotonic() - started < 10
