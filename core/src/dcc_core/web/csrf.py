"""Refuse unsafe requests that another site may have caused (OWASP ASVS 5.0 §3.5)."""

from litestar.enums import RequestEncodingType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from dcc_core.errors import AccessDenied
from dcc_core.web.authentication import visitor_of
from dcc_core.web.envelope import AnyRequest, is_http
from dcc_core.web.forgery import FIELD, HEADER, ForgeryTokens
from dcc_core.web.i18n import gettext as _

EXEMPT = "csrf_exempt"
"""Key of ``opt`` for machine callbacks (back-channel logout) that prove themselves otherwise."""

PRE_SIGN_IN_COOKIE = "dcc_signin"
POSTED = "dcc_posted"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FROM_HERE = frozenset({"same-origin", "none"})
_FORMS = (RequestEncodingType.URL_ENCODED, RequestEncodingType.MULTI_PART)


class ForgeryRefused(AccessDenied):
    """An unsafe request does not prove that it comes from one of our pages in this session."""


class ForgeryProtection(ASGIMiddleware):
    """Check ``Sec-Fetch-Site`` and the token of the session before an unsafe request goes on."""

    def __init__(self, tokens: ForgeryTokens) -> None:
        self._tokens = tokens

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let safe and proven requests through.

        Raises:
            ForgeryRefused: ``WEB-403`` otherwise; what was typed stays at hand, to be sent again.
        """
        if (
            is_http(scope)
            and scope["method"] not in _SAFE
            and not scope["route_handler"].opt.get(EXEMPT)
        ):
            request: AnyRequest = AnyRequest(scope, receive)
            if not await self._is_proven(request):
                raise ForgeryRefused(
                    "WEB-403",
                    _(
                        "Cette demande n'a pas pu être rattachée à votre session : rien n'a été"
                        " enregistré. Rechargez la page puis recommencez."
                    ),
                )
        await next_app(scope, receive, send)

    async def _is_proven(self, request: AnyRequest) -> bool:
        site = request.headers.get("sec-fetch-site", "same-origin")
        return site in _FROM_HERE and self._tokens.accepts(
            await _token(request), forgery_key(request.scope)
        )


def forgery_key(scope: Scope) -> str:
    """Return what the tokens of this visitor are bound to: the session, or the sign-in attempt."""
    visitor = visitor_of(scope)
    if visitor.is_signed_in:
        return visitor.session_key
    # The anonymous session begins with the first press of a button; another tab drew its form
    # before that, and both must be accepted.
    request: AnyRequest = AnyRequest(scope)
    attempt = request.cookies.get(PRE_SIGN_IN_COOKIE, "")
    return f"signin:{attempt}" if attempt else visitor.session_key


async def _token(request: AnyRequest) -> str:
    given = request.headers.get(HEADER)
    if given is None and request.content_type[0] in _FORMS:
        form = await request.form()
        request.scope["state"][POSTED] = form
        given = form.get(FIELD)
    return given if isinstance(given, str) else ""
