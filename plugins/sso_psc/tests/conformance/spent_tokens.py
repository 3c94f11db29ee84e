"""Spent identifiers in memory, for the tests of the relying party alone."""

from collections.abc import Callable
from datetime import datetime


class MemorySpentTokens:
    """Implements ``SpentTokens`` for one thread."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._spent: dict[str, datetime] = {}

    def spend(self, jti: str, *, until: datetime) -> bool:
        now = self._clock()
        self._spent = {known: end for known, end in self._spent.items() if end > now}
        is_new = jti not in self._spent
        self._spent.setdefault(jti, until)
        return is_new
