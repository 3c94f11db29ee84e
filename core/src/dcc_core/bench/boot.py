"""Start of a region until its first 200, against importing the libraries alone."""

import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from typing import Any

import click

_FLOOR = "import litestar, sqlmodel"
_FLOOR_PROGRAM = f"""
{_FLOOR}
import resource
use = resource.getrusage(resource.RUSAGE_SELF)
print(use.ru_utime + use.ru_stime, use.ru_maxrss)
"""
_ADDRESS = re.compile(r"http://\S+")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one start cost: seconds of CPU, seconds on the wall, megabytes of resident memory."""

    cpu_s: float
    wall_s: float
    rss_mb: float


@click.command("boot")
@click.option("--runs", default=5, show_default=True, help="Runs of each; the median counts.")
def command(runs: int) -> dict[str, Any]:
    """Measure the start of the region to its first 200, as a ratio to the bare imports."""
    with tempfile.TemporaryDirectory(prefix="dcc-bench-") as folder:
        environment = os.environ | {"DCC_ENV": "test", "DCC_HOME": folder}
        subprocess.run([sys.executable, "-m", "dcc_core", "migrate"], env=environment, check=True)
        _serve(environment), _floor()
        pairs = [(_serve(environment), _floor()) for _ in range(runs)]
    served, floor = _median([pair[0] for pair in pairs]), _median([pair[1] for pair in pairs])
    return {
        "floor": {"program": _FLOOR, **_shown(floor)},
        "serve": _shown(served),
        "ratio": {
            "cpu": round(served.cpu_s / floor.cpu_s, 2),
            "wall": round(served.wall_s / floor.wall_s, 2),
            "rss": round(served.rss_mb / floor.rss_mb, 2),
        },
        "goal": {"time": 2.0, "rss": 1.5},
        "runs": runs,
    }


def _serve(environment: dict[str, str]) -> Cost:
    """Start ``dcc serve``, wait for its first 200, and read what the process has used by then."""
    begun = time.perf_counter()
    command_line = [sys.executable, "-m", "dcc_core", "serve", "--port", "0"]
    process = subprocess.Popen(command_line, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        address = _wait_for_address(process)
        with urllib.request.urlopen(f"{address}/health", timeout=30) as answer:  # noqa: S310 - loopback
            answer.read()
        wall = time.perf_counter() - begun
        return Cost(_cpu_of(process.pid), wall, _rss_of(process.pid))
    finally:
        process.terminate()
        process.wait(timeout=30)
        if process.stdout:
            process.stdout.close()


def _wait_for_address(process: subprocess.Popen[str]) -> str:
    for line in process.stdout or []:
        found = _ADDRESS.search(line)
        if found:
            return found.group()
    raise click.ClickException("dcc serve ended before it answered; run it alone to see why")


def _floor() -> Cost:
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _FLOOR_PROGRAM], capture_output=True, text=True, check=True
    )
    cpu, rss = done.stdout.split()
    return Cost(float(cpu), time.perf_counter() - begun, int(rss) / 1024)


def _cpu_of(pid: int) -> float:
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:  # noqa: PTH123 - a kernel file
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rss_of(pid: int) -> float:
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:  # noqa: PTH123 - a kernel file
        return int(statm.read().split()[1]) * resource.getpagesize() / 1024 / 1024


def _median(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.cpu_s for cost in costs),
        statistics.median(cost.wall_s for cost in costs),
        statistics.median(cost.rss_mb for cost in costs),
    )


def _shown(cost: Cost) -> dict[str, float]:
    return {
        "cpu_s": round(cost.cpu_s, 3),
        "wall_s": round(cost.wall_s, 3),
        "rss_mb": round(cost.rss_mb, 1),
    }
