"""What a plugin declares about itself, readable and checkable without running its hooks."""

from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from dcc_core.hooks.contracts.access import Permission


class PluginSettings(BaseModel):
    """Base of a plugin's settings: unknown keys are refused, values do not change while the process
    lives.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


class Quality(StrEnum):
    """Level that a plugin reaches; ``dcc check`` holds it to what it claims.

    Bronze: loads, contract suite green, documented. Silver: survives outside failure, settings
        validated, removal
    tested. Gold: clinical golden files, access tests, accessibility, metrics.
    """

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


class DccPlugin:
    """A plugin: subclass it, declare the attributes, implement hooks with ``@hookimpl``.

    The entry point of group ``dcc.plugins`` names the class; its name is the plugin's ``name``. The
    range of core versions is the ``dcc-core`` requirement of the plugin's own distribution, so that
    it is stated once and checked before the plugin is imported.

    Attributes:
        name: Lower-case identifier; prefix of tables, routes, permissions, settings, templates.
        depends_on: Plugins that must be enabled and come earlier in the region.
        settings_model: Model of the plugin's settings; the instance is ``self.settings``.
        models: Modules whose import defines the plugin's tables.
        migrations: Package of Alembic revisions (``"dcc_x.migrations"``), None without tables.
        templates: Package folder of templates (``"dcc_x:templates"``); files sit under a folder of
            the plugin's name.
        static: Package folder of static files.
        permissions: Rights that the plugin introduces; codes start with ``<name>.``.
        quality: Level claimed.
    """

    name: ClassVar[str]
    label: ClassVar[str] = ""
    depends_on: ClassVar[tuple[str, ...]] = ()
    settings_model: ClassVar[type[PluginSettings]] = PluginSettings
    models: ClassVar[tuple[str, ...]] = ()
    migrations: ClassVar[str | None] = None
    templates: ClassVar[str | None] = None
    static: ClassVar[str | None] = None
    permissions: ClassVar[tuple[Permission, ...]] = ()
    quality: ClassVar[Quality] = Quality.BRONZE

    def __init__(self, settings: PluginSettings) -> None:
        self.settings = settings

    @classmethod
    def table_prefix(cls) -> str:
        """Return what every table name of the plugin starts with."""
        return f"{cls.name}_"
