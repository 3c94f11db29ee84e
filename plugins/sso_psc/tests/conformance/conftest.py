import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from dcc_sandbox.psc.tampering import HONEST
from dcc_sso_psc.oidc.config import (
    PSC_ACR,
    PSC_AUTHORIZE_PARAMS,
    PSC_SCOPE,
    ClientSecret,
    ProviderConfig,
    Reach,
)
from dcc_sso_psc.oidc.relying_party import RelyingParty

from .providers import (
    CLIENT_ID,
    CLIENT_SECRET,
    ProviderUnderTest,
    has_node,
    node_provider,
    sandbox,
)
from .receiver import Receiver, running_receiver
from .spent_tokens import MemorySpentTokens
from .visitor import Visitor

KINDS = ("sandbox", "oidc-provider")


class Clock:
    """The present, moved by hand."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@contextlib.contextmanager
def started(kind: str, *, backchannel_uri: str = "") -> Iterator[ProviderUnderTest]:
    if kind == "sandbox":
        with sandbox(backchannel_uri=backchannel_uri) as provider:
            yield provider
        return
    if not has_node():
        absent = "node and npm are absent: the certified provider is not tested"
        if os.environ.get("REQUIRE_OIDC_PROVIDER") == "1":
            pytest.fail(absent)
        pytest.skip(absent)
    with node_provider(backchannel_uri=backchannel_uri) as node:
        yield node


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="session", params=KINDS)
def running_provider(
    request: pytest.FixtureRequest, receiver: Receiver
) -> Iterator[ProviderUnderTest]:
    with started(request.param, backchannel_uri=receiver.url) as provider:
        yield provider


@pytest.fixture
def provider(running_provider: ProviderUnderTest) -> Iterator[ProviderUnderTest]:
    yield running_provider
    running_provider.tamper(HONEST)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def config(provider: ProviderUnderTest) -> ProviderConfig:
    return config_for(provider)


def config_for(provider: ProviderUnderTest, *, timeout_s: float = 10) -> ProviderConfig:
    """Trust a provider; a busy machine may take seconds where a network takes milliseconds."""
    return ProviderConfig(
        issuer=provider.issuer,
        discovery_url=f"{provider.issuer}/.well-known/wallet-openid-configuration",
        client_id=CLIENT_ID,
        client_auth=ClientSecret(CLIENT_SECRET),
        origins=frozenset({provider.wallet}),
        scope=PSC_SCOPE,
        authorize_params=PSC_AUTHORIZE_PARAMS,
        acr_accepted=PSC_ACR,
        reach=Reach.LOOPBACK,
        timeout_s=timeout_s,
    )


def relying_party_for(config: ProviderConfig, clock: Clock) -> RelyingParty:
    return RelyingParty(config, clock=clock)


@pytest.fixture
def relying_party(config: ProviderConfig, clock: Clock) -> RelyingParty:
    return relying_party_for(config, clock)


@pytest.fixture
def spent(clock: Clock) -> MemorySpentTokens:
    return MemorySpentTokens(clock=clock)


@pytest.fixture
def visitor(provider: ProviderUnderTest, relying_party: RelyingParty) -> Iterator[Visitor]:
    with Visitor(provider, relying_party) as visitor:
        yield visitor
