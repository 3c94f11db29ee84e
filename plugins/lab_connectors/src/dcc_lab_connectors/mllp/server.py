"""The MLLP listener."""

import asyncio
import contextlib
import logging
import secrets
import ssl
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from dcc_lab_connectors.mllp.budget import ByteBudget
from dcc_lab_connectors.mllp.connection import CHUNK, Connection
from dcc_lab_connectors.mllp.intake import Intake
from dcc_lab_connectors.mllp.limits import Limits
from dcc_lab_connectors.mllp.peers import ANYONE, Peer, identify
from dcc_lab_connectors.mllp.receiver import Receiver

logger = logging.getLogger(__name__)


def random_control_id() -> str:
    """Make an MSH-10 of 20 characters that no other message has."""
    return secrets.token_hex(10)


class MllpServer:
    """Listens for partners.

    Every message read is stored by `receiver` before it is acknowledged.
    """

    def __init__(
        self,
        receiver: Receiver,
        *,
        clock: Callable[[], datetime],
        peers: Sequence[Peer] = (ANYONE,),
        limits: Limits | None = None,
        tls: ssl.SSLContext | None = None,
        new_control_id: Callable[[], str] = random_control_id,
    ) -> None:
        self.limits = limits or Limits()
        self._peers = peers
        self._tls = tls
        self._budget = ByteBudget(self.limits.buffered_bytes, self.limits.head_bytes + CHUNK)
        self._intake = Intake(
            receiver, clock=clock, new_control_id=new_control_id, batch=self.limits.batch
        )
        self._connections: dict[asyncio.Task[None], Connection] = {}
        self._per_peer: Counter[str] = Counter()
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Port listened on; useful when 0 was asked for."""
        if self._server is None:
            raise RuntimeError("the listener is not started")
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def open_connections(self) -> int:
        """Connections being served."""
        return len(self._connections)

    async def start(self, host: str, port: int) -> None:
        """Open the port; raises OSError when it is taken."""
        self._server = await asyncio.start_server(
            self._accept, host, port, ssl=self._tls, limit=CHUNK, backlog=256
        )
        self._intake.start()

    async def stop(self, grace_s: float = 10.0) -> None:
        """Stop accepting, answer what is complete, then close."""
        if self._server is None:
            return
        self._server.close()
        for connection in self._connections.values():
            connection.stop()
        if self._connections:
            _, late = await asyncio.wait(tuple(self._connections), timeout=grace_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._intake.stop()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = self._admit(writer)
        task = asyncio.current_task()
        if peer is None or task is None:
            writer.transport.abort()
            return
        connection = Connection(
            reader,
            writer,
            peer=peer,
            intake=self._intake,
            limits=self.limits,
            budget=self._budget,
        )
        self._connections[task] = connection
        self._per_peer[peer.key] += 1
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await connection.serve()
        finally:
            del self._connections[task]
            self._per_peer[peer.key] -= 1

    def _admit(self, writer: asyncio.StreamWriter) -> Peer | None:
        """Peer of a new connection, None when it is unknown or one too many."""
        address = str(writer.get_extra_info("peername")[0])
        peer = identify(self._peers, address, certificate_names(writer))
        if peer is None:
            logger.warning("mllp connection from %s refused: not a declared partner", address)
            return None
        full = len(self._connections) >= self.limits.connections
        if full or self._per_peer[peer.key] >= self.limits.connections_per_peer:
            logger.warning("mllp connection of %s refused: too many connections", peer.key)
            return None
        return peer


def certificate_names(writer: asyncio.StreamWriter) -> tuple[str, ...]:
    """Common names and DNS names of the client certificate, already verified by TLS."""
    certificate = writer.get_extra_info("peercert") or {}
    subject = (pair for group in certificate.get("subject", ()) for pair in group)
    names = [value for key, value in subject if key == "commonName"]
    names += [value for key, value in certificate.get("subjectAltName", ()) if key == "DNS"]
    return tuple(names)
