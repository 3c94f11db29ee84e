"""The sender: one connection, one message at a time, its acknowledgement read back."""

import socket
import ssl
from types import TracebackType
from typing import Self

from dcc_lab_connectors.hl7.ack import Acknowledgement, read_ack
from dcc_lab_connectors.hl7.message import parse_message
from dcc_lab_connectors.mllp.framing import FrameDecoder, wrap
from dcc_lab_connectors.mllp.limits import Limits

_CHUNK = 64 * 1024


class MllpClient:
    """A connection to a partner's listener.

    Every method raises OSError (TimeoutError included) when the partner cannot be reached or
    leaves.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        timeout_s: float = 30.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        plain = socket.create_connection((host, port), timeout=timeout_s)
        self._socket = tls.wrap_socket(plain, server_hostname=host) if tls else plain
        self._decoder = FrameDecoder(Limits())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._socket.close()

    def send(self, message: bytes) -> Acknowledgement:
        """Send one message and wait for its acknowledgement.

        Raises:
            Hl7SyntaxError: the partner answered something that is not HL7.
        """
        self.write(message)
        return read_ack(parse_message(self.read()))

    def write(self, message: bytes) -> None:
        """Send one message without waiting."""
        self._socket.sendall(wrap(message))

    def read(self) -> bytes:
        """Next message from the partner."""
        while (frame := self._decoder.next_frame()) is None:
            data = self._socket.recv(_CHUNK)
            if not data:
                raise ConnectionError("the partner closed the connection without an answer")
            self._decoder.feed(data)
        return frame.content
