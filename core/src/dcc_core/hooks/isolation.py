"""Run a plugin's code apart from the rest: against the clock, and out of reach of the others.

A call that hangs keeps its thread, so while it lasts the same plugin is refused at once; a plugin
can thus occupy one thread at most and never exhausts the process.
"""

import contextvars
import threading
from collections.abc import Callable
from typing import TypeVar

from dcc_core.errors import PluginError

T = TypeVar("T")


class Isolation:
    """Run callables of plugins in threads of their own, one hung call per plugin at most."""

    def __init__(self) -> None:
        self._hung: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()

    def run(self, plugin: str, call: Callable[[], T], *, timeout_s: float) -> T:
        """Return the result of ``call``.

        Raises:
            PluginError: ``DCC-P101`` the call did not answer in time, or an earlier one still
                hangs.
            Exception: Whatever the call raised.
        """
        self._refuse_if_hung(plugin)
        outcome: list[T] = []
        failure: list[BaseException] = []
        context = contextvars.copy_context()

        def work() -> None:
            try:
                outcome.append(context.run(call))
            except BaseException as error:  # noqa: BLE001 - handed to the caller's thread as it is
                failure.append(error)

        thread = threading.Thread(target=work, name=f"dcc-{plugin}", daemon=True)
        thread.start()
        thread.join(timeout_s)
        if thread.is_alive():
            with self._lock:
                self._hung[plugin] = thread
            raise PluginError("DCC-P101", f"no answer within {timeout_s:g} s", plugin=plugin)
        if failure:
            raise failure[0]
        return outcome[0]

    def _refuse_if_hung(self, plugin: str) -> None:
        with self._lock:
            thread = self._hung.get(plugin)
            if thread is None:
                return
            if not thread.is_alive():
                del self._hung[plugin]
                return
        raise PluginError("DCC-P101", "an earlier call has still not answered", plugin=plugin)
