"""Turn the session cookie of a request into a visitor, and say who acts on every audit line."""

from functools import partial
from typing import Protocol

from litestar.concurrency import sync_to_thread
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from dcc_core.audit import AuditContext, audit_context
from dcc_core.hooks.contracts.access import Purpose
from dcc_core.web.envelope import AnyRequest, request_id_of
from dcc_core.web.visitor import NOBODY, Visitor

VISITOR = "dcc_visitor"
NO_SESSION = "no_session"
"""Key of ``opt``: the route never looks at the session (static files, health)."""

PASSIVE = "passive"
"""Key of ``opt``: an open page asks by itself, which does not prolong the session."""


class VisitorFinder(Protocol):
    """Finds the visitor behind the value of the session cookie."""

    def __call__(self, token: str, *, is_passive: bool) -> Visitor:
        """Return the visitor, ``NOBODY`` when the value opens nothing."""


class Authentication(ASGIMiddleware):
    """Find the visitor before the guards, and keep the audit context for the whole request."""

    def __init__(self, cookie: str, find: VisitorFinder) -> None:
        self._cookie = cookie
        self._find = find

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Run the rest of the request as its visitor."""
        request: AnyRequest = AnyRequest(scope)
        token = request.cookies.get(self._cookie, "")
        visitor = NOBODY
        opt = scope["route_handler"].opt
        if token and not opt.get(NO_SESSION):
            find = partial(self._find, token, is_passive=bool(opt.get(PASSIVE)))
            visitor = await sync_to_thread(find)
        scope["state"][VISITOR] = visitor
        context = AuditContext(
            actor=visitor.actor,
            purpose=Purpose.CARE,
            correlation_id=request_id_of(scope),
            via="web",
            source_ip=request.client.host if request.client else "",
        )
        with audit_context(context):
            await next_app(scope, receive, send)


def visitor_of(scope: Scope) -> Visitor:
    """Return who is asking."""
    found = scope["state"].get(VISITOR, NOBODY)
    return found if isinstance(found, Visitor) else NOBODY
