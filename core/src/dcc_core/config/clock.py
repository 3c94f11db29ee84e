"""The one place where the present is read."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Return the present as an aware UTC datetime. Injected wherever time matters, so tests can move
it.
"""


def utc_now() -> datetime:
    """Return the present as an aware UTC datetime."""
    return datetime.now(UTC)
