"""The simulated partners, in one list: each runs while its block runs."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

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
    """A simulator: its name, and how to run it with a folder of the sandbox's own; ``run`` yields
    its address.
    """

    name: str
    run: Callable[[SandboxSettings, Path], AbstractContextManager[str]]


@contextlib.contextmanager
def _psc(settings: SandboxSettings, folder: Path) -> Iterator[str]:
    with running_psc((DEMO_CLIENT,), port=settings.psc_port) as provider:
        yield provider.origin


@contextlib.contextmanager
def _dmp(settings: SandboxSettings, folder: Path) -> Iterator[str]:
    from dcc_sandbox.dmp.demonstration import running_demonstration

    with running_demonstration(folder / "dmp", port=settings.dmp_port) as address:
        yield address


PARTNERS = (
    Partner("Pro Santé Connect (bac à sable)", _psc),
    Partner("DMP (bac à sable)", _dmp),
)
