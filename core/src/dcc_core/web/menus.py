"""Menus assembled from the core and the plugins; each visitor sees what their roles open."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dcc_core.errors import Problem
from dcc_core.hooks.contracts.web import MenuItem, MenuPlace
from dcc_core.web.core_menu import CORE_ITEMS
from dcc_core.web.i18n import gettext
from dcc_core.web.routes import RouteAddresses


@dataclass(frozen=True, slots=True)
class MenuLink:
    """An entry as it is drawn; ``go`` is the letter that leads to it after ``g``."""

    key: str
    label: str
    href: str
    icon: str
    is_current: bool
    go: str = ""


_LETTERS = {"core.home": "a", "core.patients": "p", "core.outbox": "d"}
"""Letters that lead to a page after ``g``."""


@dataclass(frozen=True, slots=True)
class Menu:
    """Every item of the region, in order, with the address it leads to.

    Attributes:
        patient_items: Parts of a dossier; their address depends on the patient.
    """

    items: tuple[tuple[MenuItem, str], ...]
    patient_items: tuple[MenuItem, ...] = ()

    def current(self, path: str) -> str:
        """Return the address of the entry in which a path lies; the deepest match counts."""
        return max((href for _, href in self.items if _is_inside(path, href)), key=len, default="")

    def links(
        self, place: MenuPlace, permissions: frozenset[str], current: str
    ) -> tuple[MenuLink, ...]:
        """Return the entries of one menu that these rights open."""
        return tuple(
            _link(item, href, is_current=href == current)
            for item, href in self.items
            if item.place is place and (not item.permission or item.permission in permissions)
        )


def _link(item: MenuItem, href: str, *, is_current: bool) -> MenuLink:
    letter = _LETTERS.get(item.key, "")
    return MenuLink(item.key, gettext(item.label), href, item.icon, is_current, letter)


EMPTY_MENU = Menu(())


def assemble_menu(
    plugin_items: Iterable[tuple[str, MenuItem]], routes: RouteAddresses
) -> tuple[Menu, tuple[Problem, ...]]:
    """Return the menu, and a problem for each item whose route does not exist."""
    pairs = [("", item) for item in CORE_ITEMS] + list(plugin_items)
    ordered = sorted(pairs, key=lambda pair: pair[1].order)
    found = [item for _, item in ordered if item.route in routes]
    fixed = tuple(
        (item, routes.path(item.route)) for item in found if item.place is not MenuPlace.PATIENT
    )
    of_patient = tuple(item for item in found if item.place is MenuPlace.PATIENT)
    return Menu(fixed, of_patient), tuple(_dead_ends(ordered, routes))


def _dead_ends(pairs: Iterable[tuple[str, MenuItem]], routes: RouteAddresses) -> Iterator[Problem]:
    for plugin, item in pairs:
        if item.route not in routes:
            yield Problem(
                "DCC-P021",
                plugin,
                f"menu item {item.key} points to route {item.route}, which does not exist.",
                "Give the handler this name, or correct the item.",
            )


def _is_inside(path: str, href: str) -> bool:
    return path == href if href == "/" else path == href or path.startswith(f"{href}/")
