"""A circuit breaker: while the DMP is down, deliveries wait without each meeting its timeout."""

from datetime import datetime, timedelta
from threading import Lock

from dcc_core.api import Clock, RetryableExchangeError


class CircuitBreaker:
    """Counts failures in a row and refuses calls for a while after too many of them.

    Args:
        failures: How many in a row open the circuit.
        pause: How long it stays open; the first call after that is a trial.
        clock: The present.
    """

    def __init__(self, *, failures: int, pause: timedelta, clock: Clock) -> None:
        self._limit = failures
        self._pause = pause
        self._clock = clock
        self._lock = Lock()
        self._failures = 0
        self._open_until: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether calls are refused now."""
        with self._lock:
            return self._open_until is not None and self._clock() < self._open_until

    def require_closed(self) -> None:
        """Raise ``RetryableExchangeError`` (``DCC-DMP-043``) while calls are refused."""
        if self.is_open:
            raise RetryableExchangeError(
                "DCC-DMP-043",
                "Le DMP est indisponible : les envois attendent quelques instants et "
                "reprendront d'eux-mêmes.",
            )

    def succeeded(self) -> None:
        """Close the circuit."""
        with self._lock:
            self._failures, self._open_until = 0, None

    def failed(self) -> None:
        """Count a failure; open the circuit when there are too many."""
        with self._lock:
            self._failures += 1
            if self._failures >= self._limit:
                self._open_until = self._clock() + self._pause
