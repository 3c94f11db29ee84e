"""A small browser of the benchmark: cookies, forms with their token, one stream of events."""

import contextlib
import http.client
import re
import socket
from collections.abc import Iterator, Mapping
from urllib.parse import quote, urlencode, urlsplit
from uuid import UUID

_TOKEN = re.compile(r'name="_csrf" value="([^"]+)"')
_FORM = "application/x-www-form-urlencoded"


class Browser:
    """One signed-in person; its connection is kept open between requests."""

    def __init__(self, origin: str, account: UUID) -> None:
        self.host = urlsplit(origin).netloc
        self.cookies: dict[str, str] = {}
        self._connection = http.client.HTTPConnection(self.host, timeout=30)
        self._token = ""
        self._revision = 0
        self._token = self._find_token("/connexion")
        self.post("/connexion/demonstration", account=str(account))

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers of every request."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": cookies, "Accept": "application/json, text/html"}

    def get(self, path: str) -> str:
        """Return the text of a page; its token serves the next forms."""
        text = self._send("GET", path)
        found = _TOKEN.search(text)
        self._token = found[1] if found else self._token
        return text

    def post(self, path: str, **fields: str) -> str:
        """Post a form."""
        body = urlencode({"_csrf": self._token, **fields})
        return self._send("POST", path, body, {"Content-Type": _FORM})

    def save(self, path: str, field: str, number: int) -> None:
        """Save the next text of a field."""
        body = urlencode({"champ": field, field: f"Texte n° {number}"})
        match = {"If-Match": f'"{self._revision}"', "X-CSRF-Token": self._token}
        self._send("PUT", path, body, {"Content-Type": _FORM, **match})
        self._revision += 1

    def _find_token(self, path: str) -> str:
        self.get(path)
        return self._token

    def _send(
        self, method: str, path: str, body: str | None = None, more: Mapping[str, str] | None = None
    ) -> str:
        self._connection.request(method, path, body, {**self.headers, **(more or {})})
        answer = self._connection.getresponse()
        text = answer.read().decode()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path} answered {answer.status}: {text[:200]}")
        return text


class Stream:
    """The stream of server-sent events of one browser."""

    def __init__(self, browser: Browser, topics: str) -> None:
        self._connection = http.client.HTTPConnection(browser.host, timeout=60)
        self._path = f"/direct?suivre={quote(topics)}"
        self._headers = browser.headers

    def events(self) -> Iterator[str]:
        """Yield the name of each event as it comes."""
        with contextlib.suppress(OSError, ValueError, AttributeError, http.client.HTTPException):
            self._connection.request("GET", self._path, headers=self._headers)
            answer = self._connection.getresponse()
            while line := answer.readline():
                if line.startswith(b"event: "):
                    yield line[7:].strip().decode()

    def close(self) -> None:
        """Leave."""
        if self._connection.sock is not None:
            with contextlib.suppress(OSError):
                self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._connection.close()


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Tell whether something listens on a port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
