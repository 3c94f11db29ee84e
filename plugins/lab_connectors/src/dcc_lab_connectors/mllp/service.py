"""The listener in a thread of its own, for a process whose other work is synchronous."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

from dcc_lab_connectors.mllp.server import MllpServer


class ListenerThread:
    """Starts and stops an `MllpServer` from synchronous code."""

    def __init__(self, server: MllpServer) -> None:
        self._server = server
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mllp", daemon=True)

    def start(self, host: str, port: int) -> int:
        """Open the port and return its number; raises OSError when it is taken."""
        self._thread.start()
        try:
            self._run(self._server.start(host, port))
        except OSError:
            self._end()
            raise
        return self._server.port

    def stop(self, grace_s: float = 10.0) -> None:
        """Answer what is complete, close every connection, end the thread."""
        self._run(self._server.stop(grace_s))
        self._end()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
