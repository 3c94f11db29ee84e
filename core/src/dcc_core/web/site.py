"""The assembled site: what the core and the plugins bring, collected once at start."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError

from dcc_core.config.keys import master_secret
from dcc_core.exchange import ExchangeParts, collect_parts, count_states
from dcc_core.hooks.contracts.auth import IdentityProvider
from dcc_core.hooks.contracts.ops import HealthCheck
from dcc_core.hooks.contracts.web import Panel, RecordSection
from dcc_core.live import Hub
from dcc_core.patients import opposed_purposes
from dcc_core.users import (
    AccessRules,
    DeviceCookies,
    LocalAuthentication,
    Vault,
    build_policy,
)
from dcc_core.web import formats
from dcc_core.web.assets import Assets, package_folder
from dcc_core.web.branding import add_branding, provider_buttons
from dcc_core.web.forgery import ForgeryTokens
from dcc_core.web.i18n import current_locale
from dcc_core.web.live_topics import LiveDesk, Topics
from dcc_core.web.marks import identity_marks, sex_shown
from dcc_core.web.menus import EMPTY_MENU, Menu
from dcc_core.web.metrics import Metrics
from dcc_core.web.notices import NoticeSeal
from dcc_core.web.notification_kinds import Kinds
from dcc_core.web.routes import RouteAddresses
from dcc_core.web.runtime import Runtime
from dcc_core.web.shell import ShellParts

if TYPE_CHECKING:  # Jinja is loaded for the first page, not for the start
    from jinja2 import Environment

_logger = logging.getLogger(__name__)
CORE_STATIC = "dcc_core.web:static"
_CONSTANTS = ("static", "has_static", "address", "icon_of", "identity_status_of")
"""What templates call that answers alike as long as the application runs."""


@dataclass(slots=True)
class Site:
    """Everything the pages share, read-only once the application has started.

    Attributes:
        access: What decisions about access are made with.
        menu: Filled when the routes are known, before the first request.
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
    access: AccessRules
    parts: ExchangeParts
    local: LocalAuthentication
    live: LiveDesk
    kinds: Kinds
    environments: "dict[str, Environment]" = field(default_factory=dict)
    menu: Menu = field(default=EMPTY_MENU)
    routes: RouteAddresses = field(default_factory=RouteAddresses)
    shell: ShellParts = field(default_factory=ShellParts)

    def address(self, name: str, **parameters: object) -> str:
        """Return the path of a route by name.

        Raises:
            KeyError: There is no such route: a template or handler names it wrongly.
        """
        return self.routes.path(name, **parameters)

    @property
    def templates(self) -> "Environment":
        """Return the templates in the language of the page at hand."""
        locale = current_locale()
        if locale not in self.environments:
            self.environments[locale] = _load_templates(self)
        return self.environments[locale]

    def provider(self, key: str) -> IdentityProvider | None:
        """Return the identity provider of this key."""
        return next((provider for _, provider in self.providers if provider.key == key), None)

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
    key = master_secret(runtime.settings)
    access = _access_rules(runtime)
    site = Site(
        runtime=runtime,
        assets=_load_assets(runtime),
        tokens=ForgeryTokens(key),
        notices=NoticeSeal(key),
        metrics=Metrics(lambda: len(dispatcher.failures), partial(_queues, runtime)),
        panels=dispatcher.collect("dcc_panels"),
        sections=dispatcher.collect("dcc_record_sections"),
        checks=dispatcher.collect("dcc_health_checks"),
        providers=dispatcher.collect("dcc_identity_providers", settings=runtime.settings),
        access=access,
        parts=collect_parts(dispatcher, runtime.settings),
        local=LocalAuthentication(
            Vault(key), DeviceCookies(key), issuer=runtime.region.branding.short_name
        ),
        kinds=Kinds(dispatcher.collect("dcc_notification_kinds")),
        live=LiveDesk(Hub(runtime.database), Topics(dispatcher.collect("dcc_live_topics"), access)),
    )
    _check_templates(runtime)
    return site


def _queues(runtime: Runtime) -> Mapping[str, Mapping[str, int]]:
    """Return how the queues stand; nothing while the database does not answer."""
    try:
        with runtime.database.reading() as session:
            return count_states(session)
    except OperationalError:
        return {}


def _access_rules(runtime: Runtime) -> AccessRules:
    declared = [right for plugin in runtime.plugins for right in plugin.instance.permissions]
    return AccessRules(
        policy=build_policy(declared),
        dispatcher=runtime.dispatcher,
        oppositions=opposed_purposes,
        clock=runtime.clock,
    )


def _load_assets(runtime: Runtime) -> Assets:
    assets = Assets()
    assets.add_folder("core", CORE_STATIC)
    for plugin in runtime.plugins:
        if plugin.instance.static:
            assets.add_folder(plugin.name, plugin.instance.static)
    add_branding(assets, runtime.region.branding)
    return assets


def _template_folders(runtime: Runtime) -> dict[str, str]:
    return {
        plugin.name: plugin.instance.templates
        for plugin in runtime.plugins
        if plugin.instance.templates
    }


def _check_templates(runtime: Runtime) -> None:
    """Find the folders of templates, and warn of what the region overrides without having seen."""
    folders = _template_folders(runtime)
    for folder in folders.values():
        package_folder(folder)
    if runtime.region.templates:
        from dcc_core.web.overrides import stale_overrides

        for problem in stale_overrides(runtime.region.templates, folders):
            said = {"code": problem.code, "text": problem.text}
            _logger.warning("template_override_to_compare", extra=said)


def _load_templates(site: Site) -> "Environment":
    from dcc_core.web.templating import template_environment

    runtime = site.runtime
    return template_environment(
        _template_folders(runtime),
        region_folder=runtime.region.templates,
        filters=formats.filters(runtime.region.timezone, runtime.clock),
        values={
            "static": site.assets.url,
            "icon_of": site.assets.icon,
            "identity_status_of": identity_marks(site.assets.icon),
            "sex_of": sex_shown,
            "csrf_field_of": attrgetter("csrf_field"),
            "has_static": site.assets.has,
            "provider_buttons": partial(provider_buttons, site.assets),
            "address": site.address,
            "region": runtime.region,
            "environment": runtime.settings.env,
        },
        constants=_CONSTANTS,
    )
