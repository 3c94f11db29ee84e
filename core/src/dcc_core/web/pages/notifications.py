"""The centre of notifications: one's own list, the bell of the shell, marking as read."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from sqlmodel import Session

from dcc_core.users.notification_tables import Notification
from dcc_core.users.notifications import (
    list_notifications,
    read_all_notifications,
    read_notification,
)
from dcc_core.web.authentication import PASSIVE
from dcc_core.web.guards import PERMISSION
from dcc_core.web.i18n import gettext as _
from dcc_core.web.inject import CurrentPage, ReadOnly, Transaction
from dcc_core.web.page import Html, Page

PAGE_SIZE = 50
UNREAD, ALL = "non-lues", "toutes"
_OWN = {PERMISSION: "core.account.self"}


@get("/notifications", name="core.notifications", opt=_OWN, sync_to_thread=True)
def notifications(
    page: CurrentPage,
    reading: ReadOnly,
    etat: FromQuery[str] = UNREAD,
    type: FromQuery[str] = "",  # noqa: A002 - the name of the parameter in the address
    apres: FromQuery[UUID | None] = None,
) -> Html:
    """Show what the person should know, newest first."""
    kinds = page.site.kinds
    rows = list_notifications(
        reading,
        account_id=_own_id(page),
        unread_only=etat != ALL,
        kinds=[type] if type else [],
        after=_own(page, reading, apres),
        limit=PAGE_SIZE + 1,
    )
    return page.render(
        "core/notifications.html",
        told=[kinds.told(page.visitor, page.site.routes, row) for row in rows[:PAGE_SIZE]],
        older=rows[PAGE_SIZE - 1].id if len(rows) > PAGE_SIZE else None,
        state=ALL if etat == ALL else UNREAD,
        kind=type,
        kinds=[(kind.key, _(kind.title)) for kind in kinds if page.may(kind.permission)],
    )


@get(
    "/notifications/cloche",
    name="core.notifications.bell",
    opt={**_OWN, PASSIVE: True},
    sync_to_thread=True,
)
def bell(page: CurrentPage) -> Html:
    """Draw the bell again, for a page that has just heard of something new."""
    return page.render("core/_bell.html")


@post(
    "/notifications/{notification_id:uuid}/ouvrir",
    name="core.notifications.open",
    opt=_OWN,
    sync_to_thread=True,
)
def open_one(page: CurrentPage, session: Transaction, notification_id: FromPath[UUID]) -> Html:
    """Mark one as read and go where it leads."""
    told = read_notification(
        session,
        notification_id=notification_id,
        account_id=_own_id(page),
        now=page.site.runtime.clock(),
    )
    target = page.site.kinds.address(page.visitor, page.site.routes, told)
    return page.redirect(target or page.at("core.notifications"))


@post("/notifications/lues", name="core.notifications.read", opt=_OWN, sync_to_thread=True)
def read_all(page: CurrentPage, session: Transaction) -> Html:
    """Mark all as read."""
    now = page.site.runtime.clock()
    read_all_notifications(session, account_id=_own_id(page), now=now)
    return page.redirect(page.at("core.notifications"), notice=_("Tout est marqué comme lu."))


def _own_id(page: Page) -> UUID:
    account_id = page.visitor.actor.account_id
    if account_id is None:
        raise RuntimeError("a route of core.account.self was reached by nobody")
    return account_id


def _own(page: Page, reading: Session, last: UUID | None) -> Notification | None:
    found = reading.get(Notification, last) if last else None
    return found if found and found.account_id == page.visitor.actor.account_id else None


ROUTES = (notifications, bell, open_one, read_all)
"""Route handlers of this module."""
