"""Ways in which an endpoint can fail below the protocol."""

import asyncio
import gzip
import json

from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from dcc_sandbox.psc.provider import PscProvider

_SUFFIXES = {
    "discovery": "/.well-known/wallet-openid-configuration",
    "jwks": "/certs",
    "token": "/token",
    "userinfo": "/userinfo",
}
SLOW_S = 20.0
_HUGE = b" " * 2_000_000
# Way of failing → status, headers, body.
_ANSWERS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "500": (500, {"content-type": "application/json"}, b'{"error": "server_error"}'),
    "503-html": (503, {"content-type": "text/html"}, b"<h1>Maintenance</h1>"),
    "html": (200, {"content-type": "text/html"}, b"<!doctype html><h1>Portail captif</h1>"),
    "redirect": (302, {"location": "http://127.0.0.1:9/"}, b""),
    "huge": (200, {"content-type": "application/json"}, _HUGE + b"{}"),
    "list": (200, {"content-type": "application/json"}, b"[]"),
    "nested": (200, {"content-type": "application/json"}, b"[" * 100_000),
    "gzip": (
        200,
        {"content-type": "application/json", "content-encoding": "gzip"},
        gzip.compress(json.dumps({"padding": " " * 5_000_000}).encode()),
    ),
}


class NetworkFaults(ASGIMiddleware):
    """Answer in place of an endpoint that the tampering names."""

    def __init__(self, provider: PscProvider) -> None:
        self._provider = provider

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Fail, or pass on."""
        way = self._way(scope)
        if way in _ANSWERS:
            await _answer(send, *_ANSWERS[way])
        elif way == "cut":
            await _promise(send)
        elif way == "slow":
            await asyncio.sleep(SLOW_S)
            await _promise(send)
        else:
            await next_app(scope, receive, send)

    def _way(self, scope: Scope) -> str:
        path = scope["path"]
        ways = self._provider.tampering.http
        return next((ways[name] for name in ways if path.endswith(_SUFFIXES[name])), "")


async def _answer(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    await _start(send, status, {**headers, "content-length": str(len(body))})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _promise(send: Send) -> None:
    """Announce more than is sent: the server then closes the connection in the middle."""
    await _start(send, 200, {"content-type": "application/json", "content-length": "500"})
    await send({"type": "http.response.body", "body": b'{"access_', "more_body": False})


async def _start(send: Send, status: int, headers: dict[str, str]) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
