"""What we send: the authorization request, and nothing that repeats."""

from dcc_sso_psc.oidc.relying_party import RelyingParty

from .providers import CLIENT_ID, REDIRECT_URI, ProviderUnderTest, parameters_of
from .visitor import Visitor


def test_request_asks_for_a_code_with_pkce_and_the_psc_level(
    provider: ProviderUnderTest, relying_party: RelyingParty
) -> None:
    start = relying_party.begin(redirect_uri=REDIRECT_URI)
    asked = parameters_of(start.url)
    assert start.url.startswith(f"{provider.wallet}/")
    assert asked["response_type"] == "code"
    assert asked["client_id"] == CLIENT_ID
    assert asked["redirect_uri"] == REDIRECT_URI
    assert asked["scope"] == "openid scope_all"
    assert asked["acr_values"] == "eidas1"
    assert asked["code_challenge_method"] == "S256"
    assert asked["state"] == start.keep["state"]
    assert asked["nonce"] == start.keep["nonce"]
    assert len(asked["code_challenge"]) == 43


def test_secrets_stay_out_of_the_address_and_of_reprs(relying_party: RelyingParty) -> None:
    start = relying_party.begin(redirect_uri=REDIRECT_URI)
    assert start.keep["verifier"] not in start.url
    assert start.keep["verifier"] not in repr(start)


def test_every_request_draws_new_secrets(relying_party: RelyingParty) -> None:
    drawn = [
        start.keep[name]
        for start in (relying_party.begin(redirect_uri=REDIRECT_URI) for _ in range(50))
        for name in ("state", "nonce", "verifier")
    ]
    assert len(set(drawn)) == 150
    assert min(map(len, drawn)) >= 43


def test_authentication_hides_identity_and_tokens_from_reprs(visitor: Visitor) -> None:
    authentication = visitor.sign_in()
    shown = repr(authentication)
    assert authentication.raw_id_token not in shown
    assert authentication.userinfo["family_name"] not in shown
