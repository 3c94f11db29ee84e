"""A client of the page benchmark that calls an application directly and keeps its cookies."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import click
from litestar import Litestar

_TOKEN = re.compile(r'name="_csrf" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Request:
    """One request to repeat."""

    method: str
    path: str
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    text: str


class Caller:
    """Call one application as a browser would, one request at a time."""

    def __init__(self, app: Litestar) -> None:
        self._app = app
        self._cookies: dict[str, str] = {}

    async def sign_in(self, account: UUID) -> None:
        """Sign in through the page of the demonstration."""
        token = await self.token("/connexion")
        body = urlencode({"_csrf": token, "account": str(account)}).encode()
        await self.send(Request("POST", "/connexion/demonstration", body))

    async def token(self, path: str) -> str:
        """Return an anti-forgery token of a page."""
        found = _TOKEN.search((await self.send(Request("GET", path))).text)
        if found is None:
            raise click.ClickException(f"the page {path} has no form.")
        return found[1]

    async def send(self, request: Request) -> Answer:
        """Call the application once."""
        messages: list[Mapping[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": request.body, "more_body": False}

        async def send(message: Any) -> None:
            messages.append(message)

        await self._app(self._scope(request), receive, send)  # type: ignore[arg-type]  # a plain ASGI scope
        start = next(each for each in messages if each["type"] == "http.response.start")
        body = b"".join(each.get("body", b"") for each in messages)
        self._cookies.update(_cookies_of(start["headers"]))
        return Answer(start["status"], body.decode())

    def _scope(self, request: Request) -> dict[str, Any]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = [(b"host", b"localhost"), (b"cookie", cookies.encode())]
        if request.method == "POST":
            headers.append((b"content-type", b"application/x-www-form-urlencoded"))
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": request.path,
            "raw_path": request.path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": headers,
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 80),
            "extensions": {},
        }


def _cookies_of(headers: list[tuple[bytes, bytes]]) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        if name.lower() == b"set-cookie":
            key, _, rest = value.decode().partition("=")
            yield key, rest.partition(";")[0]
