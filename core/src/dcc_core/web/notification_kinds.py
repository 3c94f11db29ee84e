"""Kinds of notifications: what each says, and the address it leads to for this visitor."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

from dcc_core.exchange import InboxState, OutboxState
from dcc_core.hooks.contracts.web import NotificationKind
from dcc_core.users.notification_tables import Notification
from dcc_core.users.notifications import (
    DELIVERY_FAILED,
    EMERGENCY_TO_REVIEW,
    MESSAGE_QUARANTINED,
)
from dcc_core.web.i18n import gettext as _
from dcc_core.web.i18n import later
from dcc_core.web.routes import RouteAddresses
from dcc_core.web.visitor import Visitor

CORE_KINDS = (
    NotificationKind(
        MESSAGE_QUARANTINED,
        later("Des messages reçus attendent d’être rattachés à un patient."),
        route="core.inbox",
        query=f"?etat={InboxState.QUARANTINED}&source={{subject}}",
        permission="core.exchange.attach",
        icon="microscope",
        shows_subject=True,
    ),
    NotificationKind(
        DELIVERY_FAILED,
        later("Des envois ont échoué définitivement."),
        route="core.outbox",
        query=f"?etat={OutboxState.DEAD}&vers={{subject}}",
        permission="core.exchange.manage",
        icon="send",
        shows_subject=True,
    ),
    NotificationKind(
        EMERGENCY_TO_REVIEW,
        later("Un accès en urgence est à relire."),
        route="core.emergencies",
        permission="core.break_glass.review",
        icon="lock-open",
    ),
)
_ABSENT = NotificationKind("", later("Notification d’un greffon qui n’est plus installé."))


@dataclass(frozen=True, slots=True)
class Told:
    """One notification as the list shows it."""

    id: UUID
    title: str
    detail: str
    icon: str
    count: int
    at: datetime
    is_read: bool
    leads_somewhere: bool


class Kinds:
    """The kinds of the core and of the plugins."""

    def __init__(self, of_plugins: Iterable[tuple[str, NotificationKind]]) -> None:
        own = ((kind.key, kind) for kind in CORE_KINDS)
        self._by_key = {**dict(own), **{kind.key: kind for _plugin, kind in of_plugins}}

    def __iter__(self) -> Iterator[NotificationKind]:
        """Yield every kind."""
        return iter(self._by_key.values())

    def told(self, visitor: Visitor, routes: RouteAddresses, row: Notification) -> Told:
        """Return a notification in words."""
        kind = self._by_key.get(row.kind, _ABSENT)
        return Told(
            row.id,
            _(kind.title),
            row.subject if kind.shows_subject and visitor.may(kind.permission) else "",
            kind.icon,
            row.count,
            row.at,
            row.read_at is not None,
            bool(self.address(visitor, routes, row)),
        )

    def address(self, visitor: Visitor, routes: RouteAddresses, row: Notification) -> str:
        """Return where it leads; empty without the right, or when the page has gone."""
        kind = self._by_key.get(row.kind, _ABSENT)
        if not visitor.may(kind.permission) or kind.route not in routes:
            return ""
        about = row.patient_id if kind.parameter == "patient_id" else row.subject
        parameters = {kind.parameter: about} if kind.parameter else {}
        found = routes.path(kind.route, **parameters)
        return found + kind.query.format(subject=quote(row.subject))
