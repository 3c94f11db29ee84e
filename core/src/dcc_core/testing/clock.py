"""A clock that tests move by hand."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
"""When tests begin: a Monday morning in winter time."""


class MovableClock:
    """A clock that stands still until a test moves it; pass it wherever a ``Clock`` is wanted."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the present, as this clock has it."""
        return self.now

    def advance(self, **amount: float) -> datetime:
        """Move forward by an amount in words of ``timedelta`` and return the new present."""
        self.now += timedelta(**amount)
        return self.now
