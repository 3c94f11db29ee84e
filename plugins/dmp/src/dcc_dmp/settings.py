"""Settings of the plugin. Everything that says who the establishment is comes from files or the
environment, never from code.
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from dcc_core.api import PluginSettings


class DmpSettings(PluginSettings):
    """How this region reaches the DMP.

    Attributes:
        repository_url: Where ITI-41 goes; empty leaves the feed out.
        registry_url: Where ITI-18 and ITI-57 go.
        patients_url: Where TD0.2 goes.
        tls_certificate: ORG_AUTH_CLI, PEM; ``tls_key`` its key; ``tls_authority`` the authority
            that signs the DMP's own.
        signing_certificate: ORG_SIGN, PEM; ``signing_key`` its key.
        structure: National identifier of the establishment (``1`` + FINESS).
        sector: Sector of activity, code of JDV_J02.
        root_oid: OID of this installation; lots come from it.
        approval_id: Homologation number given by CNDA.
        document_classes: Classes that are fed.
        hide_until_announced: Classes kept from the patient until somebody says the announcement was
            made.
        timeout_s: Longest silence of the DMP accepted.
        breaker_failures: Failures in a row after which sending stops for ``breaker_pause_s``.
    """

    repository_url: str = ""
    registry_url: str = ""
    patients_url: str = ""
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_authority: Path | None = None
    signing_certificate: Path | None = None
    signing_key: Path | None = None
    structure: str = ""
    sector: str = "SA01"
    root_oid: str = ""
    approval_id: str = ""
    product_version: str = "0.1"
    document_classes: tuple[str, ...] = ("FRCP", "PPS")
    hide_until_announced: tuple[str, ...] = ()
    timeout_s: Annotated[float, Field(gt=0, le=300)] = 30.0
    breaker_failures: Annotated[int, Field(ge=1)] = 5
    breaker_pause_s: Annotated[float, Field(gt=0)] = 60.0

    @property
    def is_configured(self) -> bool:
        """Whether there is somewhere to send to."""
        return bool(self.repository_url)
