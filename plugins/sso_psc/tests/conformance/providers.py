"""The two providers of the suite behind one face: the sandbox and npm oidc-provider."""

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import httpx2

from dcc_sandbox.psc.endpoints import REALM
from dcc_sandbox.psc.people import PEOPLE, Person
from dcc_sandbox.psc.provider import PscProvider
from dcc_sandbox.psc.registrations import Client
from dcc_sandbox.psc.server import running_psc
from dcc_sandbox.psc.tampering import Tampering

CLIENT_ID = "dcc"
CLIENT_SECRET = "canari-secret-client-0123456789"
REDIRECT_URI = "http://127.0.0.1:9/connexion/psc/retour"
AFTER_LOGOUT_URI = "http://127.0.0.1:9/"
OIDC_PROVIDER = "oidc-provider@9.13.3"
_SERVER = Path(__file__).parent / "oidc_provider" / "server.mjs"


class ProviderUnderTest(Protocol):
    """A running provider that can be told to misbehave."""

    issuer: str
    wallet: str

    def tamper(self, tampering: Tampering) -> None: ...

    def rotate(self, *, keep_old: bool, same_kid: bool = False) -> None: ...

    def sign_in(self, browser: httpx2.Client, url: str, person: Person | None) -> str: ...


@dataclass
class SandboxUnderTest:
    """The sandbox, driven through its own page."""

    provider: PscProvider

    @property
    def issuer(self) -> str:
        return self.provider.issuer

    @property
    def wallet(self) -> str:
        return self.provider.wallet

    def tamper(self, tampering: Tampering) -> None:
        self.provider.tampering = tampering

    def rotate(self, *, keep_old: bool, same_kid: bool = False) -> None:
        self.provider.keys.rotate(keep_old=keep_old, same_kid=same_kid)

    def sign_in(self, browser: httpx2.Client, url: str, person: Person | None) -> str:
        answer = browser.get(url)
        if answer.is_redirect:
            return answer.headers["location"]
        key = answer.text.split('name="demande" value="')[1].split('"')[0]
        form = {"demande": key, "personne": person.key if person else ""}
        return browser.post(f"{self.wallet}/auth/identite", data=form).headers["location"]


@dataclass
class NodeUnderTest:
    """npm oidc-provider, driven through its interaction."""

    origin: str

    @property
    def issuer(self) -> str:
        return f"{self.origin}{REALM}"

    @property
    def wallet(self) -> str:
        return self.origin

    def tamper(self, tampering: Tampering) -> None:
        body = {name: value for name, value in asdict(tampering).items() if value}
        httpx2.put(f"{self.origin}/_control/tampering", json=body).raise_for_status()

    def rotate(self, *, keep_old: bool, same_kid: bool = False) -> None:
        body = {"keep_old": keep_old, "same_kid": same_kid}
        httpx2.post(f"{self.origin}/_control/keys", json=body).raise_for_status()

    def sign_in(self, browser: httpx2.Client, url: str, person: Person | None) -> str:
        headers = {"x-person": person.subject, "x-acr": person.acr} if person else {}
        for _ in range(6):
            answer = browser.get(url, headers=headers)
            url = str(answer.request.url.join(answer.headers["location"]))
            if url.startswith(REDIRECT_URI):
                return url
        raise AssertionError("oidc-provider did not come back")


@contextlib.contextmanager
def sandbox(*, backchannel_uri: str = "") -> Iterator[SandboxUnderTest]:
    client = Client(
        client_id=CLIENT_ID,
        secret=CLIENT_SECRET,
        redirect_uris=(REDIRECT_URI,),
        post_logout_redirect_uris=(AFTER_LOGOUT_URI,),
        backchannel_logout_uri=backchannel_uri,
    )
    with running_psc((client,)) as provider:
        yield SandboxUnderTest(provider)


@contextlib.contextmanager
def node_provider(*, backchannel_uri: str = "") -> Iterator[NodeUnderTest]:
    client: dict[str, Any] = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "redirect_uris": [REDIRECT_URI],
        "post_logout_redirect_uris": [AFTER_LOGOUT_URI],
    }
    if backchannel_uri:
        client |= {
            "backchannel_logout_uri": backchannel_uri,
            "backchannel_logout_session_required": True,
        }
    settings = {"client": client, "people": [person.userinfo() for person in PEOPLE]}
    command = ["node", "--no-warnings", _installed_server(), json.dumps(settings)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            port = _read_port(process.stdout)
            yield NodeUnderTest(f"http://127.0.0.1:{port}")
        finally:
            process.stdin.close()
            process.wait(timeout=10)


def _read_port(output: Any) -> int:
    """Return the port; oidc-provider may print a notice about the runtime first."""
    for line in output:
        if line.strip().isdigit():
            return int(line)
    raise AssertionError("oidc-provider did not start")


def has_node() -> bool:
    return shutil.which("node") is not None and shutil.which("npm") is not None


def _installed_server() -> str:
    """Install oidc-provider once into the user's cache and return the path of the server there."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "dcc-tests" / OIDC_PROVIDER.replace("@", "-")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "node_modules" / "oidc-provider").is_dir():
            install = ["npm", "install", "--prefix", str(folder), "--no-save", "--ignore-scripts"]
            subprocess.run([*install, OIDC_PROVIDER], check=True, capture_output=True, timeout=300)
        target = folder / f"server-{os.getpid()}.mjs"
        target.write_text(_SERVER.read_text())
    return str(target)


def parameters_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
