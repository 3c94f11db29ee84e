"""The help page, the page of the fallback, and the notice on the home page while it is open."""

from collections.abc import Callable
from datetime import datetime

from litestar import get, post
from litestar.types import ControllerRouterHandler

from dcc_core.api import (
    CurrentPage,
    FormFields,
    Html,
    PanelContext,
    PanelView,
    Permission,
    Sensitivity,
    Slot,
    Transaction,
)
from dcc_sso_psc.fallback import close_fallback, is_open, open_fallback, read_fallback
from dcc_sso_psc.refusals import Refusal

MANAGE = Permission(
    "sso_psc.fallback.manage",
    "Ouvrir et fermer la connexion de secours",
    Sensitivity.TECHNICAL,
    frozenset({"regional_admin", "support"}),
)
PATH = "/x/sso_psc/secours"


@get("/aide", name="sso_psc.help", opt={"public": True}, sync_to_thread=True)
def help_page(page: CurrentPage) -> Html:
    """Explain Pro Santé Connect, and what each refusal code means."""
    return page.render("sso_psc/help.html", notices=[refusal.value for refusal in Refusal])


def fallback_routes(now: Callable[[], datetime]) -> list[ControllerRouterHandler]:
    """Return the page and its form."""

    @get(
        "/secours",
        name="sso_psc.fallback",
        opt={"permission": MANAGE.code},
        sync_to_thread=True,
    )
    def show(page: CurrentPage, session: Transaction) -> Html:
        """Show whether the fallback is open, since when and until when."""
        state = read_fallback(session)
        return page.render("sso_psc/fallback.html", state=state, is_open=is_open(state, now()))

    @post(
        "/secours",
        name="sso_psc.fallback.change",
        opt={"permission": MANAGE.code},
        sync_to_thread=True,
    )
    def change(page: CurrentPage, session: Transaction, data: FormFields) -> Html:
        """Open for an hour, or close at once."""
        if data.get("action") == "ouvrir":
            author = str(page.visitor.actor.account_id)
            open_fallback(session, author=author, now=now())
            return page.redirect(PATH, notice="Connexion de secours ouverte pour une heure.")
        close_fallback(session)
        return page.redirect(PATH, notice="Connexion de secours fermée.")

    return [show, change]


class FallbackPanel:
    """Tells everybody on the home page that Pro Santé Connect is replaced for now."""

    key = "sso_psc.fallback"
    slot = Slot.HOME_MAIN
    title = "Connexion de secours"
    permission = "core.account.self"
    order = 0

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def render(self, context: PanelContext) -> PanelView | None:
        """Draw nothing while the fallback is closed."""
        state = read_fallback(context.session)
        if not is_open(state, self._now()):
            return None
        return PanelView("sso_psc/_fallback_notice.html", {"state": state})
