"""Settings of the plugin. Everything that says who the establishment is comes from files or the
environment, never from code.
"""

from pathlib import Path
from typing import Self

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

    @classmethod
    def for_demonstration(cls, home: Path) -> Self:
        """Return the settings that fit the simulated DMP of ``dcc-sandbox``, whose certificates
        open nothing real.
        """
        folder = home / "sandbox" / "dmp"
        return cls(
            repository_url="https://127.0.0.1:8766",
            tls_certificate=folder / "org-auth.pem",
            tls_key=folder / "org-auth.key",
            tls_authority=folder / "ca.pem",
            signing_certificate=folder / "org-sign.pem",
            signing_key=folder / "org-sign.key",
            structure="1990000010",
            root_oid="1.2.250.1.999.1",
            approval_id="DEMO-0001",
            hide_until_announced=("FRCP",),
        )

    @property
    def is_configured(self) -> bool:
        """Whether there is somewhere to send to."""
        return bool(self.repository_url)
