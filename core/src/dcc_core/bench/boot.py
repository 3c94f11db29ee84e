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
from pathlib import Path
from typing import Any

import click

from dcc_core.plugins.discovery import CORE_ALONE

_FLOOR = "import litestar, sqlmodel"
_FLOOR_PROGRAM = f"""
{_FLOOR}
import sys
sys.stdout.write("ready\\n")
sys.stdout.flush()
sys.stdin.read()
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
    """Measure the start of a region to its first 200, as a ratio to the bare imports.

    The core alone is held to the goal; the region of the environment is measured beside it.
    """
    with tempfile.TemporaryDirectory(prefix="dcc-bench-") as folder:
        places = {
            "core_alone": _environment(folder, CORE_ALONE),
            "region": _environment(folder, os.environ.get("DCC_REGION", "")),
        }
        migration = [sys.executable, "-m", "dcc_core", "migrate", "--json"]
        for place in places.values():
            subprocess.run(migration, env=place, check=True, stdout=subprocess.DEVNULL)
            _serve(place)
        _floor()
        rounds = [
            (_floor(), {name: _serve(place) for name, place in places.items()}) for _ in range(runs)
        ]
    floor = _median([found[0] for found in rounds])
    served = {name: _median([found[1][name] for found in rounds]) for name in places}
    return {
        "floor": {"program": _FLOOR, **_shown(floor)},
        **{name: _shown(cost) for name, cost in served.items()},
        "ratio": {name: _ratio(cost, floor) for name, cost in served.items()},
        "goal": {"time": 2.0, "rss": 1.5},
        "runs": runs,
    }


def _environment(folder: str, region: str) -> dict[str, str]:
    """Return the environment of a deployment: byte code is kept, as every installation keeps it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"DCC_ENV": "test", "DCC_HOME": str(Path(folder) / region), "DCC_REGION": region}


def _ratio(cost: Cost, floor: Cost) -> dict[str, float]:
    return {
        "cpu": round(cost.cpu_s / floor.cpu_s, 2),
        "wall": round(cost.wall_s / floor.wall_s, 2),
        "rss": round(cost.rss_mb / floor.rss_mb, 2),
    }


def _serve(environment: dict[str, str]) -> Cost:
    """Start ``dcc serve``, wait for its first 200, and read what the process has used by then."""
    begun = time.perf_counter()
    command_line = [sys.executable, "-m", "dcc_core", "serve", "--port", "0"]
    process = subprocess.Popen(
        command_line,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
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
    """Import the libraries alone, and read what that process has used."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", _FLOOR_PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    if process.stdout is None:
        raise click.ClickException("the floor could not be started")
    process.stdout.readline()
    cost = Cost(_cpu_of(process.pid), time.perf_counter() - begun, _rss_of(process.pid))
    process.communicate()
    return cost


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
