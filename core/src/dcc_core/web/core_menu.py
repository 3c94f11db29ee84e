"""The entries that the core itself puts into the menus."""

from dcc_core.hooks.contracts.web import MenuItem, MenuPlace
from dcc_core.web.i18n import later

OWN_ACCOUNT = "core.account.self"


def _entry(
    route: str, label: str, permission: str, icon: str, *, place: MenuPlace, order: int
) -> MenuItem:
    return MenuItem(route, label, route, permission, place=place, icon=icon, order=order)


_MAIN = (
    ("core.home", later("Tableau de bord"), OWN_ACCOUNT, "layout-dashboard", 10),
    ("core.patients", later("Patients"), "core.patient.search", "users", 20),
    ("core.identities", later("Identités"), "core.identity.manage", "fingerprint", 30),
    ("core.inbox", later("Messages reçus"), "core.exchange.read", "inbox", 150),
    ("core.outbox", later("Diffusion"), "core.exchange.read", "send", 160),
)
_REGION = (
    ("core.audit", later("Traçabilité"), "core.audit.read", "history", 200),
    ("core.emergencies", later("Accès en urgence"), "core.break_glass.review", "lock-open", 210),
)
_ADMIN = (
    ("core.admin", later("Greffons et santé"), "core.admin.plugins", "plug", 300),
    ("core.admin.users", later("Comptes"), "core.admin.users", "users-round", 310),
    (
        "core.admin.organisations",
        later("Structures"),
        "core.admin.organisations",
        "building-2",
        320,
    ),
    ("core.admin.jobs", later("Tâches"), "core.admin.jobs", "timer", 330),
    ("core.admin.settings", later("Réglages"), "core.admin.settings", "settings", 340),
)
_GROUPS = ((MenuPlace.MAIN, _MAIN), (MenuPlace.REGION, _REGION), (MenuPlace.ADMIN, _ADMIN))

CORE_ITEMS = tuple(
    _entry(route, label, permission, icon, place=place, order=order)
    for place, entries in _GROUPS
    for route, label, permission, icon, order in entries
)
"""Every entry of the core, its key being the name of its route."""
