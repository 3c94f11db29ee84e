"""Applications registered at the sandbox provider, and how they authenticate."""

import base64
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin


class OAuthFault(Exception):
    """An error of the protocol; ``code`` is the value of ``error``."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Client:
    """An application registered at the provider; without secret it authenticates by mutual TLS.

    A registered address at ``127.0.0.1`` without port stands for any port (RFC 8252 §7.3), so that
    a demonstration may take a free one; its back-channel address then follows the same origin.
    """

    client_id: str
    secret: str = field(default="", repr=False)
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str = ""
    backchannel_logout_path: str = ""

    def accepts_redirect(self, address: str) -> bool:
        """Tell whether the browser may be sent back to this address."""
        return _matches(address, self.redirect_uris)

    def accepts_post_logout(self, address: str) -> bool:
        """Tell whether the browser may be sent to this address after logout."""
        return _matches(address, self.post_logout_redirect_uris)

    def logout_address(self, redirect_uri: str) -> str:
        """Return where to tell this application about a logout, empty for nowhere."""
        if self.backchannel_logout_path:
            return urljoin(redirect_uri, self.backchannel_logout_path)
        return self.backchannel_logout_uri


def _matches(address: str, registered: tuple[str, ...]) -> bool:
    return address in registered or _LOOPBACK.sub(r"\1", address) in registered


_LOOPBACK = re.compile(r"^(http://127\.0\.0\.1):\d{1,5}(?=/)")


def authenticated_client(
    clients: Mapping[str, Client], *, authorization: str, form: Mapping[str, str]
) -> Client:
    """Return the client of a token request: Basic authentication, or its id under mutual TLS."""
    name, _, password = _basic(authorization).partition(":")
    client = clients.get(name or form.get("client_id", ""))
    if client is None or not hmac.compare_digest(password.encode(), client.secret.encode()):
        raise OAuthFault("invalid_client", 401)
    return client


def _basic(authorization: str) -> str:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode()
    except ValueError:
        return ""
