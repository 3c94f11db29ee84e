"""The provider's description: endpoints only, checked against the configuration."""

from dataclasses import dataclass

from dcc_sso_psc.oidc.channel import BackChannel
from dcc_sso_psc.oidc.config import ProviderConfig
from dcc_sso_psc.oidc.json_object import JsonObject
from dcc_sso_psc.refusals import Refusal, SignInRefused


@dataclass(frozen=True)
class Metadata:
    """Endpoints of the provider (OpenID Connect Discovery 1.0 §3)."""

    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None


def load_metadata(config: ProviderConfig, channel: BackChannel) -> Metadata:
    """Fetch the description; refuse another issuer and any endpoint outside the allowed origins."""
    document = channel.get_object(config.discovery_url)
    if document.get("issuer") != config.issuer:
        raise SignInRefused(Refusal.METADATA)
    aliases = document.get("mtls_endpoint_aliases")
    if channel.uses_certificate and isinstance(aliases, dict):
        document = {**document, **aliases}  # RFC 8705 §5
    return Metadata(
        authorization_endpoint=_endpoint(document, "authorization_endpoint", config),
        token_endpoint=_endpoint(document, "token_endpoint", config),
        userinfo_endpoint=_endpoint(document, "userinfo_endpoint", config),
        jwks_uri=_endpoint(document, "jwks_uri", config),
        end_session_endpoint=_endpoint(document, "end_session_endpoint", config)
        if "end_session_endpoint" in document
        else None,
    )


def _endpoint(document: JsonObject, name: str, config: ProviderConfig) -> str:
    url = document.get(name)
    if not isinstance(url, str) or not _is_permitted(url, config):
        raise SignInRefused(Refusal.METADATA)
    return url


def _is_permitted(url: str, config: ProviderConfig) -> bool:
    try:
        return "#" not in url and config.permits(url)
    except ValueError:
        return False
