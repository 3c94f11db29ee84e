"""A sending process for the benchmark: `python -m dcc_lab_connectors.bench.sender PORT NAME N`.

It sends N messages one after the other, each after the answer to the one before, as laboratory
systems do, and prints the seconds it took.
"""

import sys
import time

from dcc_lab_connectors.mllp.client import MllpClient
from dcc_lab_connectors.samples import oru


def send(port: int, name: str, count: int) -> float:
    """Send and return the seconds from the first byte to the last answer."""
    messages = [oru(f"{name}{n}") for n in range(count)]
    with MllpClient("127.0.0.1", port) as client:
        begun = time.perf_counter()
        for message in messages:
            if not client.send(message).is_accepted:
                raise RuntimeError("the listener refused a message")
        return time.perf_counter() - begun


if __name__ == "__main__":
    sys.stdout.write(f"{send(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))}\n")
