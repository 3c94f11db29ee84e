"""A remote value that ages: reloaded when old, kept when the reload fails, never hammered."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from dcc_core.api import Clock
from dcc_sso_psc.refusals import Refusal, SignInRefused

T = TypeVar("T")

_RETRY_AFTER = timedelta(seconds=10)


class Refreshed(Generic[T]):
    """Hold the last good value of ``load``; one thread at a time calls it.

    A reader that finds an old value while another thread reloads gets the old value at once: an
    outage of the provider must not queue the workers.
    """

    def __init__(self, load: Callable[[], T], *, clock: Clock, max_age: timedelta) -> None:
        self._load = load
        self._clock = clock
        self._max_age = max_age
        self._lock = threading.Lock()
        self._value: T | None = None
        self._failure: Refusal | None = None
        self._loaded_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._forced_at: datetime | None = None

    def get(self) -> T:
        """Return the value, loaded first when absent or old; raise ``SignInRefused`` for want."""
        value = self._value
        if value is None:
            with self._lock:
                return self._value if self._value is not None else self._first_load()
        if self._is_past(self._loaded_at, self._max_age) and self._lock.acquire(blocking=False):
            try:
                self._reload()
            finally:
                self._lock.release()
        return self._value if self._value is not None else value

    def refresh(self, *, minimum_age: timedelta = timedelta(0)) -> None:
        """Reload out of turn, unless the value is younger or it was asked seconds ago."""
        with self._lock:
            is_old = self._is_past(self._loaded_at, minimum_age)
            if is_old and self._is_past(self._forced_at, _RETRY_AFTER):
                self._forced_at = self._clock()
                self._reload()

    def _first_load(self) -> T:
        self._reload()
        if self._value is None:
            raise SignInRefused(self._failure or Refusal.UNREACHABLE)
        return self._value

    def _reload(self) -> None:
        if self._failure is not None and not self._is_past(self._tried_at, _RETRY_AFTER):
            return
        self._tried_at = self._clock()
        try:
            self._value = self._load()
        except SignInRefused as refused:
            self._failure = refused.refusal
        else:
            self._failure = None
            self._loaded_at = self._tried_at

    def _is_past(self, since: datetime | None, age: timedelta) -> bool:
        return since is None or self._clock() - since >= age
