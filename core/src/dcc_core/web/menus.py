"""Menus assembled from the core and the plugins; each visitor sees what their roles open."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from dcc_core.errors import Problem
from dcc_core.hooks.contracts.web import MenuItem, MenuPlace
from dcc_core.web.i18n import gettext
from dcc_core.web.visitor import Visitor

OWN_ACCOUNT = "core.account.self"


@dataclass(frozen=True, slots=True)
class MenuLink:
    """An entry as it is drawn."""

    key: str
    label: str
    href: str
    icon: str
    is_current: bool


CORE_ITEMS = (
    MenuItem(
        "core.home", "Tableau de bord", "core.home", OWN_ACCOUNT, icon="layout-dashboard", order=10
    ),
)


@dataclass(frozen=True, slots=True)
class Menu:
    """Every item of the region, in order, with the address it leads to."""

    items: tuple[tuple[MenuItem, str], ...]

    def links(self, place: MenuPlace, visitor: Visitor, path: str) -> tuple[MenuLink, ...]:
        """Return the entries of one menu for one visitor; the deepest match of the path is
        current.
        """
        shown = [
            (item, href)
            for item, href in self.items
            if item.place is place and visitor.may(item.permission)
        ]
        current = max(
            (href for _, href in self.items if _is_inside(path, href)), key=len, default=""
        )
        return tuple(
            MenuLink(item.key, gettext(item.label), href, item.icon, href == current)
            for item, href in shown
        )


EMPTY_MENU = Menu(())


def assemble_menu(
    plugin_items: Iterable[tuple[str, MenuItem]], address: Callable[[str], str | None]
) -> tuple[Menu, tuple[Problem, ...]]:
    """Return the menu, and a problem for each item whose route does not exist.

    Args:
        address: Return the path of a route by name, None when there is none.
    """
    pairs = [("", item) for item in CORE_ITEMS] + list(plugin_items)
    ordered = sorted(pairs, key=lambda pair: pair[1].order)
    found = [(item, address(item.route)) for _, item in ordered]
    items = tuple((item, href) for item, href in found if href is not None)
    return Menu(items), tuple(_dead_ends(ordered, address))


def _dead_ends(
    pairs: Iterable[tuple[str, MenuItem]], address: Callable[[str], str | None]
) -> Iterator[Problem]:
    for plugin, item in pairs:
        if address(item.route) is None:
            yield Problem(
                "DCC-P021",
                plugin,
                f"menu item {item.key} points to route {item.route}, which does not exist.",
                "Give the handler this name, or correct the item.",
            )


def _is_inside(path: str, href: str) -> bool:
    return path == href if href == "/" else path == href or path.startswith(f"{href}/")
