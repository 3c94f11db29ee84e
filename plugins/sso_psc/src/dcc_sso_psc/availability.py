"""Whether a provider answers, asked at most every fifteen seconds whoever wants to know."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from dcc_core.api import Clock, HealthReport, HealthState
from dcc_sso_psc.refusals import SignInRefused

PROBE_EVERY = timedelta(seconds=15)


class Availability:
    """Remembers the last answer of a probe; one thread at a time asks again."""

    def __init__(self, probe: Callable[[], None], *, label: str, clock: Clock) -> None:
        self._probe = probe
        self._label = label
        self._clock = clock
        self._lock = threading.Lock()
        self._asked_at: datetime | None = None
        self._report = HealthReport(HealthState.OK, "Pas encore interrogé.")

    def report(self) -> HealthReport:
        """Return the state of the provider, at most fifteen seconds old."""
        with self._lock:
            now = self._clock()
            if self._asked_at is None or not timedelta(0) <= now - self._asked_at < PROBE_EVERY:
                self._asked_at = now
                self._report = self._ask()
            return self._report

    def _ask(self) -> HealthReport:
        try:
            self._probe()
        except SignInRefused as refused:
            text = f"{self._label} : {refused.refusal.value.cause} ({refused.code})"
            return HealthReport(HealthState.DOWN, text)
        return HealthReport(HealthState.OK, f"{self._label} répond.")
