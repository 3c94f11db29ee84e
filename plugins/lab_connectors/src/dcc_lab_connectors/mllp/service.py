"""The listener as synchronous code starts and stops it."""

from dcc_lab_connectors.background import LoopThread
from dcc_lab_connectors.mllp.server import MllpServer


class ListenerThread:
    """Owns the thread in which an `MllpServer` runs."""

    def __init__(self, server: MllpServer) -> None:
        self._server = server
        self._loop = LoopThread("mllp")

    def start(self, host: str, port: int) -> int:
        """Open the port and return its number; raises OSError when it is taken."""
        try:
            self._loop.run(self._server.start(host, port))
        except OSError:
            self._loop.close()
            raise
        return self._server.port

    def stop(self, grace_s: float = 10.0) -> None:
        """Answer what is complete, close every connection, end the thread."""
        self._loop.run(self._server.stop(grace_s))
        self._loop.close()
