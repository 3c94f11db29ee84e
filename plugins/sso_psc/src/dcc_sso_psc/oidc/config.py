"""What the relying party must know of a provider; policy stands here, never in its discovery.

The discovery document of Pro Santé Connect advertises algorithms, grants and challenge methods that
must not be used (HS256, EdDSA, ``password``, ``plain``). Everything that decides is therefore a
constant or a setting: response type ``code``, challenge ``S256``, signature ``RS256``.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

SIGNATURE_ALGORITHM = "RS256"
MAX_LEEWAY_S = 60


@dataclass(frozen=True)
class ClientSecret:
    """Authenticate with ``client_secret_basic``."""

    secret: str = field(repr=False)


@dataclass(frozen=True)
class ClientCertificate:
    """Authenticate with ``tls_client_auth`` (RFC 8705): an IGC-Santé ORG AUTH_CLI certificate."""

    certificate: Path
    key: Path


class Reach(Enum):
    """Which addresses the provider may resolve to; anything else is not connected to."""

    PUBLIC = "public"
    PRIVATE = "private"
    LOOPBACK = "loopback"


@dataclass(frozen=True, kw_only=True)
class ProviderConfig:
    """One provider and one client registered there.

    Attributes:
        origins: ``scheme://host[:port]`` that the endpoints may use, besides the issuer's own.
        acr_accepted: assurance levels that open a session.
        trusted_audiences: audiences tolerated in the id_token besides ``client_id``.
        callback_issuer_required: refuse a return without ``iss`` (RFC 9207, announced by PSC).
        max_session: longest life of a session at the provider, counted from ``auth_time``.
        authority: file of the certification authorities, when not those of the system.
    """

    issuer: str
    discovery_url: str
    client_id: str
    client_auth: ClientSecret | ClientCertificate
    acr_accepted: frozenset[str]
    origins: frozenset[str] = frozenset()
    scope: str = "openid"
    authorize_params: Mapping[str, str] = field(default_factory=dict)
    trusted_audiences: frozenset[str] = frozenset()
    callback_issuer_required: bool = True
    reach: Reach = Reach.PUBLIC
    authority: Path | None = None
    max_session: timedelta = timedelta(hours=4)
    leeway_s: int = 30
    timeout_s: float = 5.0

    def __post_init__(self) -> None:
        if not 0 <= self.leeway_s <= MAX_LEEWAY_S:
            raise ValueError(f"leeway_s must lie between 0 and {MAX_LEEWAY_S} seconds")
        for url in (self.issuer, self.discovery_url, *self.origins):
            self._require_secure(url)
        if not self.permits(self.discovery_url):
            raise ValueError("discovery_url is neither at the issuer's origin nor in origins")

    def permits(self, url: str) -> bool:
        """Tell whether an endpoint lies at the issuer's origin or at a declared one."""
        return origin_of(url) in {origin_of(self.issuer), *self.origins}

    def _require_secure(self, url: str) -> None:
        loopback = self.reach is Reach.LOOPBACK and urlsplit(url).hostname in LOOPBACK_NAMES
        if urlsplit(url).scheme != "https" and not loopback:
            raise ValueError(f"{origin_of(url)} is not https")

    def tls_context(self) -> ssl.SSLContext:
        """Build the TLS context: 1.2 at least, host verified, our certificate when we have one."""
        context = ssl.create_default_context(cafile=self.authority)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if isinstance(self.client_auth, ClientCertificate):
            context.load_cert_chain(self.client_auth.certificate, self.client_auth.key)
        return context


LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def origin_of(url: str) -> str:
    """Return ``scheme://host[:port]`` of a URL, without user information.

    Raises:
        ValueError: the port is not a number.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    bracketed = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{bracketed}{port}"


_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class PscEnvironment:
    """Addresses of one Pro Santé Connect environment (ANS, « Documentation technique PSC »)."""

    issuer: str
    wallet: str

    @property
    def discovery_url(self) -> str:
        """Return the discovery address; its path is not the standard one."""
        return f"{self.issuer}/.well-known/wallet-openid-configuration"


PSC_ENVIRONMENTS: Mapping[str, PscEnvironment] = MappingProxyType(
    {
        "bas": PscEnvironment(
            issuer="https://auth.bas.psc.esante.gouv.fr/auth/realms/esante-wallet",
            wallet="https://wallet.bas.psc.esante.gouv.fr",
        ),
        "production": PscEnvironment(
            issuer="https://auth.esw.esante.gouv.fr/auth/realms/esante-wallet",
            wallet="https://wallet.esw.esante.gouv.fr",
        ),
    }
)
PSC_SCOPE = "openid scope_all"
PSC_AUTHORIZE_PARAMS: Mapping[str, str] = MappingProxyType({"acr_values": "eidas1"})
# PSC answers eidas3 to a card login although eidas1 was asked for: accept the whole set.
PSC_ACR = frozenset({"eidas1", "eidas2", "eidas3"})
