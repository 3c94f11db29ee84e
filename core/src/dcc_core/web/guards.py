"""Default deny: a route that declares no right is refused, at start and again at each request."""

from collections.abc import Iterable, Iterator
from typing import Any

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.enums import HttpMethod
from litestar.handlers.base import BaseRouteHandler
from litestar.routes import HTTPRoute

from dcc_core.errors import AccessDenied, Problem
from dcc_core.web.authentication import visitor_of
from dcc_core.web.i18n import gettext as _

AnyConnection = ASGIConnection[Any, Any, Any, Any]
PERMISSION = "permission"
PUBLIC = "public"
"""Keys of ``opt``: ``permission`` names a right; ``public`` opens the route to everybody."""

PLUGIN_PREFIX = "/x/"


class SignInNeeded(AccessDenied):
    """Nobody is signed in, or the session has ended."""


async def require_permission(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Refuse the request unless its visitor holds what the route declares.

    Raises:
        SignInNeeded: ``ACC-401`` without session.
        AccessDenied: ``ACC-403`` when the right is not held or the route declares none.
    """
    if handler.opt.get(PUBLIC):
        return
    visitor = visitor_of(connection.scope)
    if not visitor.is_signed_in:
        raise SignInNeeded(
            "ACC-401", _("Votre session est terminée ou n'a pas commencé. Connectez-vous.")
        )
    permission = handler.opt.get(PERMISSION)
    if permission is None or not visitor.may(permission):
        raise AccessDenied(
            "ACC-403",
            _(
                "Votre rôle ne donne pas accès à cette page. Demandez ce droit à votre"
                " administrateur régional."
            ),
        )


def undeclared_routes(app: Litestar, permissions: Iterable[str]) -> Iterator[Problem]:
    """Yield a problem for each route without a right, or with a right that nobody declares."""
    known = frozenset(permissions)
    for path, handler in _handlers(app):
        plugin = path.removeprefix(PLUGIN_PREFIX).partition("/")[0] * path.startswith(PLUGIN_PREFIX)
        declared = handler.opt.get(PERMISSION)
        if declared is not None and declared not in known:
            yield Problem(
                "DCC-P028",
                plugin,
                f"route {path} asks for {declared}, a permission that nobody declares.",
                "Declare the permission in the plugin, or correct its code in the route.",
            )
        if declared is None and not handler.opt.get(PUBLIC):
            yield Problem(
                "DCC-P020",
                plugin,
                f"route {path} declares no permission.",
                'Add opt={"permission": …} to its handler.',
            )


def _handlers(app: Litestar) -> Iterator[tuple[str, BaseRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if handler.http_methods != {HttpMethod.OPTIONS}:  # Litestar's own, answers no data
                    yield route.path, handler
        else:
            yield route.path, route.route_handler
