"""Another process that publishes: run as a program by the tests of the hub."""

import sys
import time

from dcc_core.db import open_database
from dcc_core.live import publish

TOPIC = "example.remarks"


def publish_timed(url: str, count: int) -> None:
    """Publish every 20 ms, each news saying when it was about to be committed, in microseconds."""
    database = open_database(url)
    for number in range(count):
        with database.session() as session:
            publish(session, TOPIC, "a", facts={"n": number, "at": time.time_ns() // 1000})
        time.sleep(0.02)
    database.close()


def publish_and_hang(url: str, after_commit: bool) -> None:
    """Publish, then hang with the transaction open, or just after its commit."""
    with open_database(url).session() as session:
        publish(session, TOPIC, "a", facts={"n": 1})
        session.flush()
        if not after_commit:
            hang()
    hang()


def hang() -> None:
    """Say that the point is reached, and stay."""
    sys.stdout.write("here\n")
    sys.stdout.flush()
    time.sleep(60)


if __name__ == "__main__":
    mode, address = sys.argv[1:3]
    if mode == "timed":
        publish_timed(address, 40)
    else:
        publish_and_hang(address, after_commit=mode == "committed")
