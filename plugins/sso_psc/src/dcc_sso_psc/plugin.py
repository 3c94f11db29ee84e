"""The plugin: identity providers of the settings, and their health."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial

from dcc_core.api import (
    Clock,
    Core,
    DccPlugin,
    HealthCheck,
    IdentityProvider,
    PluginSettings,
    Settings,
    hookimpl,
)
from dcc_sso_psc.availability import Availability
from dcc_sso_psc.claims.federated import NationalIdSource, federated_identity
from dcc_sso_psc.claims.identity import psc_identity
from dcc_sso_psc.oidc.relying_party import RelyingParty
from dcc_sso_psc.provider import OidcProvider
from dcc_sso_psc.settings import FederatedSettings, SsoPscSettings

PSC_KEY = "sso_psc"


class SsoPscPlugin(DccPlugin):
    """Sign in with Pro Santé Connect and, where a region federates, with other providers."""

    name = "sso_psc"
    label = "Pro Santé Connect"
    settings_model = SsoPscSettings
    settings: SsoPscSettings

    def __init__(self, settings: PluginSettings) -> None:
        super().__init__(settings)
        self._clock: Clock = partial(datetime.now, UTC)
        federated = enumerate(self.settings.providers)
        self._providers = tuple(self._federated(place, entry) for place, entry in federated)
        if self.settings.environment:
            self._providers = (self._psc(), *self._providers)
        self._availability = tuple(
            (provider, Availability(provider.party.probe, label=provider.label, clock=self._now))
            for provider in self._providers
        )

    @hookimpl
    def dcc_startup(self, core: Core) -> None:
        """Take the clock of the process."""
        self._clock = core.clock

    @hookimpl
    def dcc_identity_providers(self, settings: Settings) -> Iterable[IdentityProvider]:
        """Offer Pro Santé Connect first, then the other providers in their order."""
        return self._providers

    @hookimpl
    def dcc_health_checks(self) -> Iterable[HealthCheck]:
        """Tell which provider answers."""
        for provider, availability in self._availability:
            yield HealthCheck(f"{provider.key}.provider", provider.label, availability.report)

    def _now(self) -> datetime:
        return self._clock()

    def _psc(self) -> OidcProvider:
        return OidcProvider(
            key=PSC_KEY,
            label="Pro Santé Connect",
            order=0,
            development=self.settings.environment == "sandbox",
            party=RelyingParty(self.settings.psc_config(), clock=self._now),
            read_identity=partial(psc_identity, provider=PSC_KEY),
        )

    def _federated(self, place: int, entry: FederatedSettings) -> OidcProvider:
        key = f"{PSC_KEY}_{entry.key}"
        source = NationalIdSource(entry.national_id_claim, entry.national_id_prefix)
        return OidcProvider(
            key=key,
            label=entry.label,
            order=10 + place,
            development=False,
            party=RelyingParty(entry.config(), clock=self._now),
            read_identity=partial(federated_identity, provider=key, source=source),
        )
