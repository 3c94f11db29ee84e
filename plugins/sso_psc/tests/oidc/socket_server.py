"""A server that answers raw bytes, for what no web framework would send."""

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

Behaviour = Callable[[socket.socket], None]


@contextlib.contextmanager
def raw_server(behaviour: Behaviour, *, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Run ``behaviour`` on each connection, in a thread; yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        stopping = threading.Event()

        def serve() -> None:
            while not stopping.is_set():
                with contextlib.suppress(OSError):
                    connection, _ = listener.accept()
                    with _secured(connection, tls) as stream:
                        stream.settimeout(10)
                        _read_request(stream)
                        behaviour(stream)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            stopping.set()
            thread.join()


def _secured(connection: socket.socket, tls: ssl.SSLContext | None) -> socket.socket:
    return tls.wrap_socket(connection, server_side=True) if tls else connection


def _read_request(stream: socket.socket) -> None:
    """Read a whole request: what is left unread at the close would reset the connection, and the
    answer with it.
    """
    received = b""
    while b"\r\n\r\n" not in received:
        part = stream.recv(65536)
        if not part:
            return
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    stated = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    missing = int(stated[1]) - len(body) if stated else 0
    while missing > 0 and (part := stream.recv(65536)):
        missing -= len(part)
