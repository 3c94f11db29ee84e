"""Partners that send too much, too slowly, or leave in the middle."""

import contextlib
import math
import os
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from dcc_lab_connectors.hl7.ack import Acknowledgement, read_ack
from dcc_lab_connectors.hl7.message import parse_message
from dcc_lab_connectors.mllp.framing import wrap
from dcc_lab_connectors.mllp.limits import MEBIBYTE, Limits
from dcc_lab_connectors.samples import oru

HEADER = b"MSH|^~\\&|SGL|LABO|DCC|GRADES|20260301||ORU^R01^ORU_R01|7|P|2.5\r"


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def settle(listener: Any, within_s: float = 10.0) -> None:
    deadline = time.monotonic() + within_s
    while listener.server.open_connections and time.monotonic() < deadline:
        time.sleep(0.02)
    assert listener.server.open_connections == 0


def test_c14_oversize_is_refused_for_now_and_memory_stays_flat(start_listener: Any) -> None:
    limits = Limits(frame_bytes=32 * MEBIBYTE)
    listener = start_listener(limits=limits)
    with listener.client() as client:
        client.send(oru("warm"))
    before, peaks, done = resident_bytes(), [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            peaks.append(resident_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    chunk = b"A" * MEBIBYTE
    with socket.create_connection(("127.0.0.1", listener.port), timeout=20) as client:
        client.sendall(b"\x0b" + oru("big") + b"OBX|1|ED|||")
        for _ in range(40):
            client.sendall(chunk)
        client.sendall(b"\x1c\r")
        received = b""
        while not received.endswith(b"\x1c\r"):
            received += client.recv(4096)
    done.set()
    watcher.join()

    refusal = read_ack(parse_message(received[1:-2]))
    assert refusal == Acknowledgement("AR", "big", ("207",))
    control_id, kept, is_refused = listener.receiver.rows()[-1]
    assert (control_id, is_refused) == ("big", True)
    assert kept == oru("big").split(b"\r")[0] + b"\r"
    assert max(peaks) - before < 2 * limits.frame_bytes


def answer_times(listener: Any, name: str) -> list[float]:
    """Seconds to each of 300 answers."""
    times = []
    with listener.client() as client:
        for n in range(300):
            begin = time.perf_counter()
            assert client.send(oru(f"{name}{n}")).code == "AA"
            times.append(time.perf_counter() - begin)
    return times


def p99(times: list[float]) -> float:
    """The time that 99 answers of 100 do not exceed."""
    return sorted(times)[math.ceil(0.99 * len(times)) - 1]


@contextmanager
def dripping(connections: list[socket.socket]) -> Iterator[None]:
    """Send one byte a second on each connection while the block runs."""
    done = threading.Event()

    def drip() -> None:
        while not done.wait(1.0):
            for connection in connections:
                with contextlib.suppress(OSError):
                    connection.send(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    yield
    done.set()
    thread.join()


def crowd(listener: Any, limits: Limits) -> tuple[list[float], list[float]]:
    """Answer times alone and beside 500 slow senders, all of whom must be dead in time."""
    alone = answer_times(listener, "alone")
    slow = [socket.create_connection(("127.0.0.1", listener.port)) for _ in range(500)]
    begin = time.monotonic()
    for connection in slow:
        connection.sendall(b"\x0bMSH|")
    with dripping(slow):
        crowded = answer_times(listener, "crowded")
        deaths_expected = begin + limits.frame_s + 4
        while listener.server.open_connections and time.monotonic() < deaths_expected:
            time.sleep(0.2)
    survivors = listener.server.open_connections
    for connection in slow:
        connection.close()
    assert survivors == 0
    return alone, crowded


SLOW_LIMITS = Limits(frame_s=4.0, grace_s=1.0, connections_per_peer=600)


def test_c18_slow_senders_die_and_do_not_slow_the_others(start_listener: Any) -> None:
    alone, crowded = crowd(start_listener(limits=SLOW_LIMITS), SLOW_LIMITS)
    assert median(crowded) < max(2 * median(alone), 0.1), "p99 is told on a quiet machine"


@pytest.mark.campaign
def test_c18_p99_beside_five_hundred_slow_senders_is_under_twice(
    start_listener: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    alone, crowded = crowd(start_listener(limits=SLOW_LIMITS), SLOW_LIMITS)
    with capsys.disabled():
        print(f"p99 alone {p99(alone) * 1000:.1f} ms, beside 500 {p99(crowded) * 1000:.1f} ms")  # noqa: T201
    assert p99(crowded) < 2 * p99(alone)


def test_c19_half_open_peers_are_forgotten(start_listener: Any) -> None:
    """A partner whose machine vanished never says goodbye: silence alone must end it."""
    limits = Limits(idle_s=0.5, frame_s=0.5, grace_s=0.1)
    listener = start_listener(limits=limits)
    before = open_descriptors()
    peers = [socket.create_connection(("127.0.0.1", listener.port)) for _ in range(50)]
    for peer in peers[::2]:
        peer.sendall(b"\x0bMSH|half a frame")
    settle(listener)
    for peer in peers:
        assert peer.recv(1) == b""
        peer.close()
    assert open_descriptors() <= before
    with listener.client() as client:
        assert client.send(oru("after")).code == "AA"


def leave(port: int, turn: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        if turn % 3 == 0:
            connection.sendall(b"\x0bMSH|half a frame")
        elif turn % 3 == 1:
            linger_zero = b"\x01\0\0\0\0\0\0\0"
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_zero)
            connection.sendall(b"\x0bMSH|reset in mid-frame")
        else:
            connection.sendall(wrap(HEADER)[:-2])
            connection.shutdown(socket.SHUT_WR)


def check_no_growth(listener: Any, cycles: int) -> None:
    for turn in range(30):
        leave(listener.port, turn)
    settle(listener)
    before = (open_descriptors(), threading.active_count())
    for turn in range(cycles):
        leave(listener.port, turn)
    deadline = time.monotonic() + 60
    while open_descriptors() > before[0] and time.monotonic() < deadline:
        time.sleep(0.05)  # connections may still wait to be accepted, and found broken
    settle(listener)
    assert (open_descriptors(), threading.active_count()) == before
    assert listener.receiver.rows() == []


def test_c19_broken_connections_leave_nothing_behind(listener: Any) -> None:
    check_no_growth(listener, 300)


@pytest.mark.campaign
def test_c19_ten_thousand_broken_connections(listener: Any) -> None:
    check_no_growth(listener, 10_000)


def test_partner_that_reads_no_answer_is_dropped(start_listener: Any) -> None:
    listener = start_listener(limits=Limits(write_s=0.5))
    with socket.socket() as greedy:
        greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        greedy.connect(("127.0.0.1", listener.port))
        greedy.settimeout(120)
        many = b"".join(wrap(HEADER.replace(b"|7|", b"|G%d|" % n)) for n in range(100))
        with pytest.raises(ConnectionError):
            greedy.sendall(many * 2000)
        settle(listener)


def test_many_large_frames_wait_for_memory_instead_of_filling_it(start_listener: Any) -> None:
    limits = Limits(frame_bytes=8 * MEBIBYTE, buffered_bytes=10 * MEBIBYTE)
    listener = start_listener(limits=limits)
    large = HEADER + b"OBX|1|ED|||^AP^PDF^Base64^" + b"QUJD" * (7 * MEBIBYTE // 4)

    def send(number: int) -> str:
        with listener.client() as client:
            return str(client.send(large.replace(b"|7|", b"|B%d|" % number)).code)

    with ThreadPoolExecutor(6) as executor:
        assert set(executor.map(send, range(6))) == {"AA"}
    assert len(listener.receiver.rows()) == 6
