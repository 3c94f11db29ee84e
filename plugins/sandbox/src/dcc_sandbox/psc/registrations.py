"""Applications registered at the sandbox provider, and how they authenticate."""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field


class OAuthFault(Exception):
    """An error of the protocol; ``code`` is the value of ``error``."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Client:
    """An application registered at the provider; without secret it authenticates by mutual TLS."""

    client_id: str
    secret: str = field(default="", repr=False)
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str = ""


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
