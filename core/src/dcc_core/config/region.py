"""What a region declares: its plugins in order, its form packs, its looks and its places."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
Finess = Annotated[str, StringConstraints(pattern=r"^[0-9][0-9AB][0-9]{7}$")]


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class PluginEntry(_Declared):
    """One plugin that the region runs.

    Attributes:
        name: Entry-point name of the plugin.
        optional: Whether the region may start without it, degraded, when it cannot be loaded.
        settings: Values for the plugin's settings model; the environment overrides them.
    """

    name: Slug
    optional: bool = False
    settings: dict[str, Any] = Field(default_factory=dict)


class Branding(_Declared):
    """How the region presents itself; colours are identity, never a signal.

    Attributes:
        accent: Regional accent colour; ``accent_on`` is the text colour set upon it (contrast ≥
            4.5:1).
        logo: Path of an SVG inside the region's package, at most 8 kB.
        buttons: Official image of an identity provider's button, by key of the provider
            (``{"sso_psc.psc": "dcc_region_x:static/psc.svg"}``), at most 40 kB; its own wording
            replaces ours.
    """

    product_name: str = "Dossier communicant de cancérologie"
    short_name: str = "DCC"
    accent: Colour = "#0f5c6e"
    accent_on: Colour = "#ffffff"
    logo: str | None = None
    buttons: dict[str, str] = Field(default_factory=dict)
    support_email: str = "support@example.invalid"
    support_phone: str = ""
    legal_notice_url: str = ""
    privacy_url: str = ""


class Establishment(_Declared):
    """A health establishment of the region, known by its geographic FINESS number.

    Attributes:
        patient_oid: OID under which its interfaces state its own patient numbers (IPP). Declaring
            it makes those numbers designate patients; empty leaves them undecided.
    """

    finess: Finess
    name: str
    commune_insee: str = ""
    patient_oid: str = ""
    is_3c: bool = False


class Region(_Declared):
    """A region: the object behind an entry point of group ``dcc.regions``.

    The order of ``plugins`` is the load order. The environment overrides settings, never structure.

    Attributes:
        insee_codes: INSEE codes of the administrative regions covered.
        timezone: IANA name used at display; storage is UTC.
        templates: Package folder of template overrides (``"dcc_region_x:templates"``), or None.
        features: Switches that core and plugins declare, by dotted name.
        retention_years: How long functional access traces are kept.
    """

    slug: Slug
    name: str
    insee_codes: tuple[str, ...] = ()
    plugins: tuple[PluginEntry, ...] = ()
    form_packs: tuple[str, ...] = ()
    branding: Branding = Branding()
    locale: str = "fr"
    timezone: str = "Europe/Paris"
    establishments: tuple[Establishment, ...] = ()
    templates: str | None = None
    features: dict[str, bool] = Field(default_factory=dict)
    retention_years: int = Field(default=20, ge=1)

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        ZoneInfo(value)
        return value

    def has_feature(self, name: str, *, default: bool = False) -> bool:
        """Tell whether the feature switch ``name`` is on in this region."""
        return self.features.get(name, default)
