"""Entry point of the plugin."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import click
from litestar.types import ControllerRouterHandler
from sqlmodel import Session

from dcc_core.api import (
    Actor,
    Clock,
    Core,
    DccPlugin,
    Deny,
    ExportPart,
    Job,
    LiveTopic,
    MenuItem,
    MenuPlace,
    NotificationKind,
    Panel,
    Permission,
    PluginSettings,
    RecordSection,
    Subject,
    hookimpl,
    utc_now,
)
from dcc_rcp_meetings.permissions import (
    LIST_CASES,
    PERMISSIONS,
    READ_DIRECTORY,
    READ_SESSIONS,
    WRITE_ANY_FICHE,
)


class RcpMeetingsPlugin(DccPlugin):
    """RCP meetings: directory, sessions, quorum, the fiche from request to signed document."""

    name: ClassVar[str] = "rcp_meetings"
    label: ClassVar[str] = "Réunions de concertation (RCP)"
    depends_on: ClassVar[tuple[str, ...]] = ("rcp_forms",)
    models: ClassVar[tuple[str, ...]] = ("dcc_rcp_meetings.tables",)
    migrations: ClassVar[str | None] = "dcc_rcp_meetings.migrations.versions"
    templates: ClassVar[str | None] = "dcc_rcp_meetings:templates"
    static: ClassVar[str | None] = "dcc_rcp_meetings:static"
    permissions: ClassVar[tuple[Permission, ...]] = PERMISSIONS

    def __init__(self, settings: PluginSettings) -> None:
        super().__init__(settings)
        self._clock: Clock = utc_now
        self._core: Core | None = None

    @hookimpl
    def dcc_routes(self) -> Iterable[ControllerRouterHandler]:
        """Bring the calendar, the directory, agendas, fiches and signatures."""
        from dcc_rcp_meetings.live import actions, pages, writing
        from dcc_rcp_meetings.web.routes import ROUTES

        return [*ROUTES, *pages.ROUTES, *writing.ROUTES, *actions.ROUTES]

    @hookimpl
    def dcc_live_topics(self) -> Iterable[LiveTopic]:
        """Let the screens of a session follow it."""
        from dcc_rcp_meetings.live.topics import live_topics

        return live_topics()

    @hookimpl
    def dcc_menu_items(self) -> Iterable[MenuItem]:
        """Lead to the calendar, and from a dossier to its presentations."""
        yield MenuItem(
            "rcp_meetings.calendar",
            "RCP",
            "rcp_meetings.calendar",
            READ_SESSIONS,
            icon="calendar-days",
            order=30,
        )
        yield MenuItem(
            "rcp_meetings.patient",
            "RCP",
            "rcp_meetings.patient",
            LIST_CASES,
            place=MenuPlace.PATIENT,
            order=20,
        )
        yield MenuItem(
            "rcp_meetings.directory",
            "Annuaire des RCP",
            "rcp_meetings.directory",
            READ_DIRECTORY,
            place=MenuPlace.REGION,
            icon="building-2",
            order=30,
        )

    @hookimpl
    def dcc_panels(self) -> Iterable[Panel]:
        """Show the next session and what waits on the start page."""
        from dcc_rcp_meetings.web.panels import NextSessionPanel, WorkPanel

        return [WorkPanel(self._now), NextSessionPanel(self._now)]

    @hookimpl
    def dcc_record_sections(self) -> Iterable[RecordSection]:
        """Put presentations in the timeline of a dossier."""
        from dcc_rcp_meetings.web.patient import PresentationsSection

        return [PresentationsSection()]

    @hookimpl
    def dcc_notification_kinds(self) -> Iterable[NotificationKind]:
        """Tell of signed opinions, cases put off and sessions that changed."""
        from dcc_rcp_meetings.news import KINDS

        return KINDS

    @hookimpl
    def dcc_jobs(self) -> Iterable[Job]:
        """Follow signed opinions to their destinations."""
        yield Job(
            "rcp_meetings.deliveries",
            "Suivre la diffusion des avis de RCP",
            "*/10 * * * *",
            self._follow_deliveries,
        )

    @hookimpl
    def dcc_startup(self, core: Core) -> None:
        """Put the national quorum rules on the shelf."""
        from dcc_rcp_meetings.quorum.shelf import publish_national_rules

        self._clock, self._core = core.clock, core
        with core.session() as session:
            publish_national_rules(session, now=core.clock())

    @hookimpl
    def dcc_access_veto(self, actor: Actor, action: str, subject: Subject) -> Deny | None:
        """Keep the writing of a fiche that a case leads to the pages of the meetings, which follow
        the case's state.
        """
        if action != WRITE_ANY_FICHE or subject.object_id is None or self._core is None:
            return None
        from dcc_rcp_meetings.cases.fiches import is_led

        with self._core.reading() as session:
            if not is_led(session, subject.object_id):
                return None
        return Deny(
            "rcp_meetings.led",
            "Cette fiche appartient à une réunion de concertation. Ouvrez-la depuis la RCP.",
        )

    @hookimpl
    def dcc_cli(self, group: click.Group) -> None:
        """Add `dcc import rcp` and `dcc bench session`."""
        from dcc_core.api import ImportCommands

        bench = group.get_command(click.Context(group), "bench")
        if isinstance(bench, click.Group):
            from dcc_rcp_meetings.live.bench import command

            bench.add_command(command)
        importing: object = group.get_command(click.Context(group), "import")
        if isinstance(importing, ImportCommands):
            from dcc_rcp_meetings.takeover import RCPS

            importing.add_kind(RCPS)

    @hookimpl
    def dcc_patient_merged(self, session: Session, kept_id: UUID, dropped_id: UUID) -> None:
        """Keep one registration of a patient who stood twice on an agenda."""
        from dcc_rcp_meetings.patients import settle_merge

        settle_merge(session, kept_id)

    @hookimpl
    def dcc_patient_export(self, session: Session, patient_id: UUID) -> Iterable[ExportPart]:
        """Return the presentations of a patient."""
        from dcc_rcp_meetings.patients import export_cases

        return export_cases(session, patient_id)

    @hookimpl
    def dcc_demo_data(self, session: Session, seed: int) -> None:
        """Write RCPs, sessions and cases for the people of the demonstration."""
        from dcc_rcp_meetings.demo import fill_demonstration

        fill_demonstration(session)

    def _now(self) -> datetime:
        """Instant on the clock of the process, which is known only once it has started."""
        return self._clock()

    def _follow_deliveries(self, session: Session) -> None:
        from dcc_rcp_meetings.cases.dissemination import follow_deliveries

        follow_deliveries(session, now=self._now())
