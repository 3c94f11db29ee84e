"""Run the sandbox provider on a loopback port, in a thread or until interrupted."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import uvicorn

from dcc_sandbox.psc.app import create_psc_app
from dcc_sandbox.psc.endpoints import REALM
from dcc_sandbox.psc.provider import PscProvider
from dcc_sandbox.psc.registrations import Client

_START_S = 10.0


def utc_now() -> datetime:
    """Return the present as an aware UTC datetime."""
    return datetime.now(UTC)


@contextlib.contextmanager
def running_psc(
    clients: tuple[Client, ...], *, port: int = 0, clock: Callable[[], datetime] = utc_now
) -> Iterator[PscProvider]:
    """Serve a provider while the block runs; port 0 takes a free one.

    The issuer is at ``127.0.0.1`` and the sign-in page at ``localhost``: as the real two origins.
    """
    with socket.create_server(("127.0.0.1", port)) as listener:
        bound = listener.getsockname()[1]
        provider = PscProvider(
            issuer=f"http://127.0.0.1:{bound}{REALM}",
            wallet=f"http://localhost:{bound}",
            clients=clients,
            clock=clock,
        )
        config = uvicorn.Config(
            create_psc_app(provider), log_config=None, access_log=False, timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            _wait_until_started(server)
            yield provider
        finally:
            server.should_exit = True
            thread.join()


def _wait_until_started(server: uvicorn.Server) -> None:
    deadline = time.monotonic() + _START_S
    while not server.started:
        if time.monotonic() > deadline:
            raise TimeoutError("le bac à sable n’a pas démarré")
        time.sleep(0.01)
