"""Choices of one browser, and the pages that replace dialogs where there is no script."""

from litestar import get, post
from litestar.datastructures import Cookie

from dcc_core.web.guards import PERMISSION
from dcc_core.web.inject import CurrentPage, FormFields
from dcc_core.web.page import Html, Page
from dcc_core.web.preferences import KEYS_COOKIE, ONE_YEAR_S, THEME_COOKIE, THEMES
from dcc_core.web.return_path import safe_path

_OWN = {PERMISSION: "core.account.self"}


@post("/preferences", name="core.preferences", opt=_OWN, sync_to_thread=False)
def keep_preferences(page: CurrentPage, data: FormFields) -> Html:
    """Remember the theme or the keyboard choice of this browser."""
    answer = page.redirect(safe_path(data.get("back", "")))
    if data.get("theme") in THEMES:
        answer.set_cookie(_cookie(page, THEME_COOKIE, data["theme"]))
    if data.get("letter_keys") in {"on", "off"}:
        answer.set_cookie(_cookie(page, KEYS_COOKIE, data["letter_keys"]))
    return answer


@get("/aide", name="core.help", opt=_OWN, sync_to_thread=True)
def help_page(page: CurrentPage) -> Html:
    """Show the keyboard shortcuts and whom to ask."""
    return page.render("core/help.html")


@get("/plus", name="core.more", opt=_OWN, sync_to_thread=True)
def more(page: CurrentPage) -> Html:
    """Show the menus that do not fit at the bottom of a telephone."""
    return page.render("core/more.html")


def _cookie(page: Page, name: str, value: str) -> Cookie:
    return Cookie(
        name,
        value=value,
        max_age=ONE_YEAR_S,
        secure=page.site.is_secure,
        httponly=True,
        samesite="lax",
    )


ROUTES = (keep_preferences, help_page, more)
"""Route handlers of this module."""
