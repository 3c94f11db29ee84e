"""Settings of the plugin. Everything that says who the establishment is comes from files or the
environment, never from code.
"""

from pathlib import Path

from pydantic import Field

from dcc_core.api import PluginSettings


class DmpSettings(PluginSettings):
    """How this region reaches the DMP."""

    repository_url: str = Field(
        default="", description="Where documents go (ITI-41); empty leaves the feed out."
    )
    registry_url: str = Field(
        default="", description="Where queries and updates go (ITI-18, ITI-57); else the same."
    )
    patients_url: str = Field(
        default="", description="Where the existence of a DMP is asked (TD0.2); else the same."
    )
    tls_certificate: Path | None = Field(
        default=None, description="ORG_AUTH_CLI certificate of the establishment, PEM file."
    )
    tls_key: Path | None = Field(default=None, description="Its private key, PEM file.")
    tls_authority: Path | None = Field(
        default=None, description="Authority that signs the DMP's own certificate, PEM file."
    )
    signing_certificate: Path | None = Field(
        default=None, description="ORG_SIGN certificate of the establishment, PEM file."
    )
    signing_key: Path | None = Field(default=None, description="Its private key, PEM file.")
    structure: str = Field(
        default="", description="National identifier of the establishment: 1 and its FINESS."
    )
    sector: str = Field(default="SA01", description="Sector of activity, code of JDV_J02.")
    root_oid: str = Field(default="", description="OID of this installation.")
    approval_id: str = Field(default="", description="Homologation number given by CNDA.")
    product_version: str = Field(default="0.1", description="Version told to the DMP.")
    document_classes: tuple[str, ...] = Field(
        default=("FRCP", "PPS"), description="Classes of documents that are fed."
    )
    hide_until_announced: tuple[str, ...] = Field(
        default=(), description="Classes kept from the patient until the announcement is made."
    )
    timeout_s: float = Field(
        default=30.0, gt=0, le=110, description="Longest silence of the DMP accepted, seconds."
    )
    breaker_failures: int = Field(
        default=5, ge=1, description="Failures in a row after which sending pauses."
    )
    breaker_pause_s: float = Field(default=60.0, gt=0, description="Length of that pause, seconds.")

    @property
    def is_configured(self) -> bool:
        """Whether there is somewhere to send to."""
        return bool(self.repository_url)
