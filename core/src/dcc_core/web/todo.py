"""What waits for a person, by the rights of their roles: dated work before any figure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlmodel import Session

from dcc_core.exchange import InboxState, OutboxState
from dcc_core.patients import count_duplicates
from dcc_core.users import list_break_glass, list_pending_requests
from dcc_core.web.i18n import gettext as _
from dcc_core.web.i18n import ngettext
from dcc_core.web.page import Page
from dcc_core.web.queues import count_inbox, count_outbox


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the list: what to do, where, and how urgent it looks."""

    title: str
    text: str
    href: str
    icon: str
    tone: str


def tasks_of(page: Page, session: Session) -> tuple[Task, ...]:
    """Return what waits for this person now; nothing for a count of zero."""
    found: list[Task] = []
    for permission, tell in _SOURCES:
        if page.may(permission):
            found.extend(tell(page, session))
    return tuple(found)


def _quarantine(page: Page, session: Session) -> Iterator[Task]:
    count = count_inbox(session, InboxState.QUARANTINED)
    if count:
        title = ngettext(
            "Rattacher %(num)d message en quarantaine",
            "Rattacher %(num)d messages en quarantaine",
            count,
        )
        text = _("L’identité est à confirmer avant tout rattachement.")
        href = f"{page.at('core.inbox')}?etat={InboxState.QUARANTINED.value}"
        yield Task(title % {"num": count}, text, href, "microscope", "info")


def _duplicates(page: Page, session: Session) -> Iterator[Task]:
    count = count_duplicates(session)
    if count:
        title = ngettext(
            "Comparer %(num)d paire d’identités", "Comparer %(num)d paires d’identités", count
        )
        text = _("Les plus ressemblantes d’abord.")
        yield Task(title % {"num": count}, text, page.at("core.identities"), "fingerprint", "warn")


def _failures(page: Page, session: Session) -> Iterator[Task]:
    count = count_outbox(session, OutboxState.DEAD)
    if count:
        title = ngettext(
            "Reprendre %(num)d envoi en échec", "Reprendre %(num)d envois en échec", count
        )
        text = _("Plus aucun essai automatique n’aura lieu.")
        href = f"{page.at('core.outbox')}?etat={OutboxState.DEAD.value}"
        yield Task(title % {"num": count}, text, href, "send", "danger")


def _requests(page: Page, session: Session) -> Iterator[Task]:
    count = len(list_pending_requests(session))
    if count:
        title = ngettext(
            "Examiner %(num)d demande de compte", "Examiner %(num)d demandes de compte", count
        )
        text = _("À vérifier dans l’Annuaire Santé.")
        yield Task(
            title % {"num": count}, text, page.at("core.admin.users"), "user-round-plus", "prim"
        )


def _emergencies(page: Page, session: Session) -> Iterator[Task]:
    count = len(list_break_glass(session))
    if count:
        title = ngettext(
            "Relire %(num)d accès en urgence", "Relire %(num)d accès en urgence", count
        )
        text = _("Chaque accès se relit dans la semaine.")
        yield Task(title % {"num": count}, text, page.at("core.emergencies"), "lock-open", "danger")


_Source = Callable[[Page, Session], Iterator[Task]]
_SOURCES: tuple[tuple[str, _Source], ...] = (
    ("core.exchange.attach", _quarantine),
    ("core.identity.manage", _duplicates),
    ("core.exchange.manage", _failures),
    ("core.break_glass.review", _emergencies),
    ("core.admin.users", _requests),
)
