"""Logout by the person, and logout told by the provider."""

from collections.abc import Iterator
from datetime import timedelta

import httpx2
import pytest

from dcc_sandbox.psc.provider import PscProvider
from dcc_sandbox.psc.tampering import HONEST, Tampering
from dcc_sso_psc.oidc.relying_party import RelyingParty
from dcc_sso_psc.refusals import Refusal, SignInRefused

from .conftest import Clock, config_for, relying_party_for
from .providers import (
    AFTER_LOGOUT_URI,
    CLIENT_ID,
    ProviderUnderTest,
    SandboxUnderTest,
    sandbox,
)
from .receiver import Receiver
from .spent_tokens import MemorySpentTokens
from .visitor import ONCOLOGIST, Visitor


def _leave(browser: httpx2.Client, url: str) -> str:
    """Follow the logout address, confirm if asked, and return where the browser ends."""
    answer = browser.get(url)
    if answer.status_code == 200:  # oidc-provider asks for a confirmation
        action = answer.text.split('action="')[1].split('"')[0]
        token = answer.text.split('name="xsrf" value="')[1].split('"')[0]
        answer = browser.post(action, data={"xsrf": token, "logout": "yes"})
    return answer.headers["location"]


def test_leaving_ends_the_provider_session_and_tells_us(
    visitor: Visitor, relying_party: RelyingParty, receiver: Receiver, spent: MemorySpentTokens
) -> None:
    authentication = visitor.sign_in()
    url = relying_party.logout_url(
        raw_id_token=authentication.raw_id_token, return_to=AFTER_LOGOUT_URI
    )
    assert url is not None
    assert _leave(visitor.browser, url).startswith(AFTER_LOGOUT_URI)
    token = receiver.next_token()
    request = relying_party.verify_logout(token, spent=spent)
    assert authentication.id_token.sid is not None
    assert request.sid == authentication.id_token.sid
    with pytest.raises(SignInRefused) as refused:
        relying_party.verify_logout(token, spent=spent)
    assert refused.value.refusal is Refusal.LOGOUT_REPLAY


def test_id_token_is_not_a_logout_token(
    visitor: Visitor, relying_party: RelyingParty, spent: MemorySpentTokens
) -> None:
    with pytest.raises(SignInRefused) as refused:
        relying_party.verify_logout(visitor.sign_in().raw_id_token, spent=spent)
    assert refused.value.refusal is Refusal.LOGOUT_EVENT


def test_provider_without_logout_address_is_tolerated(
    provider: ProviderUnderTest, relying_party: RelyingParty
) -> None:
    provider.tamper(Tampering(discovery={"end_session_endpoint": None}))
    assert relying_party.logout_url(raw_id_token="x", return_to=AFTER_LOGOUT_URI) is None


LOGOUT_FAULTS = {
    "aud_other": (Tampering(logout={"aud": "autre"}), Refusal.AUDIENCE),
    "iss_other": (Tampering(logout={"iss": "https://autre.invalid"}), Refusal.ISSUER),
    "events_absent": (Tampering(logout={"events": None}), Refusal.LOGOUT_EVENT),
    "events_list": (Tampering(logout={"events": []}), Refusal.LOGOUT_EVENT),
    "events_other": (Tampering(logout={"events": {"autre": {}}}), Refusal.LOGOUT_EVENT),
    "nonce": (Tampering(logout={"nonce": "n"}), Refusal.LOGOUT_NONCE),
    "no_target": (Tampering(logout={"sid": None, "sub": None}), Refusal.LOGOUT_TARGET),
    "sid_number": (Tampering(logout={"sid": 3}), Refusal.CLAIM),
    "jti_absent": (Tampering(logout={"jti": None}), Refusal.CLAIM),
    "iat_absent": (Tampering(logout={"iat": None}), Refusal.CLAIM),
    "too_old": (Tampering(shift_s=-300), Refusal.LOGOUT_STALE),
    "future": (Tampering(shift_s=300), Refusal.FUTURE),
    "expired": (Tampering(logout={"exp": 1}), Refusal.EXPIRED),
    "alg_none": (Tampering(algorithm="none"), Refusal.ALGORITHM),
    "alg_hs256": (Tampering(algorithm="HS256-secret"), Refusal.ALGORITHM),
    "kid_unknown": (Tampering(key="unknown"), Refusal.KEY_UNKNOWN),
    "signature": (Tampering(key="forged"), Refusal.SIGNATURE),
    "typ_other": (Tampering(header={"typ": "at+jwt"}), Refusal.LOGOUT_EVENT),
    "oversized": (Tampering(logout={"padding": "x" * 20_000}), Refusal.TOKEN_OVERSIZED),
}
LOGOUT_VARIANTS = {
    "honest": HONEST,
    "typ_jwt": Tampering(header={"typ": "JWT"}),
    "typ_absent": Tampering(header={"typ": None}),
    "sub_only": Tampering(logout={"sid": None}),
    "sid_only": Tampering(logout={"sub": None}),
    "exp_absent": Tampering(logout={"exp": None}),
    "minute_late": Tampering(shift_s=-60),
}


@pytest.fixture(scope="module")
def psc() -> Iterator[PscProvider]:
    with sandbox() as under_test:
        yield under_test.provider


@pytest.fixture
def party(psc: PscProvider, clock: Clock) -> RelyingParty:
    return relying_party_for(config_for(SandboxUnderTest(psc)), clock)


def _logout_token(psc: PscProvider, tampering: Tampering) -> str:
    psc.tampering = tampering
    session = psc.open_session(ONCOLOGIST)
    return psc.logout_token(psc.clients[CLIENT_ID], session)


@pytest.mark.parametrize("name", LOGOUT_FAULTS)
def test_bad_logout_tokens_are_refused(
    name: str, psc: PscProvider, party: RelyingParty, spent: MemorySpentTokens
) -> None:
    tampering, refusal = LOGOUT_FAULTS[name]
    with pytest.raises(SignInRefused) as refused:
        party.verify_logout(_logout_token(psc, tampering), spent=spent)
    assert refused.value.refusal is refusal


@pytest.mark.parametrize("name", LOGOUT_VARIANTS)
def test_permitted_variants_are_accepted(
    name: str, psc: PscProvider, party: RelyingParty, spent: MemorySpentTokens
) -> None:
    request = party.verify_logout(_logout_token(psc, LOGOUT_VARIANTS[name]), spent=spent)
    assert request.sid or request.subject == ONCOLOGIST.subject


def test_spent_tokens_are_forgotten_only_when_too_old(
    psc: PscProvider, party: RelyingParty, clock: Clock, spent: MemorySpentTokens
) -> None:
    token = _logout_token(psc, HONEST)
    party.verify_logout(token, spent=spent)
    for ahead, refusal in ((119, Refusal.LOGOUT_REPLAY), (200, Refusal.LOGOUT_STALE)):
        clock.ahead = timedelta(seconds=ahead)
        with pytest.raises(SignInRefused) as refused:
            party.verify_logout(token, spent=spent)
        assert refused.value.refusal is refusal


@pytest.mark.parametrize("garbage", ["", "a", "a.b.c", "..", "é.é.é", "e30.e30.e30", "x" * 99_999])
def test_garbage_is_refused(garbage: str, party: RelyingParty, spent: MemorySpentTokens) -> None:
    with pytest.raises(SignInRefused):
        party.verify_logout(garbage, spent=spent)
