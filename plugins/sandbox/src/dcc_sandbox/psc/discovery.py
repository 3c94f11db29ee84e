"""The discovery document, with what the real one advertises too much."""

from typing import Any


def discovery_document(*, issuer: str, wallet: str) -> dict[str, Any]:
    """Return the document; the authorization endpoint lies on another host than the issuer."""
    protocol = f"{issuer}/protocol/openid-connect"
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{wallet}/auth",
        "token_endpoint": f"{protocol}/token",
        "introspection_endpoint": f"{protocol}/token/introspect",
        "userinfo_endpoint": f"{protocol}/userinfo",
        "end_session_endpoint": f"{protocol}/logout",
        "revocation_endpoint": f"{protocol}/revoke",
        "jwks_uri": f"{protocol}/certs",
        "grant_types_supported": ["authorization_code", "implicit", "refresh_token", "password"],
        "response_types_supported": ["code", "none", "id_token", "token"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["HS256", "RS256", "PS256", "ES256", "EdDSA"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "tls_client_auth"],
        "scopes_supported": ["openid", "scope_all", "profile", "email", "offline_access"],
        "acr_values_supported": ["0", "0"],
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "frontchannel_logout_supported": True,
        "tls_client_certificate_bound_access_tokens": True,
    }
