"""Diffusion: where each delivery stands, why one failed, and sending it again."""

from litestar import get, post
from litestar.params import FromPath, FromQuery

from dcc_core.errors import NotFound
from dcc_core.exchange import OutboxMessage, OutboxState, retry_deliveries
from dcc_core.web.guards import PERMISSION
from dcc_core.web.i18n import gettext as _
from dcc_core.web.inject import CurrentPage, ReadOnly, Transaction
from dcc_core.web.page import Html
from dcc_core.web.queues import outbox_page

_READ = {PERMISSION: "core.exchange.read"}
_MANAGE = {PERMISSION: "core.exchange.manage"}


@get("/diffusion", name="core.outbox", opt=_READ, sync_to_thread=True)
def outbox(
    page: CurrentPage,
    reading: ReadOnly,
    etat: FromQuery[str] = "",
    vers: FromQuery[str] = "",
    avant: FromQuery[int | None] = None,
) -> Html:
    """Show the deliveries, destination by destination."""
    queue = outbox_page(reading, state=etat, destination=vers, before=avant)
    return page.render(
        "core/exchange/outbox.html",
        queue=queue,
        states=list(OutboxState),
        destination=vers,
        feeds={key: feed.label for key, (_plugin, feed) in page.site.parts.feeds.items()},
    )


@get("/diffusion/{delivery_id:int}", name="core.outbox.delivery", opt=_READ, sync_to_thread=True)
def delivery_page(page: CurrentPage, reading: ReadOnly, delivery_id: FromPath[int]) -> Html:
    """Show one delivery: its tries, its reason, its receipt."""
    delivery = reading.get(OutboxMessage, delivery_id)
    if delivery is None:
        raise NotFound("EXC-005", "")
    feed = page.site.parts.feeds.get(delivery.destination)
    label = feed[1].label if feed else delivery.destination
    return page.render("core/exchange/delivery.html", delivery=delivery, label=label)


@post(
    "/diffusion/{delivery_id:int}/relance",
    name="core.outbox.retry",
    opt=_MANAGE,
    sync_to_thread=True,
)
def retry(page: CurrentPage, session: Transaction, delivery_id: FromPath[int]) -> Html:
    """Offer a delivery to the workers at once."""
    retry_deliveries(session, [delivery_id], clock=page.site.runtime.clock)
    return page.redirect(page.at("core.outbox"), notice=_("L’envoi est relancé."))


ROUTES = (outbox, delivery_page, retry)
"""Route handlers of this module."""
