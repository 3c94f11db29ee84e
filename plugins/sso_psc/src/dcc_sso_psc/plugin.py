"""The plugin: identity providers of the settings, back-channel logout, health and fallback."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial

from litestar.types import ControllerRouterHandler
from sqlmodel import Session

from dcc_core.api import (
    Actor,
    Clock,
    Core,
    DccPlugin,
    Deny,
    Environment,
    HealthCheck,
    HealthReport,
    HealthState,
    IdentityProvider,
    Job,
    MenuItem,
    MenuPlace,
    Panel,
    PluginSettings,
    Settings,
    Subject,
    hookimpl,
)
from dcc_sso_psc.availability import Availability
from dcc_sso_psc.back_channel import back_channel_route
from dcc_sso_psc.fallback import FallbackPolicy, is_open, note_probe, read_fallback
from dcc_sso_psc.pages import MANAGE, FallbackPanel, fallback_routes, help_page
from dcc_sso_psc.provider import PSC_KEY, OidcProvider, federated_provider, psc_provider
from dcc_sso_psc.refusals import Refusal
from dcc_sso_psc.settings import SsoPscSettings


class SsoPscPlugin(DccPlugin):
    """Sign in with Pro Santé Connect and, where a region federates, with other providers."""

    name = "sso_psc"
    label = "Pro Santé Connect"
    settings_model = SsoPscSettings
    models = ("dcc_sso_psc.tables",)
    migrations = "dcc_sso_psc.versions"
    templates = "dcc_sso_psc:templates"
    permissions = (MANAGE,)
    settings: SsoPscSettings

    def __init__(self, settings: PluginSettings) -> None:
        super().__init__(settings)
        self._core: Core | None = None
        self._clock: Clock = partial(datetime.now, UTC)
        self._providers: tuple[OidcProvider, ...] = ()
        self._availability: dict[str, Availability] = {}
        self._offer(self.settings)

    @hookimpl
    def dcc_startup(self, core: Core) -> None:
        """Take the clock and the database of the process."""
        self._core = core
        self._clock = core.clock

    @hookimpl
    def dcc_identity_providers(self, settings: Settings) -> Iterable[IdentityProvider]:
        """Offer Pro Santé Connect first, then the other providers in their order.

        A demonstration that configures nothing gets the sandbox.
        """
        if not self._providers and settings.env is Environment.DEMO:
            self._offer(SsoPscSettings.for_demonstration())
        return self._providers

    @hookimpl
    def dcc_routes(self) -> Iterable[ControllerRouterHandler]:
        """Receive back-channel logouts; explain the sign-in; show the fallback."""
        yield back_channel_route(lambda: self._providers, self._now)
        yield help_page
        if self._has_fallback:
            yield from fallback_routes(self._now)

    @hookimpl
    def dcc_menu_items(self) -> Iterable[MenuItem]:
        """Lead whoever cannot sign in to the explanation, and administrators to the fallback."""
        yield MenuItem(
            "sso_psc.help",
            "Aide à la connexion",
            "sso_psc.help",
            "",
            place=MenuPlace.SIGN_IN,
            icon="circle-help",
        )
        if self._has_fallback:
            yield MenuItem(
                "sso_psc.fallback",
                "Connexion de secours",
                "sso_psc.fallback",
                MANAGE.code,
                place=MenuPlace.ADMIN,
            )

    @hookimpl
    def dcc_panels(self) -> Iterable[Panel]:
        """Say on the home page that the fallback is open."""
        return [FallbackPanel(self._now)] if self._has_fallback else []

    @hookimpl
    def dcc_health_checks(self) -> Iterable[HealthCheck]:
        """Tell whether the providers answer."""
        yield HealthCheck("sso_psc.providers", "Fournisseurs d’identité", self._health, timeout_s=8)

    @hookimpl
    def dcc_jobs(self) -> Iterable[Job]:
        """Watch Pro Santé Connect every minute, to open and close the fallback."""
        if self._has_fallback:
            yield Job("sso_psc.watch", "Surveiller Pro Santé Connect", "* * * * *", self._watch)

    @hookimpl
    def dcc_access_veto(self, actor: Actor, action: str, subject: Subject) -> Deny | None:
        """Close a session of the fallback as soon as the fallback is closed."""
        if not actor.fallback or self._is_fallback_open():
            return None
        closed = Refusal.FALLBACK_CLOSED.value
        return Deny(closed.code, closed.text)

    @property
    def _has_fallback(self) -> bool:
        return self.settings.fallback is not FallbackPolicy.NEVER

    def _is_fallback_open(self) -> bool:
        if self._core is None or not self._has_fallback:
            return False
        with self._core.reading() as session:
            return is_open(read_fallback(session), self._now())

    def _watch(self, session: Session) -> None:
        psc = self._availability.get(PSC_KEY)
        if psc is None:
            return
        by_rule = self.settings.fallback is FallbackPolicy.RULE
        note_probe(
            session,
            answered=psc.report().state is HealthState.OK,
            open_after=timedelta(minutes=self.settings.fallback_after_min) if by_rule else None,
            now=self._now(),
        )

    def _health(self) -> HealthReport:
        reports = [availability.report() for availability in self._availability.values()]
        if all(report.state is HealthState.OK for report in reports):
            return HealthReport(HealthState.OK)
        text = " ".join(report.text for report in reports if report.state is not HealthState.OK)
        return HealthReport(HealthState.DOWN, text)

    def _offer(self, settings: SsoPscSettings) -> None:
        federated = (
            federated_provider(entry, order=10 + place, clock=self._now)
            for place, entry in enumerate(settings.providers)
        )
        psc = [psc_provider(settings, clock=self._now)] if settings.environment else []
        self._providers = (*psc, *federated)
        self._availability = {
            provider.key: Availability(provider.party.probe, label=provider.label, clock=self._now)
            for provider in self._providers
        }

    def _now(self) -> datetime:
        return self._clock()
