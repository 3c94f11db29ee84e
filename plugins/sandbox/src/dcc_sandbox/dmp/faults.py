"""Faults on demand: what goes wrong between two systems, without waiting for it to happen."""

from collections import deque
from enum import StrEnum
from random import Random
from threading import Lock


class Trouble(StrEnum):
    """One thing that goes wrong with one exchange."""

    LOST_ANSWER = "lost_answer"
    """The request is carried out, the connection breaks before the answer."""
    LOST_REQUEST = "lost_request"
    """The connection breaks before anything is carried out."""
    BUSY = "busy"
    RECEIVER_FAULT = "receiver_fault"
    HTML_PAGE = "html_page"
    STALE_VIHF = "stale_vihf"
    TRUNCATED = "truncated"
    SLOW = "slow"


class Troubles:
    """Decides what goes wrong with the next exchange.

    Args:
        rates: Probability of each trouble, for campaigns.
        seed: Makes a campaign repeatable.
    """

    def __init__(self, rates: dict[Trouble, float] | None = None, *, seed: int = 0) -> None:
        self._rates = rates or {}
        self._random = Random(seed)  # noqa: S311 - a campaign, not a secret
        self._planned: deque[Trouble | None] = deque()
        self._lock = Lock()

    def plan(self, *troubles: Trouble | None) -> None:
        """Set what happens to the next exchanges, one each; None lets one pass."""
        with self._lock:
            self._planned.extend(troubles)

    def next(self) -> Trouble | None:
        """Return what goes wrong now."""
        with self._lock:
            if self._planned:
                return self._planned.popleft()
            drawn = self._random.random()
            for trouble, rate in self._rates.items():
                if drawn < rate:
                    return trouble
                drawn -= rate
            return None
