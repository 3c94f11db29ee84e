"""Run the application under uvicorn, and say where once it answers."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import Any

import uvicorn

from dcc_core.cli.garbage import keep_what_is_loaded
from dcc_core.cli.worker import plugins_started, working
from dcc_core.web.app import create_app
from dcc_core.web.live_topics import LIVE_HUB
from dcc_core.web.runtime import Runtime

GRACE_S = 10
FIRST_PAGE_S = 1.0
"""Head start of the web over the queues, so that a restart keeps nobody waiting."""


def run_server(runtime: Runtime, *, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until the process is told to stop; requests under way then have ten seconds to end.

    Plugins are started for as long, and the queues are worked here unless the settings say no.

    Args:
        port: 0 takes a free one.
        ready: Called with the address as soon as the port is open.
    """
    listener = _listen(host, port)
    config = uvicorn.Config(
        create_app(runtime),
        loop="asyncio",
        http="h11",
        ws="none",  # pages listen to server-sent events
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
        proxy_headers=True,
    )
    server = LiveServer(config)
    keep_what_is_loaded()
    bound = listener.getsockname()[1]
    with plugins_started(runtime):
        has_worker = runtime.settings.embedded_worker
        embedded = working(runtime, after_s=FIRST_PAGE_S) if has_worker else nullcontext()
        with embedded, suppress(KeyboardInterrupt):  # before uvicorn listens to it, and after
            ready(f"http://{host}:{bound}")
            server.run(sockets=[listener])


class LiveServer(uvicorn.Server):
    """The server, which ends the streams of open pages before it waits for requests to end."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        application: Any = self.config.app
        await asyncio.to_thread(application.state[LIVE_HUB].close)
        await super().shutdown(sockets)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(512)
    return listener
