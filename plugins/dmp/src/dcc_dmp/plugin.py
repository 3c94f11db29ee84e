"""Entry point of the plugin."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path

import click
from litestar.types import ControllerRouterHandler

from dcc_cda.api import DocumentChecker, rules_folder
from dcc_core.api import (
    ConfigError,
    DccPlugin,
    Environment,
    HealthCheck,
    OutboundFeed,
    Panel,
    Settings,
    hookimpl,
    utc_now,
)
from dcc_dmp.breaker import CircuitBreaker
from dcc_dmp.certificate import load_signing_certificate
from dcc_dmp.client import DmpClient, Endpoints, Feeder
from dcc_dmp.feed import DmpFeed
from dcc_dmp.health import check_certificates
from dcc_dmp.settings import DmpSettings
from dcc_dmp.transport import Transport, mutual_tls
from dcc_dmp.vihf import Software
from dcc_dmp.web import ANNOUNCE, AnnouncementPanel, DmpPanel, announcement_routes


class DmpPlugin(DccPlugin):
    """Feeding of the DMP."""

    name = "dmp"
    label = "DMP / Mon espace santé"
    depends_on = ("cda",)
    settings_model = DmpSettings
    templates = "dcc_dmp:templates"
    permissions = (ANNOUNCE,)
    settings: DmpSettings

    @hookimpl
    def dcc_outbound_feeds(self, settings: Settings) -> Iterable[OutboundFeed]:
        """Return the feed, none while no address is set.

        A demonstration that configures nothing gets the sandbox.
        """
        rules = rules_folder(settings.home)
        if self.settings.is_configured:
            return [make_feed(self.settings, rules=rules)]
        if settings.env is Environment.DEMO and not settings.region and find_spec("dcc_sandbox"):
            own = DmpSettings.for_demonstration(settings.home)
            return [_feed(own, cache(partial(make_client, own)), rules)]
        return []

    @hookimpl
    def dcc_routes(self) -> Iterable[ControllerRouterHandler]:
        """Let a physician say that the announcement is made."""
        return announcement_routes(utc_now)

    @hookimpl
    def dcc_panels(self) -> Iterable[Panel]:
        """Show beside a document where it stands in the DMP."""
        return [DmpPanel(), AnnouncementPanel()]

    @hookimpl
    def dcc_health_checks(self) -> Iterable[HealthCheck]:
        """Return the state of the certificates by which the DMP knows the establishment."""
        if not self.settings.is_configured:
            return []
        check = partial(check_certificates, self.settings, utc_now)
        return [HealthCheck("dmp.certificates", "Certificats DMP", check)]

    @hookimpl
    def dcc_cli(self, group: click.Group) -> None:
        """Add ``dcc bench signatures``."""
        from dcc_dmp.bench import command

        bench = group.get_command(click.Context(group), "bench")
        if isinstance(bench, click.Group):
            bench.add_command(command)


def make_feed(settings: DmpSettings, *, rules: Path) -> DmpFeed:
    """Return the feed that the settings describe.

    Args:
        settings: The plugin's settings.
        rules: Where the national rules are or will be installed.

    Raises:
        ConfigError: ``DCC-DMP-020`` or ``021`` unusable certificates, ``023`` a setting is missing.
    """
    client = make_client(settings)
    return _feed(settings, lambda: client, rules)


def _feed(settings: DmpSettings, client: Callable[[], DmpClient], rules: Path) -> DmpFeed:
    return DmpFeed(
        client,
        DocumentChecker(rules),
        document_classes=settings.document_classes,
        hide_until_announced=settings.hide_until_announced,
    )


def make_client(settings: DmpSettings) -> DmpClient:
    """Return the client that the settings describe. Raise ``ConfigError`` as ``make_feed`` does."""
    certificate, key = settings.signing_certificate, settings.signing_key
    if certificate is None or key is None or not settings.structure or not settings.root_oid:
        raise ConfigError(
            "DCC-DMP-023",
            "The DMP feed lacks signing_certificate, signing_key, structure or root_oid. "
            "Set them, or leave repository_url empty to do without the feed.",
        )
    tls = None
    if settings.tls_certificate and settings.tls_key:
        tls = mutual_tls(settings.tls_certificate, settings.tls_key, settings.tls_authority)
    software = Software("dcc", settings.product_version, settings.approval_id)
    return DmpClient(
        Endpoints(
            settings.repository_url,
            settings.registry_url or settings.repository_url,
            settings.patients_url or settings.repository_url,
        ),
        Feeder(settings.structure, settings.sector, settings.root_oid, software),
        Transport(tls, settings.timeout_s),
        load_signing_certificate(certificate, key),
        CircuitBreaker(
            failures=settings.breaker_failures,
            pause=timedelta(seconds=settings.breaker_pause_s),
            clock=utc_now,
        ),
        utc_now,
    )
