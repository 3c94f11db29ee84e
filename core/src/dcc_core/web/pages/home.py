"""The start page: what there is to do, before any figure."""

from litestar import get

from dcc_core.web.guards import PERMISSION
from dcc_core.web.inject import CurrentPage
from dcc_core.web.page import Html


@get("/", name="core.home", opt={PERMISSION: "core.account.self"}, sync_to_thread=True)
def home(page: CurrentPage) -> Html:
    """Show the dashboard of the person signed in."""
    return page.render("core/home.html")


ROUTES = (home,)
"""Route handlers of this module."""
