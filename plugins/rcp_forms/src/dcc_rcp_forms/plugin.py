"""Entry point of the plugin."""

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

import click
from litestar.types import ControllerRouterHandler
from sqlmodel import Session

from dcc_core.api import (
    Concept,
    Core,
    DccPlugin,
    ExportPart,
    FormModel,
    ImportCommands,
    MenuItem,
    MenuPlace,
    Permission,
    Region,
    ValueSet,
    hookimpl,
)
from dcc_rcp_forms.permissions import FICHE_PERMISSIONS, FICHE_READ, READ, STUDIO_PERMISSIONS


class RcpFormsPlugin(DccPlugin):
    """RCP forms: language, engine, national pack."""

    name: ClassVar[str] = "rcp_forms"
    label: ClassVar[str] = "Formulaires RCP"
    models: ClassVar[tuple[str, ...]] = ("dcc_rcp_forms.fiches.tables",)
    migrations: ClassVar[str | None] = "dcc_rcp_forms.migrations.versions"
    templates: ClassVar[str | None] = "dcc_rcp_forms:templates"
    static: ClassVar[str | None] = "dcc_rcp_forms:static"
    permissions: ClassVar[tuple[Permission, ...]] = (*STUDIO_PERMISSIONS, *FICHE_PERMISSIONS)

    @hookimpl
    def dcc_form_models(self, region: Region) -> Iterable[FormModel]:
        """Return the national pack and those of the region, composed and frozen."""
        from dcc_rcp_forms.published import region_models

        return region_models(region)

    @hookimpl
    def dcc_value_sets(self) -> Iterable[ValueSet]:
        """Return the national value sets of the pack."""
        from dcc_rcp_forms.valuesets.collection import Library

        library = Library()
        for name in library.names():
            codes = library.find(name)
            if codes:
                concepts = tuple(
                    Concept(code.code, code.system, code.label, retired=bool(code.end))
                    for code in codes.codes
                )
                yield ValueSet(codes.oid, codes.version, codes.name, concepts)

    @hookimpl
    def dcc_routes(self) -> Iterable[ControllerRouterHandler]:
        """Serve the studio and the fiches."""
        from dcc_rcp_forms.web import fiche_pages, review_pages, studio_pages

        return [*studio_pages.ROUTES, *review_pages.ROUTES, *fiche_pages.ROUTES]

    @hookimpl
    def dcc_menu_items(self) -> Iterable[MenuItem]:
        """Lead experts to the studio, and care teams to the fiches of a patient."""
        yield MenuItem(
            "rcp_forms.studio",
            "Studio de fiches",
            "rcp_forms.studio",
            READ,
            place=MenuPlace.REGION,
            icon="code",
            order=190,
        )
        yield MenuItem(
            "rcp_forms.patient",
            "Fiches RCP",
            "rcp_forms.patient",
            FICHE_READ,
            place=MenuPlace.PATIENT,
            order=20,
        )

    @hookimpl
    def dcc_patient_merged(self, session: Session, kept_id: UUID, dropped_id: UUID) -> None:
        """Leave fiches as the core moved them: two fiches of one patient contradict nothing."""

    @hookimpl
    def dcc_patient_export(self, session: Session, patient_id: UUID) -> Iterable[ExportPart]:
        """Return the fiches of a patient."""
        from dcc_rcp_forms.fiches.patients import export_fiches

        return export_fiches(session, patient_id)

    @hookimpl
    def dcc_startup(self, core: Core) -> None:
        """Put the packs of the region on the shelf of published versions."""
        from dcc_rcp_forms.fiches.shelf import publish_pack
        from dcc_rcp_forms.published import region_models

        with core.session() as session:
            publish_pack(session, models=region_models(core.region), at=core.clock())

    @hookimpl
    def dcc_cli(self, group: click.Group) -> None:
        """Add `dcc forms`, `dcc import fiches`, `dcc bench forms` and `dcc bench import`."""
        from dcc_rcp_forms.cli.group import forms

        group.add_command(forms)
        bench = group.get_command(click.Context(group), "bench")
        if isinstance(bench, click.Group):
            from dcc_rcp_forms.bench import command

            bench.add_command(command)
            from dcc_rcp_forms.takeover.bench import command as bench_import

            bench.add_command(bench_import)
        importing: object = group.get_command(click.Context(group), "import")
        if isinstance(importing, ImportCommands):
            from dcc_rcp_forms.takeover.fiches import FICHES

            importing.add_kind(FICHES)
