"""Routes, menus and providers of plugins: guarded, named, without collision."""

from collections.abc import Iterator

from litestar import Litestar
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.types import ControllerRouterHandler

from dcc_core.config import Region, Settings
from dcc_core.errors import Problem
from dcc_core.plugins import PluginSet
from dcc_core.web.dependencies import RESERVED


def web_problems(region: Region, settings: Settings, plugins: PluginSet) -> Iterator[Problem]:
    """Yield routes without permission or name, menu items that lead nowhere, development
    providers.
    """
    names: set[str] = set()
    for plugin, route in plugins.dispatcher.collect("dcc_routes"):
        for handler in handlers_of(route):
            names.add(handler.name or "")
            yield from _handler_problems(plugin, handler)
    for plugin, item in plugins.dispatcher.collect("dcc_menu_items"):
        if item.route.startswith(f"{plugin}.") and item.route not in names:
            text = f"menu item {item.key} leads to {item.route}, which is no route."
            yield Problem("DCC-P021", plugin, text, "Correct the route name.")
    yield from provider_problems(settings, plugins)


def provider_problems(settings: Settings, plugins: PluginSet) -> Iterator[Problem]:
    """Yield identity providers that check nothing, in production."""
    found = plugins.dispatcher.collect("dcc_identity_providers", settings=settings)
    for plugin, provider in found if settings.is_production else ():
        if provider.development:
            text = (
                f"identity provider {provider.key} is made for development and this is production."
            )
            yield Problem("DCC-P025", plugin, text, "Take it out of the region, or set DCC_ENV.")


def handlers_of(route: ControllerRouterHandler) -> list[BaseRouteHandler]:
    """Return the handlers that a route brings, layers resolved, those of the framework left out."""
    unused = {name: Provide(lambda: None, sync_to_thread=False) for name in sorted(RESERVED)}
    app = Litestar([route], dependencies=unused, openapi_config=None, logging_config=None)
    handlers: dict[int, BaseRouteHandler] = {}
    for found in app.routes:
        for handler in getattr(found, "route_handlers", [getattr(found, "route_handler", None)]):
            if handler is not None and not _is_frameworks(handler):
                handlers[id(handler)] = handler
    return list(handlers.values())


def _is_frameworks(handler: BaseRouteHandler) -> bool:
    return isinstance(handler, HTTPRouteHandler) and handler.http_methods == {"OPTIONS"}


def _handler_problems(plugin: str, handler: BaseRouteHandler) -> Iterator[Problem]:
    shown = f"{handler.handler_name} ({', '.join(sorted(handler.paths))})"
    if not handler.opt.get("permission") and not handler.opt.get("public"):
        text = f"route {shown} declares no permission."
        remedy = 'Write opt={"permission": "…"}, or opt={"public": True} when it is meant for all.'
        yield Problem("DCC-P020", plugin, text, remedy)
    if not (handler.name or "").startswith(f"{plugin}."):
        text = f"route {shown} is named {handler.name!r}."
        yield Problem("DCC-P022", plugin, text, f"Give it a name that starts with {plugin}.")
