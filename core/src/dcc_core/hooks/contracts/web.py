"""What plugins add to the assembled pages, declared as data."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable
from uuid import UUID

from sqlmodel import Session

from dcc_core.hooks.contracts.access import Actor, Subject


class Slot(StrEnum):
    """Places of the core's pages where panels may stand."""

    HOME_MAIN = "home.main"
    HOME_SIDE = "home.side"
    PATIENT_HEADER = "patient.header"
    PATIENT_MAIN = "patient.main"
    PATIENT_SIDE = "patient.side"
    DOCUMENT_ACTIONS = "document.actions"
    MESSAGE_SIDE = "message.side"
    ADMIN_MAIN = "admin.main"


class MenuPlace(StrEnum):
    """Menu in which an item stands."""

    MAIN = "main"
    REGION = "region"
    PATIENT = "patient"
    SIGN_IN = "sign_in"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An entry of a menu; it points to a route by name and shows only to holders of
    ``permission``. On the sign-in page nobody holds any: leave it empty there.
    """

    key: str
    label: str
    route: str
    permission: str
    place: MenuPlace = MenuPlace.MAIN
    icon: str = ""
    order: int = 100


@dataclass(frozen=True, slots=True)
class PanelContext:
    """What a panel may use to draw itself: a read session, who looks, at whom or at which message
    received.
    """

    session: Session
    actor: Actor
    patient_id: UUID | None = None
    document_id: UUID | None = None
    locale: str = "fr"
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class PanelView:
    """A template of the plugin's own folder and the values it shows; None from ``render`` means
    nothing to show.
    """

    template: str
    values: Mapping[str, object] = field(default_factory=dict)


@runtime_checkable
class Panel(Protocol):
    """A piece of a page, drawn in a slot; a failing panel shows a notice and harms nothing else."""

    key: str
    slot: Slot
    title: str
    permission: str
    order: int

    def render(self, context: PanelContext) -> PanelView | None:
        """Return what to draw, None for nothing."""


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time and a number of entries, newest first."""

    after: datetime | None = None
    before: datetime | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One event of a dossier.

    Attributes:
        at: When it happened, aware UTC.
        kind: Filter it belongs to (``document``, ``rcp``, ``result`` …).
        href: Path to open it, empty when there is nothing more to see.
    """

    key: str
    at: datetime
    kind: str
    title: str
    summary: str = ""
    source: str = ""
    href: str = ""
    icon: str = ""


@runtime_checkable
class RecordSection(Protocol):
    """A contributor to the dossier's timeline; when it fails the dossier says so visibly."""

    key: str
    label: str
    permission: str
    order: int

    def entries(
        self, session: Session, patient_id: UUID, window: Window
    ) -> Iterable[TimelineEntry]:
        """Return the entries of this patient inside the window, newest first."""


@dataclass(frozen=True, slots=True)
class NotificationKind:
    """What a notification says, and where it leads.

    Attributes:
        key: ``<plugin>.<name>``, what ``notify`` names.
        title: French sentence, through the catalogues; the same for everybody, without patient.
        route: Name of the page it leads to, empty for none.
        parameter: Parameter of the route that takes the subject; ``patient_id`` takes the patient,
            who follows merges. Empty for a route without one.
        query: What follows the address, ``{subject}`` standing for the subject.
        permission: Right without which the sentence is shown and the link is not.
        shows_subject: Whether the subject is a name that people know (a source, a destination).
    """

    key: str
    title: str
    route: str = ""
    parameter: str = ""
    query: str = ""
    permission: str = "core.account.self"
    icon: str = "bell"
    shows_subject: bool = False


@dataclass(frozen=True, slots=True)
class LiveTopic:
    """A kind of thing that open pages may follow while they are shown.

    Attributes:
        key: ``<plugin>.<name>``, what ``publish`` names.
        permission: Right that a follower must hold.
        about: Given a read session and the subject as text, what the decision of access is made
            about (a patient, a scope); None for a subject that does not exist. Needed when the
            permission concerns one patient.
        may_follow: Given the actor as well, whether this one may be followed. With neither, the
            permission is enough, whatever the subject. Asked when a page begins to follow, and
            again when the person's session or rights change.
    """

    key: str
    permission: str
    about: Callable[[Session, str], Subject | None] | None = None
    may_follow: Callable[[Session, Actor, str], bool] | None = None
