"""hl7apy's rate for the benchmark, in a process of its own: `python -m …bench.peer N`.

Its tables would otherwise count among the memory of the listener. Prints messages per second.
"""

import sys
import time

from dcc_lab_connectors.samples import oru


def parse_rate(count: int) -> float:
    """Messages that hl7apy parses in a second, the import and the first parse left out."""
    from hl7apy.parser import parse_message

    message = oru("1").decode()
    parse_message(message)
    begun = time.perf_counter()
    for _ in range(count):
        parse_message(message)
    return count / (time.perf_counter() - begun)


if __name__ == "__main__":
    sys.stdout.write(f"{parse_rate(int(sys.argv[1]))}\n")
