"""Security headers of every response (OWASP ASVS 5.0 chapter V3; RGS)."""

from collections.abc import Mapping

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HSTS = "max-age=31536000; includeSubDomains"
NO_STORE = "no-store"
IMMUTABLE = "public, max-age=31536000, immutable"


def security_headers(*, is_secure: bool) -> Mapping[str, str]:
    """Return the headers that every response carries.

    Args:
        is_secure: Whether browsers reach the region over TLS; HSTS on plain HTTP is ignored.
    """
    common = {
        "content-security-policy": CONTENT_SECURITY_POLICY,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
    }
    return common | ({"strict-transport-security": HSTS} if is_secure else {})
