"""Every fault of the catalogue is refused with its own code; what is harmless is accepted."""

import time

import pytest

from dcc_sandbox.psc.faults import FAULTS, HARMLESS

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


@pytest.mark.parametrize("name", FAULTS)
def test_faults_are_refused_with_their_code(
    name: str, provider: ProviderUnderTest, visitor: Visitor
) -> None:
    provider.tamper(FAULTS[name].tampering)
    started = time.monotonic()
    assert visitor.refusal().code == FAULTS[name].refusal
    assert time.monotonic() - started < 10  # the slow answers take twenty seconds
