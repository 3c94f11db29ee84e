"""The pages of the core, one module per family."""

from litestar.types import ControllerRouterHandler

from dcc_core.web.pages import (
    account,
    admin,
    creation,
    documents,
    dossier,
    duplicates,
    emergency,
    enrolment,
    home,
    identity,
    inbox,
    notifications,
    outbox,
    oversight,
    preferences,
    providers,
    public,
    search,
    sign_in,
    team,
    trace,
    users,
)
from dcc_core.web.pages.demonstration import sign_in_for_demonstration
from dcc_core.web.site import Site

__all__ = ["page_routes"]

_FAMILIES = (
    home.ROUTES,
    sign_in.ROUTES,
    providers.ROUTES,
    account.ROUTES,
    public.ROUTES,
    enrolment.ROUTES,
    preferences.ROUTES,
    search.ROUTES,
    creation.ROUTES,
    dossier.ROUTES,
    documents.ROUTES,
    emergency.ROUTES,
    team.ROUTES,
    identity.ROUTES,
    trace.ROUTES,
    duplicates.ROUTES,
    inbox.ROUTES,
    outbox.ROUTES,
    admin.ROUTES,
    users.ROUTES,
    oversight.ROUTES,
    notifications.ROUTES,
)


def page_routes(site: Site) -> list[ControllerRouterHandler]:
    """Return every page route of the core; the demonstration's sign-in never in production."""
    routes: list[ControllerRouterHandler] = [route for family in _FAMILIES for route in family]
    if not site.runtime.settings.is_production:
        routes.append(sign_in_for_demonstration)
    return routes
