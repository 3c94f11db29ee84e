"""The entries that the core itself puts into the menus."""

from dcc_core.hooks.contracts.web import MenuItem, MenuPlace

OWN_ACCOUNT = "core.account.self"


def _entry(
    route: str, label: str, permission: str, icon: str, *, place: MenuPlace, order: int
) -> MenuItem:
    return MenuItem(route, label, route, permission, place=place, icon=icon, order=order)


_MAIN = (
    ("core.home", "Tableau de bord", OWN_ACCOUNT, "layout-dashboard", 10),
    ("core.patients", "Patients", "core.patient.search", "users", 20),
    ("core.identities", "Identités", "core.identity.manage", "fingerprint", 30),
    ("core.inbox", "Messages reçus", "core.exchange.read", "inbox", 150),
    ("core.outbox", "Diffusion", "core.exchange.read", "send", 160),
)
_REGION = (
    ("core.audit", "Traçabilité", "core.audit.read", "history", 200),
    ("core.emergencies", "Accès en urgence", "core.break_glass.review", "lock-open", 210),
)
_ADMIN = (
    ("core.admin", "Greffons et santé", "core.admin.plugins", "plug", 300),
    ("core.admin.users", "Comptes", "core.admin.users", "users-round", 310),
    ("core.admin.organisations", "Structures", "core.admin.organisations", "building-2", 320),
    ("core.admin.jobs", "Tâches", "core.admin.jobs", "timer", 330),
    ("core.admin.settings", "Réglages", "core.admin.settings", "settings", 340),
)
_GROUPS = ((MenuPlace.MAIN, _MAIN), (MenuPlace.REGION, _REGION), (MenuPlace.ADMIN, _ADMIN))

CORE_ITEMS = tuple(
    _entry(route, label, permission, icon, place=place, order=order)
    for place, entries in _GROUPS
    for route, label, permission, icon, order in entries
)
"""Every entry of the core, its key being the name of its route."""
