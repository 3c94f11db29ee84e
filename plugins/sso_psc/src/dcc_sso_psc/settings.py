"""Settings of the plugin, and the provider configurations that they amount to."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from dcc_core.api import PluginSettings
from dcc_sso_psc.claims.roles import RoleRule
from dcc_sso_psc.fallback import FallbackPolicy
from dcc_sso_psc.oidc.config import (
    PSC_ACR,
    PSC_AUTHORIZE_PARAMS,
    PSC_ENVIRONMENTS,
    PSC_SCOPE,
    ClientCertificate,
    ClientSecret,
    ProviderConfig,
    PscEnvironment,
    Reach,
    origin_of,
)


class _ClientSettings(PluginSettings):
    """One client registered at one provider."""

    client_id: str = Field(default="", description="Identifier given at registration.")
    certificate: Path | None = Field(
        default=None, description="Client certificate (PEM), instead of a secret."
    )
    certificate_key: Path | None = Field(default=None, description="Key of the certificate.")
    authority: Path | None = Field(
        default=None, description="Certification authorities (PEM), when not the system's."
    )
    timeout_s: float = Field(
        default=5.0, gt=0, le=30, description="Longest wait for one answer, in seconds."
    )
    leeway_s: int = Field(
        default=30, ge=0, le=60, description="Tolerated difference between clocks, in seconds."
    )

    def _client_auth(self, secret: str) -> ClientSecret | ClientCertificate:
        if self.certificate and self.certificate_key:
            return ClientCertificate(self.certificate, self.certificate_key)
        return ClientSecret(secret)

    def _require_one_proof(self, *, has_secret: bool) -> None:
        has_certificate = bool(self.certificate and self.certificate_key)
        if not self.client_id or has_secret == has_certificate:
            raise ValueError(
                "client_id and either a client secret or certificate with certificate_key are"
                " needed, not both"
            )


class FederatedSettings(_ClientSettings):
    """Another OpenID Connect provider: the Keycloak of a GRADeS, the directory of a hospital."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]{0,29}$", description="Name in addresses.")
    label: str = Field(min_length=1, max_length=60, description="What the button says.")
    issuer: str = Field(description="Exact issuer.")
    client_secret_file: Path | None = Field(default=None, description="File with the secret.")
    acr_accepted: frozenset[str] = Field(
        min_length=1, description="Levels that stand for two factors at this provider."
    )
    scope: str = Field(default="openid profile", description="Scopes asked for.")
    acr_values: str = Field(default="", description="Level asked for, empty for none.")
    origins: frozenset[str] = Field(
        default=frozenset(), description="Origins of its endpoints besides the issuer's."
    )
    callback_issuer_required: bool = Field(
        default=True, description="Whether it always returns iss (RFC 9207)."
    )
    reach: Reach = Field(default=Reach.PRIVATE, description="Where its addresses may lie.")
    national_id_claim: str = Field(
        default="", description="Claim that holds the national identifier, empty for none."
    )
    national_id_prefix: Literal["", "0", "8"] = Field(
        default="", description="Type digit to put before it: 8 when the claim is a bare RPPS."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        self._require_one_proof(has_secret=self.client_secret_file is not None)
        self.config()
        return self

    def config(self) -> ProviderConfig:
        """Return the configuration of the relying party."""
        file = self.client_secret_file
        return ProviderConfig(
            issuer=self.issuer,
            discovery_url=f"{self.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_id=self.client_id,
            client_auth=self._client_auth(file.read_text().strip() if file else ""),
            origins=self.origins,
            scope=self.scope,
            authorize_params={"acr_values": self.acr_values} if self.acr_values else {},
            acr_accepted=self.acr_accepted,
            callback_issuer_required=self.callback_issuer_required,
            reach=self.reach,
            authority=self.authority,
            timeout_s=self.timeout_s,
            leeway_s=self.leeway_s,
        )


class SsoPscSettings(_ClientSettings):
    """Settings of ``sso_psc``; without ``environment`` Pro Santé Connect is not offered."""

    environment: Literal["", "sandbox", "bas", "production"] = Field(
        default="",
        description="Which Pro Santé Connect: sandbox (ours), bas (ANS test), production.",
    )
    client_secret: SecretStr | None = Field(
        default=None, description="Secret given at registration, instead of a certificate."
    )
    sandbox_url: str = Field(
        default="http://127.0.0.1:8765", description="Address of the sandbox provider."
    )
    roles: tuple[RoleRule, ...] = Field(
        default=(),
        description="Roles held by profession and structure, first fitting rule; none by default.",
    )
    providers: tuple[FederatedSettings, ...] = Field(
        default=(), description="Other OpenID Connect providers."
    )

    fallback: FallbackPolicy = Field(
        default=FallbackPolicy.RULE,
        description="Who opens the fallback sign-in: rule, administrator or never.",
    )
    fallback_after_min: int = Field(
        default=5, ge=1, le=120, description="Outage after which the rule opens it, in minutes."
    )

    @classmethod
    def for_demonstration(cls) -> Self:
        """Return the settings that fit the sandbox provider; its credentials open nothing real."""
        return cls(
            environment="sandbox",
            client_id="dcc-demo",
            client_secret=SecretStr("demo-secret-of-nobody"),
        )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.environment:
            self._require_one_proof(has_secret=self.client_secret is not None)
            self.psc_config()
        return self

    def psc_config(self) -> ProviderConfig:
        """Return the configuration of the relying party for Pro Santé Connect."""
        environment = self._environment()
        secret = self.client_secret.get_secret_value() if self.client_secret else ""
        return ProviderConfig(
            issuer=environment.issuer,
            discovery_url=environment.discovery_url,
            client_id=self.client_id,
            client_auth=self._client_auth(secret),
            origins=frozenset({environment.wallet}),
            scope=PSC_SCOPE,
            authorize_params=PSC_AUTHORIZE_PARAMS,
            acr_accepted=PSC_ACR,
            reach=Reach.LOOPBACK if self.environment == "sandbox" else Reach.PUBLIC,
            authority=self.authority,
            timeout_s=self.timeout_s,
            leeway_s=self.leeway_s,
        )

    def _environment(self) -> PscEnvironment:
        if self.environment != "sandbox":
            return PSC_ENVIRONMENTS[self.environment]
        wallet = origin_of(self.sandbox_url).replace("//127.0.0.1", "//localhost")
        return PscEnvironment(f"{self.sandbox_url}/auth/realms/esante-wallet", wallet)
