"""The return of the browser: single use, one browser, one issuer, ten minutes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from dcc_sandbox.psc.people import PEOPLE_BY_KEY
from dcc_sso_psc.oidc.relying_party import RelyingParty
from dcc_sso_psc.refusals import Refusal, SignInRefused

from .conftest import Clock
from .providers import REDIRECT_URI, ProviderUnderTest
from .visitor import ONCOLOGIST, Visitor


def test_replayed_return_is_refused(visitor: Visitor) -> None:
    query = visitor.visit(visitor.begin())
    visitor.come_back(query)
    with pytest.raises(SignInRefused) as refused:
        visitor.come_back(query)
    assert refused.value.refusal is Refusal.STATE_UNKNOWN


def test_code_cannot_serve_twice_even_if_the_session_gave_its_secrets_twice(
    visitor: Visitor, relying_party: RelyingParty
) -> None:
    url = visitor.begin()
    kept = next(iter(visitor.kept.values()))
    query = visitor.visit(url)
    relying_party.complete(query=query, kept=kept, redirect_uri=REDIRECT_URI)
    with pytest.raises(SignInRefused) as refused:
        relying_party.complete(query=query, kept=kept, redirect_uri=REDIRECT_URI)
    assert refused.value.refusal is Refusal.CODE_REJECTED


def test_return_swapped_between_two_browsers_is_refused(
    provider: ProviderUnderTest, relying_party: RelyingParty
) -> None:
    with Visitor(provider, relying_party) as attacker, Visitor(provider, relying_party) as victim:
        stolen = attacker.visit(attacker.begin())
        victim.begin()
        for target in (victim, Visitor(provider, relying_party)):
            with pytest.raises(SignInRefused) as refused:
                target.come_back(stolen)
            assert refused.value.refusal is Refusal.STATE_UNKNOWN


def test_code_of_another_sign_in_is_refused(
    provider: ProviderUnderTest, relying_party: RelyingParty
) -> None:
    """A code injected under a valid state fails: PKCE binds it to its own request."""
    with Visitor(provider, relying_party) as attacker, Visitor(provider, relying_party) as victim:
        stolen = attacker.visit(attacker.begin(), PEOPLE_BY_KEY["chirurgien"])
        own = victim.visit(victim.begin())
        with pytest.raises(SignInRefused) as refused:
            victim.come_back({**own, "code": stolen["code"]})
    assert refused.value.refusal is Refusal.CODE_REJECTED


def test_two_tabs_both_sign_in(visitor: Visitor) -> None:
    first, second = visitor.begin(), visitor.begin()
    late, early = visitor.visit(first), visitor.visit(second)
    assert visitor.come_back(early).id_token.subject == ONCOLOGIST.subject
    assert visitor.come_back(late).id_token.subject == ONCOLOGIST.subject


def test_return_after_ten_minutes_is_refused(visitor: Visitor, clock: Clock) -> None:
    query = visitor.visit(visitor.begin())
    clock.ahead = timedelta(minutes=10)
    with pytest.raises(SignInRefused) as refused:
        visitor.come_back(query)
    assert refused.value.refusal is Refusal.STATE_UNKNOWN


def test_giving_up_at_the_provider_is_told(visitor: Visitor) -> None:
    query = visitor.visit(visitor.begin(), None)
    with pytest.raises(SignInRefused) as refused:
        visitor.come_back(query)
    assert refused.value.refusal is Refusal.DECLINED


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        ("access_denied", Refusal.DECLINED),
        ("temporarily_unavailable", Refusal.UNREACHABLE),
        ("unauthorized_client", Refusal.PROVIDER_REFUSED),
        ("<script>", Refusal.PROVIDER_REFUSED),
    ],
)
def test_error_returns_are_told_and_open_nothing(
    error: str, refusal: Refusal, visitor: Visitor
) -> None:
    visitor.begin()
    state = next(iter(visitor.kept))
    with pytest.raises(SignInRefused) as refused:
        visitor.come_back({"state": state, "error": error, "error_description": "canari-détail"})
    assert refused.value.refusal is refusal
    assert "canari" not in str(refused.value)


@pytest.mark.parametrize("code", ["x" * 5000, "a\nb", "é", ""])
def test_unusable_codes_are_refused_without_calling_the_provider(
    code: str, visitor: Visitor
) -> None:
    query = visitor.visit(visitor.begin())
    with pytest.raises(SignInRefused) as refused:
        visitor.come_back({**query, "code": code})
    assert refused.value.refusal is Refusal.CALLBACK_MALFORMED


def test_damaged_session_is_refused(relying_party: RelyingParty) -> None:
    kept = dict(relying_party.begin(redirect_uri=REDIRECT_URI).keep)
    for damaged in ({}, {**kept, "started_at": "hier"}, {"state": kept["state"]}):
        with pytest.raises(SignInRefused) as refused:
            relying_party.complete(
                query={"state": kept["state"], "code": "c"}, kept=damaged, redirect_uri=REDIRECT_URI
            )
        assert refused.value.refusal is Refusal.STATE_UNKNOWN


def test_twenty_people_sign_in_at_once(
    provider: ProviderUnderTest, relying_party: RelyingParty
) -> None:
    def sign_in(_: int) -> str:
        with Visitor(provider, relying_party) as visitor:
            return visitor.sign_in().id_token.subject

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(sign_in, range(20))) == {ONCOLOGIST.subject}
