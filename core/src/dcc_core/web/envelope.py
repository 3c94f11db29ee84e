"""The outermost layer: every answer gets its headers, its identifier, its log line and its
figures.

It stands around Litestar itself because answers to unknown addresses never reach the middleware of
a route. Query strings are not logged: they hold names and codes.
"""

import logging
import time
from collections.abc import Mapping
from typing import Any, TypeGuard
from uuid import uuid4

from litestar import Request
from litestar.types import ASGIApp, HTTPResponseStartEvent, HTTPScope, Message, Receive, Scope, Send

from dcc_core.config.logging import logged_request
from dcc_core.web.headers import NO_STORE
from dcc_core.web.i18n import use_locale
from dcc_core.web.metrics import Metrics

AnyRequest = Request[Any, Any, Any]
REQUEST_ID = "dcc_request_id"
UNROUTED = "unrouted"
_access_log = logging.getLogger("dcc.access")


class Envelope:
    """ASGI application that wraps the assembled one."""

    def __init__(
        self, app: ASGIApp, *, headers: Mapping[str, str], metrics: Metrics, locale: str
    ) -> None:
        self._app = app
        self._locale = locale
        every = {**headers, "cache-control": NO_STORE}
        self._headers = [(name.lower().encode(), value.encode()) for name, value in every.items()]
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if not is_http(scope):
            await self._app(scope, receive, send)
            return
        request_id = uuid4().hex
        scope["state"][REQUEST_ID] = request_id
        started = time.perf_counter()
        status = 500

        async def send_dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._dress(message, request_id)
            await send(message)

        with logged_request(request_id):
            try:
                with use_locale(self._locale):
                    await self._app(scope, receive, send_dressed)
            finally:
                self._record(scope, status, time.perf_counter() - started)

    def _dress(self, message: HTTPResponseStartEvent, request_id: str) -> None:
        given = list(message["headers"])
        names = {name.lower() for name, _ in given}
        added = [header for header in self._headers if header[0] not in names]
        message["headers"] = [*given, *added, (b"x-request-id", request_id.encode())]

    def _record(self, scope: HTTPScope, status: int, seconds: float) -> None:
        route = str(scope.get("path_template") or UNROUTED)
        method = scope["method"]
        self._metrics.observe(method=method, route=route, status=status, seconds=seconds)
        _access_log.info(
            "request",
            extra={
                "method": method,
                "path": scope["path"] if route != UNROUTED else UNROUTED,
                "status": status,
                "duration_ms": round(seconds * 1000, 1),
            },
        )


def is_http(scope: Scope) -> TypeGuard[HTTPScope]:
    """Tell an HTTP request from a websocket."""
    return str(scope["type"]) == "http"


def request_id_of(scope: Scope) -> str:
    """Return the identifier of the request, for logs, audit and error pages."""
    return str(scope["state"].get(REQUEST_ID, ""))
