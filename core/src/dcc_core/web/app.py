"""Assemble the web application of a region from the core's pages and the plugins' routes."""

from collections.abc import Iterator

from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

from dcc_core.errors import Problem, StartRefused
from dcc_core.plugins.discovery import core_version
from dcc_core.web.authentication import Authentication
from dcc_core.web.csrf import ForgeryProtection
from dcc_core.web.dependencies import RESERVED, dependencies
from dcc_core.web.envelope import Envelope
from dcc_core.web.failures import failure_handlers
from dcc_core.web.guards import PLUGIN_PREFIX, require_permission, undeclared_routes
from dcc_core.web.headers import security_headers
from dcc_core.web.json_api import api_description, api_router
from dcc_core.web.live import live_routes
from dcc_core.web.live_topics import LIVE_HUB
from dcc_core.web.menus import assemble_menu
from dcc_core.web.models import Application
from dcc_core.web.monitoring import monitoring_routes
from dcc_core.web.pages import page_routes
from dcc_core.web.runtime import Runtime
from dcc_core.web.sessions import SessionCookie
from dcc_core.web.site import Site, build_site
from dcc_core.web.static_files import static_routes

MAX_BODY_BYTES = 12 * 1024 * 1024
COMPRESS_FROM_BYTES = 700
GZIP_LEVEL = 5


def create_app(runtime: Runtime) -> Litestar:
    """Return the ASGI application of a region.

    Raises:
        StartRefused: A route without declared right, two routes of one name, a menu item or a
            dependency that cannot stand; every problem is listed.
    """
    site = build_site(runtime)
    plugin_routes = runtime.dispatcher.collect("dcc_routes")
    early = list(_shadowed_dependencies(plugin_routes))
    if early:
        raise StartRefused(early)
    cookie = SessionCookie(site)
    app = Application(
        route_handlers=[_own_routes(site), api_router(), *_mounted(plugin_routes)],
        dependencies=dependencies(site),
        guards=[require_permission],
        middleware=[Authentication(cookie.name, cookie.find), ForgeryProtection(site.tokens)],
        exception_handlers=failure_handlers(site),
        compression_config=CompressionConfig(
            backend="gzip",
            minimum_size=COMPRESS_FROM_BYTES,
            gzip_compress_level=GZIP_LEVEL,
            exclude_opt_key="no_compression",
        ),
        openapi_config=api_description(core_version()),
        request_max_body_size=MAX_BODY_BYTES,
        logging_config=None,
        on_shutdown=[site.live.hub.close],
    )
    _finish(app, site)
    app.state[LIVE_HUB] = site.live.hub
    app.asgi_handler = Envelope(
        app.asgi_handler,
        headers=security_headers(is_secure=site.is_secure),
        metrics=site.metrics,
        locale=runtime.region.locale,
    )
    return app


def _finish(app: Litestar, site: Site) -> None:
    """Bind what needs the finished routes, and refuse the start when something does not fit."""
    site.routes.bind(app)
    items = site.runtime.dispatcher.collect("dcc_menu_items")
    site.menu, problems = assemble_menu(items, site.routes)
    declared = site.access.policy.permissions
    found = [*problems, *undeclared_routes(app, declared), *_foreign_names(app)]
    if found:
        raise StartRefused(found)


def _own_routes(site: Site) -> Router:
    """Return the routes of the core in one router.

    Litestar 2.25 wraps a synchronous handler twice when another handler of the same path is
    registered after it on the application itself; a router registers a path once.
    """
    apart = (monitoring_routes, static_routes, live_routes)
    handlers = [route for routes in apart for route in routes(site)] + page_routes(site)
    return _OwnRouter(path="/", route_handlers=handlers, include_in_schema=False)


class _OwnRouter(Router):
    """Router that is mounted once: Litestar copies a router in depth so that two owners may share
    it, which for these hundred routes costs a start more than registering them.
    """

    def __deepcopy__(self, _memo: dict[int, object]) -> "_OwnRouter":
        return self


def _mounted(routes: tuple[tuple[str, ControllerRouterHandler], ...]) -> Iterator[Router]:
    """Yield one router per plugin, under ``/x/<plugin>``."""
    for plugin in dict.fromkeys(name for name, _ in routes):
        handlers = [handler for name, handler in routes if name == plugin]
        yield Router(path=f"{PLUGIN_PREFIX}{plugin}", route_handlers=handlers)


def _shadowed_dependencies(
    routes: tuple[tuple[str, ControllerRouterHandler], ...],
) -> Iterator[Problem]:
    for plugin, handler in routes:
        for name in sorted(RESERVED & set(getattr(handler, "dependencies", None) or ())):
            yield Problem(
                "DCC-P029",
                plugin,
                f"a route replaces the dependency {name}, which belongs to the core.",
                "Give the dependency another name.",
            )


def _foreign_names(app: Litestar) -> Iterator[Problem]:
    for route in app.routes:
        if not isinstance(route, HTTPRoute) or not route.path.startswith(PLUGIN_PREFIX):
            continue
        plugin = route.path.removeprefix(PLUGIN_PREFIX).partition("/")[0]
        for name in {handler.name for handler in route.route_handlers if handler.name}:
            if not name.startswith(f"{plugin}."):
                yield Problem(
                    "DCC-P022",
                    plugin,
                    f"route {route.path} is named {name}.",
                    f"Start its name with {plugin}.",
                )
