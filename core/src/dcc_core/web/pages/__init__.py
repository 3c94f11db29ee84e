"""The pages of the core, one module per family."""

from litestar.types import ControllerRouterHandler

from dcc_core.web.pages.home import home
from dcc_core.web.pages.preferences import help_page, keep_preferences, more
from dcc_core.web.site import Site

__all__ = ["page_routes"]


def page_routes(site: Site) -> list[ControllerRouterHandler]:
    """Return every page route of the core."""
    return [home, keep_preferences, help_page, more]
