"""The assembled site: what the core and the plugins bring, collected once at start."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from jinja2 import Environment

from dcc_core.hooks.contracts.auth import IdentityProvider
from dcc_core.hooks.contracts.ops import HealthCheck
from dcc_core.hooks.contracts.web import Panel, RecordSection
from dcc_core.web import formats
from dcc_core.web.assets import Assets
from dcc_core.web.branding import add_branding
from dcc_core.web.forgery import ForgeryTokens
from dcc_core.web.menus import EMPTY_MENU, Menu
from dcc_core.web.metrics import Metrics
from dcc_core.web.notices import NoticeSeal
from dcc_core.web.runtime import Runtime
from dcc_core.web.templating import template_environment

CORE_STATIC = "dcc_core.web:static"
CORE_PERMISSIONS = frozenset({"core.account.self", "core.patient.search"})


def _no_address(_name: str) -> str | None:
    return None


@dataclass(slots=True)
class Site:
    """Everything the pages share, read-only once the application has started.

    Attributes:
        menu: Filled when the routes are known, before the first request.
        address: Return the path of a route by name, None when there is none.
    """

    runtime: Runtime
    assets: Assets
    tokens: ForgeryTokens
    notices: NoticeSeal
    metrics: Metrics
    panels: tuple[tuple[str, Panel], ...]
    sections: tuple[tuple[str, RecordSection], ...]
    checks: tuple[tuple[str, HealthCheck], ...]
    providers: tuple[tuple[str, IdentityProvider], ...]
    templates: Environment = field(init=False)
    menu: Menu = field(default=EMPTY_MENU)
    address: Callable[[str], str | None] = field(default=_no_address)

    @property
    def permissions(self) -> frozenset[str]:
        """Return the codes of every right that the core and the plugins declare."""
        declared = (plugin.instance.permissions for plugin in self.runtime.plugins)
        return CORE_PERMISSIONS.union(right.code for rights in declared for right in rights)

    @property
    def is_secure(self) -> bool:
        """Tell whether browsers reach the region over TLS, so that cookies may demand it."""
        settings = self.runtime.settings
        return settings.is_production or settings.public_url.startswith("https://")


def build_site(runtime: Runtime) -> Site:
    """Collect what the plugins declare.

    Raises:
        StartRefused: With every problem of every plugin.
        ConfigError: ``WEB-001`` a template or static folder is missing, ``WEB-002`` a logo is
            unusable.
    """
    dispatcher = runtime.dispatcher
    key = _site_key(runtime)
    site = Site(
        runtime=runtime,
        assets=_load_assets(runtime),
        tokens=ForgeryTokens(key),
        notices=NoticeSeal(key),
        metrics=Metrics(lambda: len(dispatcher.failures)),
        panels=dispatcher.collect("dcc_panels"),
        sections=dispatcher.collect("dcc_record_sections"),
        checks=dispatcher.collect("dcc_health_checks"),
        providers=dispatcher.collect("dcc_identity_providers", settings=runtime.settings),
    )
    site.templates = _load_templates(site)
    return site


def _site_key(runtime: Runtime) -> bytes:
    """Return the key of this deployment; a demonstration without one draws its own."""
    secret = runtime.settings.secret_key
    return secret.get_secret_value().encode() if secret else secrets.token_bytes(32)


def _load_assets(runtime: Runtime) -> Assets:
    assets = Assets()
    assets.add_folder("core", CORE_STATIC)
    for plugin in runtime.plugins:
        if plugin.instance.static:
            assets.add_folder(plugin.name, plugin.instance.static)
    add_branding(assets, runtime.region.branding)
    return assets


def _load_templates(site: Site) -> Environment:
    runtime = site.runtime
    folders = {
        plugin.name: plugin.instance.templates
        for plugin in runtime.plugins
        if plugin.instance.templates
    }
    return template_environment(
        folders,
        region_folder=runtime.region.templates,
        filters=formats.filters(runtime.region.timezone, runtime.clock),
        values={
            "static": site.assets.url,
            "has_static": site.assets.has,
            "address": lambda name: site.address(name) or "",
            "region": runtime.region,
            "environment": runtime.settings.env,
        },
    )
