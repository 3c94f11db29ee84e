"""Web: routes, menus, panels and sections of the dossier."""

from collections.abc import Iterable

from litestar.types import ControllerRouterHandler

from dcc_core.hooks.contracts.web import LiveTopic, MenuItem, NotificationKind, Panel, RecordSection
from dcc_core.hooks.policies import Policy, spec


class WebHooks:
    """What plugins add to the assembled pages."""

    @spec(Policy.COLLECT, many=True)
    def dcc_routes(self) -> Iterable[ControllerRouterHandler]:
        """Return Litestar controllers, routers or handlers, mounted under ``/x/<plugin>/``.

        Each handler declares ``opt={"permission": …}`` and a name starting with ``<plugin>.``; the
        region does not start otherwise.
        """
        raise NotImplementedError

    @spec(Policy.COLLECT, item=MenuItem, many=True, unique=("key",))
    def dcc_menu_items(self) -> Iterable[MenuItem]:
        """Return entries of the menus; each points to a route by name."""
        raise NotImplementedError

    @spec(Policy.COLLECT, item=Panel, many=True, unique=("key",))
    def dcc_panels(self) -> Iterable[Panel]:
        """Return panels drawn in published slots; a failing panel shows a notice in its place."""
        raise NotImplementedError

    @spec(Policy.COLLECT, item=RecordSection, many=True, unique=("key",))
    def dcc_record_sections(self) -> Iterable[RecordSection]:
        """Return contributors to the dossier's timeline; a failing one shows a notice, never
        silence.
        """
        raise NotImplementedError

    @spec(Policy.COLLECT, item=LiveTopic, many=True, unique=("key",))
    def dcc_live_topics(self) -> Iterable[LiveTopic]:
        """Return what open pages may follow; news about anything else reaches nobody."""
        raise NotImplementedError

    @spec(Policy.COLLECT, item=NotificationKind, many=True, unique=("key",))
    def dcc_notification_kinds(self) -> Iterable[NotificationKind]:
        """Return the kinds of notifications that the plugin sends to people."""
        raise NotImplementedError
