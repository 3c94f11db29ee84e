"""Protocol endpoints: what the application calls, without the browser."""

from typing import Annotated, Any

from litestar import MediaType, Response, get, post, route
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, HeaderParameter

from dcc_sandbox.psc.provider import PscProvider
from dcc_sandbox.psc.registrations import authenticated_client

REALM = "/auth/realms/esante-wallet"
PROTOCOL = f"{REALM}/protocol/openid-connect"

Provider = NamedDependency[PscProvider]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Authorization = Annotated[str, HeaderParameter(name="Authorization")]
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@get(f"{REALM}/.well-known/wallet-openid-configuration", sync_to_thread=False)
def discovery(provider: Provider) -> dict[str, Any]:
    """Describe the provider, at the unusual path of the real one."""
    return provider.discovery()


@get(f"{PROTOCOL}/certs", sync_to_thread=False)
def certificates(provider: Provider) -> dict[str, Any]:
    """Publish the signature keys."""
    return provider.keys.jwks()


@post(f"{PROTOCOL}/token", status_code=200, sync_to_thread=False)
def token(
    provider: Provider, data: Form, authorization: Authorization = ""
) -> Response[dict[str, Any]]:
    """Exchange a code or a refresh token."""
    client = authenticated_client(provider.clients, authorization=authorization, form=data)
    return Response(provider.exchange(client, data), headers=_NO_STORE)


@route(f"{PROTOCOL}/userinfo", http_method=["GET", "POST"], status_code=200, sync_to_thread=False)
def userinfo(provider: Provider, authorization: Authorization = "") -> Response[Any]:
    """Return the claims, as JSON or as a signed token."""
    claims = provider.userinfo(authorization.partition(" ")[2])
    if provider.tampering.userinfo_format == "json":
        return Response(claims, headers=_NO_STORE)
    signed = provider.signed_userinfo(claims)
    return Response(signed.encode(), media_type="application/jwt", headers=_NO_STORE)


@post(f"{PROTOCOL}/token/introspect", status_code=200, sync_to_thread=False)
def introspect(provider: Provider, data: Form, authorization: Authorization = "") -> dict[str, Any]:
    """Tell whether a token is live."""
    authenticated_client(provider.clients, authorization=authorization, form=data)
    return provider.introspect(data.get("token", ""))


@post(f"{PROTOCOL}/revoke", status_code=200, media_type=MediaType.TEXT, sync_to_thread=False)
def revoke(provider: Provider, data: Form, authorization: Authorization = "") -> str:
    """Forget a token."""
    authenticated_client(provider.clients, authorization=authorization, form=data)
    provider.revoke(data.get("token", ""))
    return ""


ENDPOINTS = (discovery, certificates, token, userinfo, introspect, revoke)
