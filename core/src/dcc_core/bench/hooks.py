"""Cost of the dispatcher, against a plain pluggy call of the same implementations."""

import time
from collections.abc import Callable
from typing import Any

import click
import pluggy

from dcc_core.hooks import PROJECT, Dispatcher, hookimpl
from dcc_core.hooks.specs import FAMILIES

_PLUGINS = 8


class _Silent:
    """A plugin that answers a TX hook with nothing, as most do for most calls."""

    @hookimpl
    def dcc_patient_merged(self, session: object, kept_id: object, dropped_id: object) -> None:
        """Do nothing."""


@click.command("hooks")
@click.option("--calls", default=20_000, show_default=True, help="Calls of each.")
def command(calls: int) -> dict[str, Any]:
    """Measure the dispatcher's overhead as a ratio to a plain pluggy call."""
    dispatcher, plain = Dispatcher(), pluggy.PluginManager(PROJECT)
    for family in FAMILIES:
        plain.add_hookspecs(family)
    for number in range(_PLUGINS):
        dispatcher.register(_Silent(), f"p{number}")
        plain.register(_Silent(), f"p{number}")
    given = {"session": None, "kept_id": None, "dropped_id": None}
    hook = plain.hook.dcc_patient_merged
    ours = _best(lambda: dispatcher.tx("dcc_patient_merged", **given), calls)
    floor = _best(lambda: hook(**given), calls)
    return {
        "plugins": _PLUGINS,
        "dispatcher_us": round(ours, 3),
        "pluggy_us": round(floor, 3),
        "ratio": round(ours / floor, 2),
        "goal": 2.0,
    }


def _best(call: Callable[[], object], calls: int) -> float:
    """Return the least CPU time of one call over five rounds, in microseconds."""
    rounds = []
    for _ in range(5):
        begun = time.process_time()
        for _ in range(calls):
            call()
        rounds.append((time.process_time() - begun) / calls * 1e6)
    return min(rounds)
