"""The simulated partners, in one list: each runs while its block runs."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from dcc_sandbox.psc.registrations import Client
from dcc_sandbox.psc.server import running_psc
from dcc_sandbox.settings import SandboxSettings

# Known to everybody: these credentials open nothing but fictitious identities on this machine.
DEMO_CLIENT = Client(
    client_id="dcc-demo",
    secret="demo-secret-of-nobody",  # noqa: S106
    redirect_uris=("http://127.0.0.1/connexion/retour/sso_psc",),
    post_logout_redirect_uris=("http://127.0.0.1/connexion",),
    backchannel_logout_path="/x/sso_psc/deconnexion/sso_psc",
)


@dataclass(frozen=True)
class Partner:
    """A simulator: its name, and how to run it; ``run`` yields its address."""

    name: str
    run: Callable[[SandboxSettings], AbstractContextManager[str]]


@contextlib.contextmanager
def _psc(settings: SandboxSettings) -> Iterator[str]:
    with running_psc((DEMO_CLIENT,), port=settings.psc_port) as provider:
        yield provider.origin


PARTNERS = (Partner("Pro Santé Connect (bac à sable)", _psc),)
