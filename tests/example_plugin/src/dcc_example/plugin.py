"""The example plugin: a notebook of remarks about patients, and one small answer to every hook."""

from collections.abc import Iterable
from uuid import UUID

import click
from litestar.types import ControllerRouterHandler
from pydantic import Field
from sqlmodel import Session

from dcc_core.api import (
    Actor,
    Answers,
    AuditSink,
    BreakGlassRule,
    Core,
    DccPlugin,
    Deny,
    DocumentRenderer,
    Event,
    ExportPart,
    FieldType,
    FormModel,
    HealthCheck,
    IdentityProvider,
    InboundSource,
    Indicator,
    Issue,
    IssueLevel,
    Job,
    LiveTopic,
    MatchHint,
    MenuItem,
    MessageParser,
    NotificationKind,
    OutboundFeed,
    Panel,
    PatientTraits,
    Permission,
    PluginSettings,
    RecordSection,
    Region,
    Sensitivity,
    Settings,
    Stage,
    Subject,
    ValueSet,
    hookimpl,
)
from dcc_example import forms, labs, notes, operation, outbound, web
from dcc_example.provider import PaperBadge

PERMISSION = "example.note.read"


class ExampleSettings(PluginSettings):
    """Settings of the example."""

    folder: str = Field(
        default="", description="Folder polled for text messages; empty polls none."
    )
    greeting: str = Field(default="Bonjour", description="First word of the health check's answer.")


class ExamplePlugin(DccPlugin):
    """Show every hook at work, as small as it can be."""

    name = "example"
    label = "Exemple"
    settings_model = ExampleSettings
    models = ("dcc_example.tables",)
    migrations = "dcc_example.versions"
    templates = "dcc_example:templates"
    permissions = (
        Permission(
            PERMISSION,
            "Lire les remarques",
            Sensitivity.CLINICAL,
            frozenset({"medecin"}),
            needs_patient=True,
        ),
    )
    settings: ExampleSettings

    # Forms

    @hookimpl
    def dcc_form_models(self, region: Region) -> Iterable[FormModel]:
        """Bring one form, named after the region that asks."""
        return [forms.greeting_form(region.name)]

    @hookimpl
    def dcc_field_types(self) -> Iterable[FieldType]:
        """Bring a percentage."""
        return [forms.PERCENTAGE]

    @hookimpl
    def dcc_value_sets(self) -> Iterable[ValueSet]:
        """Bring a value set of two codes, one of them retired."""
        return [forms.SIDES]

    @hookimpl
    def dcc_form_issues(self, form: FormModel, answers: Answers, stage: Stage) -> Iterable[Issue]:
        """Ask for a side before signature, once a size is known."""
        if stage is Stage.SIGN and "taille" in answers and "côté" not in answers:
            yield Issue("EXA-001", "Indiquez le côté.", IssueLevel.BLOCKING, "côté")

    # Authentication and authorisation

    @hookimpl
    def dcc_identity_providers(self, settings: Settings) -> Iterable[IdentityProvider]:
        """Offer a badge made of paper, outside production."""
        return [] if settings.is_production else [PaperBadge()]

    @hookimpl
    def dcc_access_veto(self, actor: Actor, action: str, subject: Subject) -> Deny | None:
        """Close the notebook to those who signed in while the national provider was down."""
        if actor.fallback and action == PERMISSION:
            return Deny("example_fallback", "Les remarques attendent le retour de la connexion.")
        return None

    @hookimpl
    def dcc_break_glass_rules(self, actor: Actor, patient_id: UUID) -> Iterable[BreakGlassRule]:
        """Offer one more justification."""
        return [BreakGlassRule("example.call", "Appel d'un confrère aux urgences")]

    # Laboratories

    @hookimpl
    def dcc_inbound_sources(self, settings: Settings) -> Iterable[InboundSource]:
        """Poll the folder of the settings."""
        return [labs.TextFolder(self.settings.folder)] if self.settings.folder else []

    @hookimpl
    def dcc_message_parsers(self) -> Iterable[MessageParser]:
        """Read text messages of ``key=value`` lines."""
        return [labs.TextParser()]

    @hookimpl
    def dcc_match_hints(self, traits: PatientTraits) -> Iterable[MatchHint]:
        """Propose nobody: the notebook knows no traits."""
        return []

    # Outbound

    @hookimpl
    def dcc_outbound_feeds(self, settings: Settings) -> Iterable[OutboundFeed]:
        """Deliver reports to a folder."""
        return [outbound.FolderFeed(self.settings.folder)]

    @hookimpl
    def dcc_document_renderers(self) -> Iterable[DocumentRenderer]:
        """Render any document as plain text."""
        return [outbound.TextRenderer()]

    # Web

    @hookimpl
    def dcc_routes(self) -> Iterable[ControllerRouterHandler]:
        """Serve the page of remarks."""
        return [web.NotesController]

    @hookimpl
    def dcc_menu_items(self) -> Iterable[MenuItem]:
        """Put the page in the main menu."""
        return [MenuItem("example.notes", "Remarques", "example.notes", PERMISSION)]

    @hookimpl
    def dcc_panels(self) -> Iterable[Panel]:
        """Count the remarks beside the patient's dossier."""
        return [web.NotesPanel()]

    @hookimpl
    def dcc_record_sections(self) -> Iterable[RecordSection]:
        """Show the remarks in the timeline."""
        return [web.NotesSection()]

    @hookimpl
    def dcc_live_topics(self) -> Iterable[LiveTopic]:
        """Let open pages follow the remarks of a patient in whose care the reader is."""
        return [web.REMARKS]

    @hookimpl
    def dcc_notification_kinds(self) -> Iterable[NotificationKind]:
        """Tell people of a remark addressed to them."""
        return [NotificationKind("example.remark", "Une remarque vous attend.", "example.notes")]

    # Operation

    @hookimpl
    def dcc_cli(self, group: click.Group) -> None:
        """Add ``dcc example``."""
        group.add_command(operation.command)

    @hookimpl
    def dcc_jobs(self) -> Iterable[Job]:
        """Delete empty remarks at night."""
        return [operation.CLEANING]

    @hookimpl
    def dcc_health_checks(self) -> Iterable[HealthCheck]:
        """Answer with the word of the settings."""
        return [operation.health_check(self.settings.greeting)]

    @hookimpl
    def dcc_indicators(self) -> Iterable[Indicator]:
        """Count the remarks of a period."""
        return [operation.COUNT]

    @hookimpl
    def dcc_audit_sinks(self, settings: Settings) -> Iterable[AuditSink]:
        """Keep the numbers of the lines received."""
        return [operation.Memory()]

    # Life

    @hookimpl
    def dcc_startup(self, core: Core) -> None:
        """Note the region that runs."""
        self.running_in = core.region.slug

    @hookimpl
    def dcc_shutdown(self, core: Core) -> None:
        """Forget it."""
        self.running_in = ""

    @hookimpl
    def dcc_event(self, event: Event) -> None:
        """Remember the last event; receiving it twice changes nothing."""
        self.last_event = event.event_id

    # Data

    @hookimpl
    def dcc_patient_merged(self, session: Session, kept_id: UUID, dropped_id: UUID) -> None:
        """Leave one remark of each text after a merge."""
        notes.drop_repeated_notes(session, kept_id)

    @hookimpl
    def dcc_patient_export(self, session: Session, patient_id: UUID) -> Iterable[ExportPart]:
        """Hand out the remarks as text."""
        return notes.export_notes(session, patient_id)

    @hookimpl
    def dcc_demo_data(self, session: Session, seed: int) -> None:
        """Write nothing: the notebook of a demonstration starts empty."""
