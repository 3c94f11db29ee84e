"""Pages: sign-in by one click on a fictitious professional, sign-out."""

import base64
import binascii
import json
from typing import Annotated, Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import MediaType, Request, Response, get, post, route
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from dcc_sandbox.psc.back_channel import call_applications
from dcc_sandbox.psc.endpoints import PROTOCOL
from dcc_sandbox.psc.people import PEOPLE, PEOPLE_BY_KEY
from dcc_sandbox.psc.provider import PscProvider
from dcc_sandbox.psc.registrations import OAuthFault

COOKIE = "bac_a_sable_psc"
_PAGES = Environment(
    loader=PackageLoader("dcc_sandbox.psc"), autoescape=True, undefined=StrictUndefined
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
Provider = NamedDependency[PscProvider]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Web = Request[Any, Any, Any]


def page(template: str, **context: object) -> Response[str]:
    """Render a page."""
    html = _PAGES.get_template(template).render(**context)
    return Response(html, media_type=MediaType.HTML, headers=_HEADERS)


@get("/style.css", media_type=MediaType.CSS, sync_to_thread=False)
def stylesheet() -> str:
    """Return the style sheet of the pages."""
    source, _, _ = _PAGES.loader.get_source(_PAGES, "style.css")  # type: ignore[union-attr]
    return source


@get("/auth", sync_to_thread=False)
def authorize(request: Web, provider: Provider) -> Response[Any]:
    """Offer the professionals, or return at once when a session is live (single sign-on)."""
    wanted = dict(request.query_params)
    key = provider.accept_request(wanted)
    session = provider.live_session(request.cookies.get(COOKIE, ""))
    if session and wanted.get("prompt") != "login":
        return _return_to_application(*provider.grant_code(key, session))
    return page("sign_in.html", people=PEOPLE, request_key=key)


@post("/auth/identite", status_code=302, sync_to_thread=False)
def choose_person(provider: Provider, data: Form) -> Response[Any]:
    """Sign in as the chosen professional, or give up."""
    key = data.get("demande", "")
    person = PEOPLE_BY_KEY.get(data.get("personne", ""))
    if person is None:
        refusal = {"error": "access_denied", "iss": provider.issuer}
        return _return_to_application(*provider.callback(provider.take_request(key), refusal))
    session = provider.open_session(person)
    response = _return_to_application(*provider.grant_code(key, session))
    response.set_cookie(Cookie(COOKIE, value=session.sid, httponly=True, samesite="lax"))
    return response


@route(f"{PROTOCOL}/logout", http_method=["GET", "POST"], status_code=200, sync_to_thread=True)
def logout(request: Web, provider: Provider) -> Response[Any]:
    """End the session named by the hint or the cookie, tell the applications, and send back."""
    wanted = dict(request.query_params)
    hint = _claims_of(wanted.get("id_token_hint", ""))
    sid = str(hint.get("sid") or request.cookies.get(COOKIE, ""))
    call_applications(provider.end_session(sid))
    target = wanted.get("post_logout_redirect_uri", "")
    client = provider.clients.get(str(hint.get("aud")))
    if client is None or not client.accepts_post_logout(target):
        return page("signed_out.html")
    state = f"?{urlencode({'state': wanted['state']})}" if "state" in wanted else ""
    return Redirect(target + state, status_code=302)


def _return_to_application(address: str, parameters: dict[str, str]) -> Redirect:
    separator = "&" if "?" in address else "?"
    return Redirect(f"{address}{separator}{urlencode(parameters)}", status_code=302)


def _claims_of(hint: str) -> dict[str, Any]:
    """Read an id_token hint; it is our own and may be expired, so it is not verified."""
    try:
        payload = hint.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, binascii.Error):
        return {}
    if not isinstance(claims, dict):
        raise OAuthFault("invalid_request")
    return claims


PAGES = (stylesheet, authorize, choose_person, logout)
