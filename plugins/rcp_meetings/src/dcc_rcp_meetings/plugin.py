"""Entry point of the plugin."""

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

import click
from sqlmodel import Session

from dcc_core.api import Core, DccPlugin, ExportPart, Permission, hookimpl
from dcc_rcp_meetings.permissions import PERMISSIONS


class RcpMeetingsPlugin(DccPlugin):
    """RCP meetings: directory, sessions, quorum, the fiche from request to signed document."""

    name: ClassVar[str] = "rcp_meetings"
    label: ClassVar[str] = "Réunions de concertation (RCP)"
    depends_on: ClassVar[tuple[str, ...]] = ("rcp_forms",)
    models: ClassVar[tuple[str, ...]] = ("dcc_rcp_meetings.tables",)
    migrations: ClassVar[str | None] = "dcc_rcp_meetings.migrations.versions"
    permissions: ClassVar[tuple[Permission, ...]] = PERMISSIONS

    @hookimpl
    def dcc_startup(self, core: Core) -> None:
        """Put the national quorum rules on the shelf."""
        from dcc_rcp_meetings.quorum.shelf import publish_national_rules

        with core.session() as session:
            publish_national_rules(session, now=core.clock())

    @hookimpl
    def dcc_cli(self, group: click.Group) -> None:
        """Add `dcc import rcp`."""
        from dcc_core.api import ImportCommands

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
